"""What people read in each of their languages: labels, what can be wrong with a source, numbers and times."""

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

FAULTS = {
    "en": {
        "silent": "no video is arriving",
        "closed": "the camera ended the stream",
        "unreachable": "it cannot be reached or opened",
        "absent": "it was not found",
        "login": "the login was refused",
        "busy": "another program is using it",
        "format": "its video format cannot be read",
        "broken": "reading was interrupted",
        "crashed": "the program failed on it",
    },
    "fr": {
        "silent": "aucune vidéo n’arrive",
        "closed": "la caméra a mis fin au flux",
        "unreachable": "impossible à joindre ou à ouvrir",
        "absent": "introuvable",
        "login": "identifiants refusés",
        "busy": "un autre programme l’utilise",
        "format": "format vidéo illisible",
        "broken": "lecture interrompue",
        "crashed": "le programme a échoué",
    },
}
"""Language to kind of fault to text; what a program said of it stands behind it, as it is."""

PERCENT = {"en": "%", "fr": "\N{NO-BREAK SPACE}%"}
"""How a percentage is written after its number."""

_MARKS = {"en": {}, "fr": str.maketrans({",": "\N{NARROW NO-BREAK SPACE}", ".": ","})}
"""What stands between thousands and before decimals, from the English marks."""


def number(value: float, language: str, digits: int = 0) -> str:
    """Return a number with so many decimals: `3,579.5`, `3 579,5`."""
    return f"{value:,.{digits}f}".translate(_MARKS[language])


def percent(part: float, language: str, digits: int = 0) -> str:
    """Return a part of 1: `12%`, `12 %`."""
    return number(100 * part, language, digits) + PERCENT[language]


def clock(seconds: float, digits: int = 0, language: str = "en") -> str:
    """Return a position as people write it: `0:07`, `12:30`, `1:02:03`, `0:07.4`, `0:07,4`."""
    scale = 10**digits
    ticks = round(seconds * scale)
    minutes, ticks = divmod(ticks, 60 * scale)
    hours, minutes = divmod(minutes, 60)
    rest = f"{ticks / scale:0{2 + bool(digits) + digits}.{digits}f}".translate(_MARKS[language])
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"
