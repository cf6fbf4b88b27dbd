"""Says in plain text what a comparison found, and what it means."""

from collections.abc import Iterator

from stages.results.agreement.comparison import FARTHEST_LAG_S, Agreement
from stages.results.agreement.measures import LEAST_BLOCKS

LANDIS_KOCH = ((0.0, "slight"), (0.2, "fair"), (0.4, "moderate"), (0.6, "substantial"), (0.8, "almost perfect"))
"""Kappa above which Landis and Koch (1977) call an agreement by these names."""
NOTABLE_LAG_S, NOTABLE_GAIN = 0.1, 0.02
"""Smallest lag in seconds, and smallest gain of kappa at it, that are worth a sentence."""
ENOUGH_KAPPA = 0.4
"""Kappa at the best lag below which the lag may be chance: the best of 81 lags of unrelated codings is above 0."""
SHORT_S = 5.0
"""Seconds of a label below which nothing is said about it."""


def report(found: Agreement) -> str:
    """Return the whole report, as lines."""
    return "\n".join([*_head(found), "", *_by_label(found), "", *_confusion(found), "", *meaning(found)])


def meaning(found: Agreement) -> Iterator[str]:
    """Yield what the numbers mean, a sentence each."""
    if found.kappa is None:
        only = next(label.label for label in found.labels if label.coder_s)
        yield f"Kappa is undefined: both used only the label {only} in the compared time. Agreement was complete."
    elif found.agreed == 1:
        yield "They agree on every sample."
    elif found.kappa <= 0:
        yield "They agree no more often than by chance."
    else:
        name = [name for least, name in LANDIS_KOCH if found.kappa > least][-1]
        yield f"Landis and Koch (1977) call this agreement {name}; the names are a convention."
    yield from _lag(found)
    if found.low is None and found.kappa is not None:
        needed = LEAST_BLOCKS * found.block_s
        yield f"There is no interval: it needs {LEAST_BLOCKS} blocks of {found.block_s:g} s, so about {needed:g} s."
    if found.kappa_without_uncertain is not None and "uncertain" in (label.label for label in found.labels):
        yield f"Without the time that is uncertain, kappa is {found.kappa_without_uncertain:.2f}."
    if worst := max(_confused(found), default=None):
        seconds, share, theirs, ours = worst
        yield f"Largest difference: of the coder's {theirs}, Emobot calls {share:.0%} {ours} ({seconds:.1f} s)."
    short = [label.label for label in found.labels if 0 < label.coder_s < SHORT_S]
    if short:
        verb = "has" if len(short) == 1 else "have"
        yield f"{', '.join(short)} {verb} less than {SHORT_S:g} s of the coder's time: too little to judge."


def _lag(found: Agreement) -> Iterator[str]:
    lag, best, now = found.best_lag_s, found.best_kappa, found.kappa
    if lag is None or best is None or now is None:
        return
    for who, used in (
        ("The coder", [one.label for one in found.labels if one.coder_s]),
        ("Emobot", [one.label for one in found.labels if one.ours_s]),
    ):
        if len(used) == 1:
            yield f"{who} used only the label {used[0]} in the compared time, so no lag can be measured."
            return
    if best < ENOUGH_KAPPA:
        yield "Agreement is too low at every lag to say whether the coder is late."
        return
    if abs(lag) < NOTABLE_LAG_S or best - now < NOTABLE_GAIN:
        yield "Neither is later than the other: no lag of up to 2 s gives a notably higher kappa."
        return
    order = "later" if lag > 0 else "earlier"
    yield f"The coder is {abs(lag):g} s {order} than Emobot: with that lag, kappa is {best:.2f} instead of {now:.2f}."
    if abs(lag) >= FARTHEST_LAG_S - 1e-9:
        yield "This is the end of the range: check that both times begin at the start of the same recording."


def _confused(found: Agreement) -> Iterator[tuple[float, float, str, str]]:
    names = [label.label for label in found.labels]
    for theirs, row in zip(names, found.confusion_s, strict=True):
        for ours, seconds in zip(names, row, strict=True):
            if theirs != ours and seconds > 0:
                yield seconds, seconds / sum(row), theirs, ours


def _head(found: Agreement) -> Iterator[str]:
    people = ", ".join(a if a == b else f"{a or 'the coder'} = {b}" for a, b in found.people.items())
    yield f"{found.recording} and {found.coding}: {people}"
    yield (
        f"Compared: {found.compared_s:.1f} s in steps of {found.step_ms} ms. "
        f"Labelled by Emobot only: {found.only_ours_s:.1f} s, by the coder only: {found.only_coder_s:.1f} s."
    )
    yield ""
    ends = "" if found.low is None else f"  (95% interval {found.low:.2f} to {found.high:.2f})"
    yield f"Cohen's kappa  {number(found.kappa)}{ends}"
    yield f"Agreement      {'undefined' if found.agreed is None else f'{found.agreed:.0%}'}"


def _by_label(found: Agreement) -> Iterator[str]:
    yield f"{'label':10} {'coder s':>9} {'Emobot s':>9} {'F1':>10} {'ICC(2,1)':>10}"
    for one in found.labels:
        yield f"{one.label:10} {one.coder_s:9.1f} {one.ours_s:9.1f} {number(one.f1):>10} {number(one.icc):>10}"
    yield f"ICC(2,1): shares of time per window of {found.window_s:g} s."


def _confusion(found: Agreement) -> Iterator[str]:
    names = [label.label for label in found.labels]
    yield "Seconds (rows: coder, columns: Emobot)"
    yield f"{'':10} {' '.join(f'{name:>9}' for name in names)}"
    for name, row in zip(names, found.confusion_s, strict=True):
        cells = [f"{seconds:.1f}" if seconds else "-" for seconds in row]
        yield f"{name:10} {' '.join(f'{cell:>9}' for cell in cells)}"


def number(value: float | None) -> str:
    """Return a coefficient with two decimals, or `undefined`."""
    return "undefined" if value is None else f"{round(value, 2) + 0.0:.2f}"
