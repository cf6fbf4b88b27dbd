"""Translations shared by all displays: labels, source faults, numbers and times."""

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
"""Language to label to translation."""

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
"""Language to fault to message; the program's own error text is appended unchanged."""

PERCENT = {"en": "%", "fr": "\N{NO-BREAK SPACE}%"}
"""Percent sign after a number, by language."""

_MARKS = {"en": {}, "fr": str.maketrans({",": "\N{NARROW NO-BREAK SPACE}", ".": ","})}
"""Translation of the English thousands and decimal separators, by language."""


def number(value: float, language: str, digits: int = 0) -> str:
    """Return a number with `digits` decimals: `3,579.5`, `3 579,5`."""
    return f"{value:,.{digits}f}".translate(_MARKS[language])


def percent(part: float, language: str, digits: int = 0) -> str:
    """Return a fraction as a percentage: `12%`, `12 %`."""
    return number(100 * part, language, digits) + PERCENT[language]


def clock(seconds: float, digits: int = 0, language: str = "en", *, hours: bool = False) -> str:
    """Return a position in a recording: `0:07`, `12:30`, `1:02:03`, `0:07.4`, `0:07,4`.

    Args:
        seconds: The position.
        digits: Decimals of the seconds.
        language: Key of `WORDS`.
        hours: Whether positions in the first hour have hours, too: `0:12:30`.
    """
    scale = 10**digits
    ticks = round(seconds * scale)
    minutes, ticks = divmod(ticks, 60 * scale)
    rest = f"{ticks / scale:0{2 + bool(digits) + digits}.{digits}f}".translate(_MARKS[language])
    return f"{minutes // 60}:{minutes % 60:02}:{rest}" if hours or minutes >= 60 else f"{minutes}:{rest}"


def number_of(name: str) -> int:
    """Return the number of a person without a name of their own, as "Person 3"; 0 for any other name."""
    number = name.removeprefix("Person ")
    return int(number) if number != name and number.isascii() and number.isdecimal() and number[0] != "0" else 0
