"""Draws kappa over the lag of the coder."""

from pathlib import Path

import numpy as np

from models.display.wording import Wording
from stages.results.agreement.comparison import FARTHEST_LAG_S, Agreement
from stages.results.figures.style import COLORS, INK, RULE, SOFT, STYLES, drawn
from stages.results.figures.texts import FIGURE_TEXTS


def draw_lags(found: Agreement, path: Path, style: str, language: str = "en") -> None:
    """Write the figure; a gap is a lag at which kappa is undefined.

    Raises:
        OSError: The file cannot be written.
    """
    say, chosen = Wording(language, FIGURE_TEXTS[language]), STYLES[style]
    values = np.array([np.nan if value is None else value for value in found.lag_kappas])
    with drawn(path, chosen, chosen.width_in * 0.55) as figure:
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        axes.axvline(0, color=RULE, linewidth=chosen.line_pt)
        axes.plot(found.lags_s, values, color=COLORS["sad"], linewidth=2 * chosen.line_pt)
        if found.low is not None and found.kappa is not None:
            ends = [[found.kappa - found.low], [found.high - found.kappa]] if found.high is not None else None
            axes.errorbar(
                [0],
                [found.kappa],
                ends,
                color=INK,
                marker="o",
                markersize=chosen.text_pt / 2.5,
                capsize=chosen.text_pt / 3,
                linewidth=chosen.line_pt,
            )
        if found.best_lag_s is not None and found.best_kappa is not None:
            axes.plot(found.best_lag_s, found.best_kappa, "D", color=COLORS["angry"], markersize=chosen.text_pt / 2)
            text = say("lag_marked", lag=_signed(found.best_lag_s, 2, say), kappa=_signed(found.best_kappa, 2, say))
            axes.annotate(
                text,
                (found.best_lag_s, found.best_kappa),
                (0, chosen.text_pt),
                textcoords="offset points",
                ha="center",
                color=SOFT,
                bbox={"facecolor": "white", "linewidth": 0, "pad": 1},
            )
        else:
            axes.text(0.5, 0.5, say("undefined"), transform=axes.transAxes, ha="center", va="center", color=SOFT)
        low = min(0.0, float(np.nanmin(values))) if np.isfinite(values).any() else 0.0
        axes.set(xlim=(-FARTHEST_LAG_S, FARTHEST_LAG_S), ylim=(max(-1.0, low - 0.05), 1.1))
        axes.set(xlabel=say("lag_axis"), ylabel=say("kappa_axis"), yticks=np.arange(np.ceil(low * 5) / 5, 1.01, 0.2))
        axes.xaxis.set_major_formatter(lambda value, _: _signed(value, 1, say))
        axes.yaxis.set_major_formatter(lambda value, _: _signed(value, 1, say))
        figure.tight_layout(pad=0.4)


def _signed(value: float, digits: int, say: Wording) -> str:
    """Return a number with a minus as wide as a plus."""
    return say.number(value + 0.0, digits).replace("-", "\u2212")
