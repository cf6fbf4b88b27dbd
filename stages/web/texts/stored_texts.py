"""Messages of the stored history."""

from pipeline.messages import Language

STORED_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "stored": "Stored history",
        "last_minutes": "Last minutes",
        "span_1": "1 hour",
        "span_24": "24 hours",
        "span_168": "7 days",
        "span_720": "30 days",
        "from": "From",
        "to": "To",
        "show": "Show",
        "shown_per": "{who}: time per emotion, in steps of {step}",
        "minute": "1 min",
        "hour": "1 hour",
        "hours": "{count} hours",
        "day": "1 day",
        "days": "{count} days",
        "minutes_csv": "Minutes (CSV)",
        "events_csv": "Events (CSV)",
        "stored_hint": "Drag the handles to select a period; the table follows. "
        "Select a person in it to see only that person.",
        "wrong_times": "The start must be before the end.",
        "nothing_stored": "Nothing has been stored yet.",
    },
    "fr": {
        "stored": "Historique enregistré",
        "last_minutes": "Dernières minutes",
        "span_1": "1 heure",
        "span_24": "24 heures",
        "span_168": "7 jours",
        "span_720": "30 jours",
        "from": "Du",
        "to": "Au",
        "show": "Afficher",
        "shown_per": "{who}\u00a0: durée par émotion, pas de {step}",
        "minute": "1 min",
        "hour": "1 heure",
        "hours": "{count} heures",
        "day": "1 jour",
        "days": "{count} jours",
        "minutes_csv": "Minutes (CSV)",
        "events_csv": "Événements (CSV)",
        "stored_hint": "Déplacez les poignées pour choisir une période\u00a0; le tableau suit. "
        "Choisissez-y une personne pour ne voir qu’elle.",
        "wrong_times": "Le début doit précéder la fin.",
        "nothing_stored": "Rien n’est encore enregistré.",
    },
}
