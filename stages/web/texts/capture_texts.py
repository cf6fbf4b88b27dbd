"""Messages of snapshots and clips."""

from pipeline.messages import Language

CAPTURE_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "snapshot": "Snapshot",
        "clip": "Clip of 10 s",
        "clip_stop": "Stop ({left} s)",
        "clip_begun": "Recording the next 10 seconds…",
        "clip_stopped": "The clip was stopped.",
        "capture_done": "{name} was downloaded.",
        "capture_busy": "One snapshot at a time. Try again in a moment.",
        "capture_nothing": "The camera sends no frame at the moment.",
        "capture_failed": "The page did not answer. Try again.",
        "capture_off": "No snapshots or clips: this page may not control the run.",
        "clip_busy": "Another clip is being recorded. Try again in 10 s.",
        "clip_failed": "The clip could not be encoded: {why}",
        "clip_redrawn": "The clip was discarded because the overlay has changed. Try again.",
    },
    "fr": {
        "snapshot": "Photo",
        "clip": "Séquence de 10 s",
        "clip_stop": "Arrêter ({left} s)",
        "clip_begun": "Enregistrement des 10 prochaines secondes…",
        "clip_stopped": "La séquence a été arrêtée.",
        "capture_done": "{name} a été téléchargé.",
        "capture_busy": "Une photo à la fois. Réessayez dans un instant.",
        "capture_nothing": "La caméra n’envoie pas d’image en ce moment.",
        "capture_failed": "La page n’a pas répondu. Réessayez.",
        "capture_off": "Ni photo ni séquence\u00a0: cette page ne commande pas le programme.",
        "clip_busy": "Une autre séquence est en cours d’enregistrement. Réessayez dans 10 s.",
        "clip_failed": "La séquence n’a pas pu être encodée\u00a0: {why}",
        "clip_redrawn": "La séquence a été abandonnée parce que l’incrustation a changé. Réessayez.",
    },
}
