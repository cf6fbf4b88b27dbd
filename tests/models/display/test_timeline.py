"""The picture of who showed what, when."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from models.display.palette import PALETTE
from models.display.person_timeline import PersonTimeline
from models.display.timeline import MOST_NAMED, MOST_PEOPLE, draw_timeline, fingerprint, is_drawn, named
from models.display.timeline_texts import TIMELINE_TEXTS
from models.display.wording import Wording

pytestmark = pytest.mark.slow

HAPPY = (0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02)


def person(track: int, times_s: list[float], label: str = "happy") -> PersonTimeline:
    """Return a person who shows one thing."""
    one = PersonTimeline(track)
    for time_s in times_s:
        one.add(time_s, time_s + 0.1, label, HAPPY)
    return one


@pytest.mark.parametrize("people", [0, 1, MOST_PEOPLE + 5])
def test_the_picture_fits_a_slide(tmp_path: Path, people: int) -> None:
    """It is as wide as a screen and no higher than a slide, and an emotion has its own colour in it."""
    everybody = [person(track, [i / 10 for i in range(50)]) for track in range(1, people + 1)]
    draw_timeline(everybody, 5.0, "talk $x^2$", tmp_path / "timeline.png")
    picture = cv2.imread(str(tmp_path / "timeline.png"))
    assert picture is not None
    height, width = picture.shape[:2]
    happy = [int(PALETTE["happy"][i : i + 2], 16) for i in (5, 3, 1)]
    share = float(np.mean(np.all(picture == happy, axis=2)))

    assert 1900 <= width <= 1920 and height <= 1080
    assert share > 0.2 if people else share == 0


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where the texts of a picture are written when it is drawn."""
    found: list[str] = []

    def read(figure: Figure, *_: object, **__: object) -> None:
        figure.canvas.draw()
        found.extend(text.get_text() for text in figure.findobj(Text))

    monkeypatch.setattr(Figure, "savefig", read)
    return found


@pytest.mark.parametrize("language", TIMELINE_TEXTS)
def test_the_picture_speaks_the_reader_s_language(written: list[str], language: str) -> None:
    """Everything that is written is in it: title and facts, people, labels and times."""
    everybody = [person(track, [i / 10 for i in range(50)]) for track in range(1, MOST_PEOPLE + 2)]
    draw_timeline(everybody, 5.0, "talk", Path("nowhere"), language)
    say = Wording(language, TIMELINE_TEXTS[language])
    facts = {"en": "length 0:05, 9 people, the 8 seen longest", "fr": "durée 0:05, 9 personnes, les 8 visibles le plus"}

    assert {say("person", track=1), say("timeline_key"), f"{say.label('happy')} {say.percent(1)}"} <= set(written)
    assert {say.label(label) for label in PALETTE if label != "uncertain"} <= set(written)
    assert {{"en": "0:01.0", "fr": "0:01,0"}[language], say("time_min")} <= set(written)
    assert any(text.startswith(facts[language]) for text in written)
    others = {text for other in TIMELINE_TEXTS if other != language for text in TIMELINE_TEXTS[other].values()}
    assert not others & set(written)


def test_hours_have_hours_on_the_axis(written: list[str]) -> None:
    """All ticks are of one form, which the axis names; a long title leaves room for the facts."""
    draw_timeline([person(1, [float(i) for i in range(0, 7200, 60)])], 7200.0, "talk_" * 40, Path("nowhere"))

    assert {"Time (h:min:s)", "0:00:00", "0:15:00", "2:00:00"} <= set(written)
    assert "15:00" not in written
    assert any(text.startswith("talk_") and "…" in text and len(text) < 80 for text in written)


@pytest.mark.parametrize(
    "name",
    ["Mamadou Diallo", "WWWWWWWWWWWWWWWW", "Maximilian-Alexander von Hohenlohe", "$x_1$ & <b>Zoë</b>", "李小龍" * 9],
)
def test_a_name_is_not_cut_by_the_edge(tmp_path: Path, name: str, recwarn: pytest.WarningsRecorder) -> None:
    """It is shortened to the margin; characters that the font lacks are boxes, without a warning."""
    one = person(1, [i / 10 for i in range(50)])
    one.name = name
    draw_timeline([one], 5.0, "talk", tmp_path / "timeline.png")
    picture = cv2.imread(str(tmp_path / "timeline.png"))
    assert picture is not None

    assert np.all(picture[:, :12] == 255)
    assert not recwarn.list


def test_a_picture_says_what_it_shows(tmp_path: Path) -> None:
    """Another marker, name or language is another picture; a missing or foreign file is none."""
    one = person(1, [i / 10 for i in range(5)])
    draw_timeline([one], 5.0, "talk", tmp_path / "timeline.png", "en", 0.0, [(1.0, "face on")])
    same = fingerprint([one], 5.0, "talk", "en", 0.0, [(1.0, "face on")])
    others = [fingerprint([one], 5.0, "talk"), fingerprint([one], 5.0, "talk", "fr", 0.0, [(1.0, "face on")])]
    one.name = "Ann"
    others.append(fingerprint([one], 5.0, "talk", "en", 0.0, [(1.0, "face on")]))
    (tmp_path / "text.png").write_text("no picture")

    assert is_drawn(tmp_path / "timeline.png", same)
    assert not any(is_drawn(tmp_path / "timeline.png", other) for other in others)
    assert not is_drawn(tmp_path / "text.png", same) and not is_drawn(tmp_path / "absent.png", same)


def test_texts_of_markers_do_not_overlap() -> None:
    """Near ones are one, at the first one's time; too many are none, and long ones are cut."""
    sent = [(1.0, "on"), (1.0, "again"), (1.4, "off"), (2.0, "a text of more than sixteen letters")]

    assert named(sent, lambda _: 0.5) == [(1.0, "on; again; off"), (2.0, "a text of more …")]
    assert named(sent * MOST_NAMED, lambda _: 0.5) == []
