"""Messages of the list of alerts and of the browser's notifications."""

from pipeline.messages import Language

ALERT_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "alerts": "Alerts",
        "alert_line": "{camera}: {text}",
        "alert_since": "since {time}",
        "notify": "Notify me of alerts",
        "notify_stop": "Stop notifications",
        "notify_denied": "The browser does not allow notifications from this page.",
        "notify_insecure": "Browsers allow notifications only over https or on the same machine.",
    },
    "fr": {
        "alerts": "Alertes",
        "alert_line": "{camera}\u00a0: {text}",
        "alert_since": "depuis {time}",
        "notify": "Me notifier des alertes",
        "notify_stop": "Arrêter les notifications",
        "notify_denied": "Le navigateur n’autorise pas les notifications de cette page.",
        "notify_insecure": "Les navigateurs n’autorisent les notifications qu’en https ou sur la même machine.",
    },
}
