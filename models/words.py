"""The labels in the languages people read them in."""

WORDS = {
    "en": {
        "angry": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happy",
        "sad": "sad",
        "surprise": "surprise",
        "neutral": "neutral",
        "uncertain": "uncertain",
    },
    "fr": {
        "angry": "colère",
        "disgust": "dégoût",
        "fear": "peur",
        "happy": "joie",
        "sad": "tristesse",
        "surprise": "surprise",
        "neutral": "neutre",
        "uncertain": "incertain",
    },
}
"""Language to label to word."""

PERCENT = {"en": "%", "fr": "\N{NO-BREAK SPACE}%"}
"""How a percentage is written after its number."""
