"""Parses the conditions of alerts; `docs/alerts.md` explains them.

condition  = any { "for" DURATION | "in" "zone" NAME }
any        = all { "or" all }
all        = one { "and" one }
one        = "not" one | "(" any ")" | comparison
comparison = quantity ( ">" | ">=" | "<" | "<=" | "==" | "!=" ) value
quantity   = "count" [ "(" labels ")" ] | "share" "(" labels [ "," DURATION ] ")" | "dwell" | "empty" | "offline"
labels     = LABEL { "," LABEL }
value      = NUMBER | NUMBER "%" | DURATION
"""

import re
from collections.abc import Callable
from typing import NoReturn, get_args

from pipeline.alerts.condition import SHARE_S, Comparison, Condition, Expression, Group, Negation, Quantity
from pipeline.alerts.possible import can_be_false, can_hold, longest_hold_s
from pipeline.errors import ConfigError
from pipeline.messages import Label

LABELS: tuple[str, ...] = get_args(Label)
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
"""Seconds of each unit of a duration."""
LONGEST_S = 30 * 86_400.0
"""Longest duration, seconds."""
LONGEST_TEXT, DEEPEST = 300, 10
"""Maximum number of characters of a condition, and of parentheses and `not` inside each other."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_OPERATOR = re.compile(r">=|<=|==|!=|>|<")
_FOUND = re.compile(r"[A-Za-z0-9_.%-]+|\S")
"""What a message shows of the text where parsing ended."""
_QUANTITIES = {"count": "number", "share": "share", "dwell": "duration", "empty": "duration", "offline": "duration"}
"""Kind of the value with which each quantity is compared."""
_EXACT = {"share": "a share between 0 and 100%", "duration": "a duration"}
"""Values that a quantity has in passing only."""
_VALUES = {"number": "a number such as 5", "share": "a share such as 0.6 or 60%", "duration": "a duration such as 30s"}


def parse(text: str, least: int = 1) -> Condition:
    """Parse a condition.

    Args:
        text: The condition.
        least: Fewest people about whom anything is known.

    Raises:
        ConfigError: The text is no condition, or one that never or always holds; one line with what was expected, what
            was found, and the column.
    """
    if len(text) > LONGEST_TEXT:
        raise ConfigError(f"expected at most {LONGEST_TEXT} characters, found {len(text)}")
    return _Parser(text, least).condition()


def column_error(text: str, at: int, expected: str, found: str = "") -> ConfigError:
    """Return the error of a place in a condition.

    Args:
        text: The condition.
        at: Index of the place.
        expected: What was expected there.
        found: What was found there; "": the next word.
    """
    next_ = _FOUND.match(text, at)
    found = found or (repr(next_[0]) if next_ else "the end")
    line = "".join(one if one.isprintable() else " " for one in text)
    return ConfigError(f"expected {expected}, found {found} in column {at + 1}: {line[:at]}^{line[at:]}")


class _Parser:
    """A recursive descent over one text."""

    def __init__(self, text: str, least: int) -> None:
        self._text = text
        self._least = least
        self._at = 0
        self._depth = 0
        self._skip()

    def condition(self) -> Condition:
        expression = self._any()
        hold_s, zone, zone_column = 0.0, "", 0
        rest = ["for", "in"]
        while self._at < len(self._text):
            start = self._at
            word = self._word()
            if word not in rest:
                self._fail(", ".join(["and", "or", *rest]) + " or the end", start)
            rest.remove(word)
            if word == "for":
                start = self._at
                hold_s = self._duration()
                if (longest_s := longest_hold_s(expression)) < hold_s:
                    self._fail(f"at most {longest_s:g}s, for which the condition can hold", start)
            else:
                self._expect("zone")
                zone_column = self._at + 1
                zone = self._take(_NAME) or self._fail("the name of a zone")
                self._refuse_in_zone(expression, start)
        return Condition(expression, hold_s, zone, zone_column)

    def _refuse_in_zone(self, expression: Expression, at: int) -> None:
        if any(one.quantity.name == "offline" for one in expression.comparisons()):
            self._fail("no zone with offline, which concerns the camera", at)

    def _any(self) -> Expression:
        return self._joined("or", self._all, decisive=True)

    def _all(self) -> Expression:
        return self._joined("and", self._one, decisive=False)

    def _joined(self, word: str, part: Callable[[], Expression], *, decisive: bool) -> Expression:
        start = self._at
        parts = [part()]
        while self._accept(word):
            parts.append(part())
        return self._checked(Group(tuple(parts), decisive), start) if len(parts) > 1 else parts[0]

    def _checked(self, expression: Expression, at: int) -> Expression:
        """Return a condition that starts here; one that never or always holds is a mistake."""
        hidden = f" with min_people = {self._least}" if self._least > 1 else ""
        if not can_hold(expression, self._least):
            raise column_error(self._text, at, "a condition that can hold", f"one that never does{hidden}")
        if not can_be_false(expression, self._least):
            raise column_error(self._text, at, "a condition that can be false", f"one that never is{hidden}")
        return expression

    def _one(self) -> Expression:
        start = self._at
        negated = self._accept("not")
        if not negated and not self._sign("("):
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"at most {DEEPEST} parentheses and not inside each other", start)
        if negated:
            inner: Expression = Negation(self._one())
        else:
            inner = self._any()
            if not self._sign(")"):
                self._fail("and, or or )")
        self._depth -= 1
        return inner

    def _comparison(self) -> Expression:
        start = self._at
        quantity = self._quantity()
        at = self._at
        operator = self._take(_OPERATOR) or self._fail("one of > >= < <= == !=")
        kind = _QUANTITIES[quantity.name]
        limit = self._duration() if kind == "duration" else self._number(kind)
        if operator in ("==", "!=") and (kind == "duration" or (kind == "share" and 0 < limit < 1)):
            # measured values never meet it
            raise column_error(self._text, at, f"one of > >= < <= with {_EXACT[kind]}", repr(operator))
        return self._checked(Comparison(quantity, operator, limit), start)

    def _quantity(self) -> Quantity:
        start = self._at
        match self._word():
            case "count":
                labels, _ = self._labels() if self._sign("(") else ((), 0.0)
                return Quantity("count", labels)
            case "share":
                if not self._sign("("):
                    self._fail("( and a label such as sad")
                labels, window_s = self._labels(windowed=True)
                return Quantity("share", labels, window_s)
            case "dwell" | "empty" | "offline" as name:
                return Quantity(name)
        return self._fail("count, share(LABEL), dwell, empty, offline, not or (", start)

    def _labels(self, *, windowed: bool = False) -> tuple[tuple[str, ...], float]:
        """Parse labels up to the closing parenthesis; return them and the window."""
        labels: list[str] = []
        while True:
            if windowed and labels and _NUMBER.match(self._text, self._at):
                window_s = self._duration()
                break
            start = self._at
            label = self._word()
            if label not in LABELS or label in labels:
                self._fail(f"one of {', '.join(one for one in LABELS if one not in labels)}", start)
            labels.append(label)
            window_s = SHARE_S if windowed else 0.0
            if not self._sign(","):
                break
        if not self._sign(")"):
            self._fail(")" if len(labels) == len(LABELS) else ", or )")
        return tuple(labels), window_s

    def _number(self, kind: str) -> float:
        start = self._at
        digits = self._take(_NUMBER, skip=False) or self._fail(_VALUES[kind])
        percent = kind == "share" and self._text.startswith("%", self._at)
        self._at += percent
        value = float(digits) / (100 if percent else 1)
        if _WORD.match(self._text, self._at) or (kind == "share" and value > 1):
            self._fail(_VALUES[kind], start)
        self._skip()
        return value

    def _duration(self) -> float:
        start = self._at
        digits = self._take(_NUMBER, skip=False) or self._fail(_VALUES["duration"])
        unit = self._take(_WORD) if self._text[self._at : self._at + 1].isalpha() else ""
        if unit not in UNITS_S:
            self._fail(f"{_VALUES['duration']}, 5m, 2h or 1d", start)
        seconds = float(digits) * UNITS_S[unit]
        if not 0 < seconds <= LONGEST_S:
            self._fail("a duration above 0 and up to 30d", start)
        return seconds

    def _accept(self, word: str) -> bool:
        """Skip this word if it comes next; return whether it did."""
        found = _WORD.match(self._text, self._at)
        if not found or found[0] != word:
            return False
        self._word()
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            self._fail(word)

    def _sign(self, sign: str) -> bool:
        """Skip this character if it comes next; return whether it did."""
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        self._skip()
        return True

    def _word(self) -> str:
        return self._take(_WORD)

    def _take(self, pattern: re.Pattern[str], *, skip: bool = True) -> str:
        """Return and skip what matches here, "" for nothing; spaces behind it are skipped too."""
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        if found and skip:
            self._skip()
        return found[0] if found else ""

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _fail(self, expected: str, at: int | None = None) -> NoReturn:
        raise column_error(self._text, self._at if at is None else at, expected)
