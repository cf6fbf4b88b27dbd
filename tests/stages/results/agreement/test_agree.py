"""Results compared with codings of their recording."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError, EmobotError, InputError
from stages.results.agreement.agree import agree
from stages.results.agreement.comparison import Agreement
from stages.results.agreement.words import meaning, report
from stages.results.episodes import episodes
from stages.results.export.formats import Format, export_results
from stages.results.reading import Results, read_results
from tests.stages.results.tables import rows_of, write_results

pytestmark = pytest.mark.slow

LONG = "".join("nhsu"[i] * (60 + 17 * (i % 3)) for i in np.random.default_rng(4).integers(0, 4, 40))
"""Labels of some two minutes, in episodes of two to four seconds."""


def results_of(folder: Path, *labels: str, fps: float = 25.0, first_pts_ms: float = 0.0) -> Results:
    """Return the results of a recording with these people."""
    rows = [row for track, letters in enumerate(labels, 1) for row in rows_of(track, letters, fps=fps)]
    frames = max(map(len, labels))
    return read_results(write_results(folder / "talk", rows, frames=frames, fps=fps, first_pts_ms=first_pts_ms))


def coding_of(results: Results, path: Path, later_s: float = 0.0, names: Iterable[str] = ("Person 1",)) -> Path:
    """Write a CSV of a coder who sees the same, but later."""
    lines = ["start,end,label,person"]
    for track, name in enumerate(names, 1):
        lines += [
            f"{max(0.0, one.start_ms / 1e3 + later_s):.3f},{one.end_ms / 1e3 + later_s:.3f},{one.label},{name}"
            for one in episodes(results, track)
        ]
    path.write_text("\n".join(lines) + "\n")
    return path


def written(tmp_path: Path, text: str) -> Path:
    """Write a coding."""
    path = tmp_path / "coder.csv"
    path.write_text(text)
    return path


def said(found: Agreement) -> str:
    """Return what it means, in one text."""
    return " ".join(meaning(found))


@pytest.mark.parametrize("fps", [25.0, 29.97, 12.5])
@pytest.mark.parametrize("name", [Format.EAF, Format.BORIS, Format.TEXTGRID, Format.BIDS])
def test_an_own_export_agrees_with_itself(tmp_path: Path, name: Format, fps: float) -> None:
    """Kappa is 1 at lag 0 and lower elsewhere, though times are rounded to milliseconds."""
    results = results_of(tmp_path, LONG[:900], LONG[600:1500], fps=fps, first_pts_ms=2000.0)
    path = export_results(results.folder, [name]).files[0]
    found = agree(results, path)

    assert found.people == {"Person 1": "Person 1", "Person 2": "Person 2"}
    assert found.kappa == 1.0 and found.agreed == 1.0 and found.best_lag_s == 0.0
    assert found.only_coder_s == found.only_ours_s == 0.0
    assert found.lag_kappas.count(1.0) == 1
    assert all(one.f1 == 1.0 for one in found.labels)
    assert "They agree on every sample." in said(found)


@pytest.mark.parametrize("later_s", [0.5, -0.5, 1.23, 0.1])
def test_a_coder_s_lag_is_found(tmp_path: Path, later_s: float) -> None:
    """Within a tenth of a second, and it is positive for a coder who is late."""
    results = results_of(tmp_path, LONG)
    found = agree(results, coding_of(results, tmp_path / "coder.csv", later_s))

    assert found.best_lag_s == pytest.approx(later_s, abs=0.1)
    assert found.kappa is not None and found.best_kappa is not None and found.kappa < found.best_kappa
    assert f"{abs(found.best_lag_s or 0):g} s {'later' if later_s > 0 else 'earlier'} than Emobot" in said(found)


def test_a_late_coder_is_otherwise_right(tmp_path: Path) -> None:
    """By hand: of 10 s, half a second at each of two changes differs, and the first half second has no code."""
    results = results_of(tmp_path, "n" * 100 + "h" * 100 + "n" * 50)
    found = agree(results, coding_of(results, tmp_path / "coder.csv", 0.5))
    table = {one.label: (one.coder_s, one.ours_s) for one in found.labels}

    assert found.compared_s == 9.5 and found.only_ours_s == 0.5 and found.only_coder_s == 0.0
    assert table == {"happy": (4.0, 4.0), "neutral": (5.5, 5.5)}
    assert found.confusion_s == [[3.5, 0.5], [0.5, 5.0]]
    by_chance = (4.0 * 4.0 + 5.5 * 5.5) / 9.5**2
    assert found.kappa == pytest.approx((8.5 / 9.5 - by_chance) / (1 - by_chance))
    assert found.low is None and "needs 10 blocks of 5 s" in said(found)


def test_a_recording_may_be_shorter_than_the_lags(tmp_path: Path) -> None:
    """At those lags kappa is undefined."""
    results = results_of(tmp_path, "n" * 15 + "h" * 20)
    found = agree(results, coding_of(results, tmp_path / "coder.csv"))

    assert found.kappa == 1.0 and found.lag_kappas[0] is found.lag_kappas[-1] is None


def test_two_constant_codings_are_undefined(tmp_path: Path) -> None:
    """The report has words for it, and the file holds null."""
    results = results_of(tmp_path, "n" * 250)
    found = agree(results, coding_of(results, tmp_path / "coder.csv"))

    assert found.kappa is found.best_kappa is None and found.agreed == 1.0
    assert "Kappa is undefined: both used only the label neutral" in said(found)
    assert "nan" not in report(found) and "undefined" in report(found)


def test_the_lag_of_one_label_is_not_measured(tmp_path: Path) -> None:
    """Kappa is 0 at each lag; the words say who used one label only."""
    changing, constant = "n" * 100 + "h" * 150, "n" * 250
    for ours, theirs, who in ((constant, changing, "Emobot"), (changing, constant, "The coder")):
        path = coding_of(results_of(tmp_path / "other", theirs), tmp_path / "coder.csv")
        found = agree(results_of(tmp_path, ours), path)

        assert found.kappa == 0.0
        assert f"{who} used only the label neutral" in said(found) and "later" not in said(found)


def test_the_lag_of_unrelated_codings_is_not_named(tmp_path: Path) -> None:
    """The best of many lags is chance."""
    path = coding_of(results_of(tmp_path / "other", LONG[::-1]), tmp_path / "coder.csv")
    found = agree(results_of(tmp_path, LONG), path)

    assert found.best_lag_s != 0.0 and "too low at every lag" in said(found) and "later" not in said(found)


def test_the_interval_holds_kappa_and_shrinks_with_time(tmp_path: Path) -> None:
    """With longer blocks it is another one."""
    results = results_of(tmp_path, LONG)
    path = coding_of(results, tmp_path / "coder.csv", 0.5)
    found, other = agree(results, path), agree(results, path, block_s=8.0)

    assert found.low is not None and found.high is not None and found.kappa is not None
    assert found.low < found.kappa < found.high
    assert (found.low, found.high) != (other.low, other.high)
    assert agree(results, path) == found


def test_codes_get_labels(tmp_path: Path) -> None:
    """In any case; an empty label leaves a code out; codes without one are listed, all in one line."""
    results = results_of(tmp_path, "n" * 50 + "h" * 50)
    path = written(tmp_path, "start,end,label\n0,1,NEUTRAL\n1,2,calm\n2,3,joy\n3,4,off\n")

    with pytest.raises(InputError, match=r"found calm, joy, off; give each a label with --map calm=happy") as error:
        agree(results, path)
    assert "\n" not in str(error.value)
    found = agree(results, path, names={"Calm": "neutral", "joy": "Happy", "off": ""})
    assert found.compared_s == 3.0 and found.kappa == 1.0
    with pytest.raises(ConfigError, match="--map: expected one of angry, .*, found glad"):
        agree(results, path, names={"joy": "glad"})


def test_the_rest_is_a_label_if_asked(tmp_path: Path) -> None:
    """A coder who marks smiles only says by blanks that there is none; what is uncertain stays so."""
    results = results_of(tmp_path, "n" * 50 + "h" * 50 + "s" * 50 + "u" * 25)
    path = written(tmp_path, "start,end,label\n2,4,smile\n4.5,5,blink\n")
    names = {"smile": "happy", "blink": ""}
    found = agree(results, path, names=names, rest="other")

    assert agree(results, path, names=names).compared_s == 2.0
    # what the coder left out stays left out
    assert found.compared_s == 6.5
    assert [(one.label, one.coder_s, one.ours_s) for one in found.labels] == [
        ("happy", 2.0, 2.0),
        ("uncertain", 0.0, 1.0),
        ("other", 4.5, 3.5),
    ]
    assert found.kappa is not None and found.kappa < 1 == found.kappa_without_uncertain
    assert [one.label for one in agree(results, path, names=names, rest="neutral").labels] == [
        *("happy", "sad", "neutral", "uncertain")
    ]
    with pytest.raises(ConfigError, match="--rest: expected one of angry, .*, other, found 'rest'"):
        agree(results, path, names=names, rest="rest")


def test_a_single_smile_is_compared_over_the_whole_recording(tmp_path: Path) -> None:
    """By hand: of 60 s, one differs. From the first smile to the end of the last, kappa would be 0, as in BORIS."""
    results = results_of(tmp_path, "n" * 500 + "h" * 100 + "n" * 900)
    found = agree(results, written(tmp_path, "start,end,label\n20,25,happy\n"), rest="other")

    by_chance = (4 * 5 + 56 * 55) / 60**2
    assert found.compared_s == 60.0 and found.kappa == pytest.approx((59 / 60 - by_chance) / (1 - by_chance))


def test_people_are_found_by_name_number_or_because_there_is_one(tmp_path: Path) -> None:
    """Else the line says who there is; who is only on one side is not compared."""
    results = replace(results_of(tmp_path, "n" * 50 + "h" * 50, "h" * 100), names={2: "Ben"})
    for names, people, expected in (
        (["Person 1"], {}, {"Person 1": "Person 1"}),
        (["1", "BEN"], {}, {"1": "Person 1", "BEN": "Ben"}),
        (["anna", "x"], {"anna": "2"}, {"anna": "Ben"}),
        (["anna", "x"], {"anna": "ben", "x": "1"}, {"anna": "Ben", "x": "Person 1"}),
    ):
        path = coding_of(results, tmp_path / "coder.csv", names=names)
        assert agree(results, path, people=people).people == expected
    one = results_of(tmp_path, "n" * 50 + "h" * 50)
    assert agree(one, coding_of(one, tmp_path / "coder.csv", names=["somebody"])).people == {"somebody": "Person 1"}


@pytest.mark.parametrize(
    ("names", "people", "text"),
    [
        (["anna"], {}, "expected a person of the recording (Person 1, Person 2), found anna in the coding; say who"),
        ([""], {}, "found (unnamed) in the coding"),
        (["anna"], {"ben": "1"}, "--person: expected the coder's anna, found ben"),
        (["anna"], {"anna": "3"}, "--person: expected Emobot's Person 1, Person 2, found 3"),
        (["1", "Person 1"], {}, "expected one tier for each person, found 1, Person 1; choose one with --tier"),
    ],
)
def test_who_is_who_is_asked_in_one_line(tmp_path: Path, names: list[str], people: dict[str, str], text: str) -> None:
    """It names both sides."""
    results = results_of(tmp_path, "n" * 50 + "h" * 50, "h" * 100)

    with pytest.raises(EmobotError) as error:
        agree(results, coding_of(results, tmp_path / "coder.csv", names=names), people=people)
    assert text in str(error.value) and "\n" not in str(error.value)


def test_a_coding_of_another_recording_is_one_line(tmp_path: Path) -> None:
    """Nothing is compared, so nothing is measured; so it is where nobody was seen."""
    results = results_of(tmp_path, "n" * 50)
    path = written(tmp_path, "start,end,label\n60,70,happy\n")

    with pytest.raises(
        InputError, match=r"expected time that both label in talk \(2.0 s\), found none; .* ends at 70.0 s"
    ):
        agree(results, path)
    nobody = read_results(write_results(tmp_path / "none", [], frames=50))
    with pytest.raises(InputError, match="expected a person in the recording, found none, in .*none"):
        agree(nobody, path)


def test_icc_compares_shares_of_windows(tmp_path: Path) -> None:
    """A coder who is late only moves time within windows; who swaps labels has no agreement left."""
    results = results_of(tmp_path, LONG)
    late = agree(results, coding_of(results, tmp_path / "coder.csv", 0.5))
    swapped = agree(results, tmp_path / "coder.csv", names={"happy": "sad", "sad": "happy"})
    icc = {one.label: one.icc or 0.0 for one in late.labels}

    assert all(value > 0.9 for value in icc.values())
    assert all((one.icc or 0.0) < 0.5 for one in swapped.labels if one.label in ("happy", "sad"))


def test_a_recording_that_seems_to_last_for_years(tmp_path: Path) -> None:
    """A damaged time costs a line, not all memory."""
    results = replace(results_of(tmp_path, "hs"), end_ms=1e12)
    coding = written(tmp_path, "start,end,label\n0,1,happy\n")
    with pytest.raises(InputError, match=r"at most 10 days, found 11574, in .*talk"):
        agree(results, coding)
