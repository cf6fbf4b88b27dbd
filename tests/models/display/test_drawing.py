"""Drawing stays in the picture, keeps both chroma planes in step, and places things where they hide nothing."""

from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.display.drawing import Canvas, Rect
from models.display.drawing.canvas import yuv
from models.display.drawing.face import FaceView, draw_panel, draw_tag
from models.display.drawing.layout import at, beside, first_free, freest
from models.display.drawing.plates import draw_notice, draw_status
from models.display.drawing.style import Style
from models.display.drawing.text import mask, shortened, sprite, width_of, wrapped
from models.display.drawing.zones import draw_zone_name
from models.display.palette import INK, PALETTE
from models.display.words import PERCENT, WORDS

BARS = tuple((name, 1 / 7) for name in PALETTE if name != "uncertain")
coordinates = st.integers(-300, 500)
rects = st.builds(
    lambda x, y, w, h: Rect(x, y, x + w, y + h), coordinates, coordinates, st.integers(0, 400), coordinates
)


def make_picture(width: int = 320, height: int = 240, luma: int = 128) -> NDArray[np.uint8]:
    """Return a gray picture in I420."""
    pixels = np.full((height * 3 // 2, width), 128, np.uint8)
    pixels[:height] = luma
    return pixels


def rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture as other programs show it."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_YUV2RGB_I420), np.uint8)


def parse(colour: str) -> list[int]:
    """Return red, green and blue of `#RRGGBB`."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize("label", PALETTE)
def test_a_filled_rectangle_has_its_colour_and_its_place(label: str) -> None:
    """The colour other programs decode is the one of the palette, inside the rectangle and nowhere else."""
    pixels = make_picture()
    Canvas(pixels).fill(Rect(20, 30, 60, 50), PALETTE[label])
    image = rgb(pixels).astype(int)

    assert np.abs(image[30:50, 20:60] - parse(PALETTE[label])).max() <= 4
    image[30:50, 20:60] = image[0, 0]
    assert np.ptp(image, axis=(0, 1)).max() == 0


def test_planes_are_found_where_rows_of_chroma_do_not_fill_a_row() -> None:
    """A height that is even but no multiple of four splits the chroma in the middle of a row."""
    pixels = make_picture(64, 50)
    canvas = Canvas(pixels)
    canvas.fill(canvas.bounds, PALETTE["sad"])

    assert np.abs(rgb(pixels).astype(int) - parse(PALETTE["sad"])).max() <= 4


def test_high_definition_is_bt709() -> None:
    """Above 576 rows the coefficients are those of BT.709, below those of BT.601."""
    assert yuv("#FF0000", False) == (81, 90, 240)
    assert yuv("#FF0000", True) == (63, 102, 240)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((100, 64), np.uint8), np.zeros((96, 64), np.uint16), np.zeros((96, 128), np.uint8)[:, ::2]],
    ids=["not three halves", "not bytes", "with gaps"],
)
def test_other_arrays_are_refused(pixels: NDArray[np.uint8]) -> None:
    """What is not I420 in one piece is refused, because a copy would be drawn on and lost."""
    with pytest.raises(ValueError, match="expected I420"):
        Canvas(pixels)


@settings(max_examples=100, deadline=None)
@given(rects, st.integers(0, 30), st.integers(-300, 500), st.integers(-300, 500))
def test_nothing_raises_and_nothing_is_written_outside(rect: Rect, thickness: int, x: int, y: int) -> None:
    """Rectangles of any size anywhere, turned inside out too, change only pixels within them."""
    guarded = np.full((3, 180 * 3 // 2 + 2, 200), 128, np.uint8)
    for kind, pixels in enumerate(guarded):
        canvas = Canvas(pixels[1:-1])
        if kind == 0:
            canvas.fill(rect, INK)
        elif kind == 1:
            canvas.shade(rect, INK, 0.7)
            canvas.outline(rect, INK, thickness)
        else:
            canvas.pixelate(rect, 8)
            canvas.write(x, y, mask("Ég", 12))
            canvas.paste(2 * (x // 2), 2 * (y // 2), sprite("Ég", 12, (16, 128, 128), (235, 90, 200)))

    assert (guarded[:, [0, -1]] == 128).all()
    inside = rect.clipped(Rect(0, 0, 200, 180)).grown(1).clipped(Rect(0, 0, 200, 180))
    luma = guarded[0, 1:181].copy()
    luma[inside.y0 : inside.y1, inside.x0 : inside.x1] = 128
    assert (luma == 128).all()


def test_a_shade_lets_some_of_the_picture_through() -> None:
    """Opacity 0.8 leaves a fifth of the contrast."""
    pixels = make_picture()
    pixels[:120] = 28
    canvas = Canvas(pixels)
    canvas.shade(canvas.bounds, INK, 0.8)

    assert int(canvas.y[200, 0]) - int(canvas.y[0, 0]) == pytest.approx(20, abs=1)


def test_pixelated_faces_have_few_values() -> None:
    """Eight by eight squares are left, in brightness and colour."""
    pixels = np.random.default_rng(0).integers(0, 256, (360, 320), np.uint8)
    canvas = Canvas(pixels)
    canvas.pixelate(Rect(40, 40, 200, 200), 8)

    for plane, area in ((canvas.y, slice(40, 200)), (canvas.u, slice(20, 100)), (canvas.v, slice(20, 100))):
        assert len(np.unique(plane[area, area])) <= 64
        assert len(np.unique(plane)) > 200


def test_text_is_light_on_dark_and_has_its_accents() -> None:
    """Accents are ink above the letter; an unprintable character is a mark, not an error."""
    with_accent, without = mask("é", 30), mask("e", 30)

    assert with_accent.shape == without.shape
    top = np.flatnonzero(without.max(axis=1))[0]
    assert with_accent[: top - 1].max() > 200
    assert without[: top - 1].max() == 0
    assert mask("a\x00\nb", 20).shape == mask("a??b", 20).shape
    assert mask("", 20).shape == (26, 1)


@pytest.mark.parametrize("language", WORDS)
def test_every_word_is_drawn_in_full(language: str) -> None:
    """Every label has a word in every language, and its first and last columns lie within the mask."""
    assert set(WORDS[language]) == set(PALETTE)
    assert language in PERCENT
    for word in WORDS[language].values():
        assert abs(mask(word, 24).shape[1] - width_of(word, 24)) == 0
        assert mask(word, 24)[[0, -1]].max() == 0


@given(st.text(max_size=60), st.integers(9, 40), st.integers(0, 400))
@settings(max_examples=50, deadline=None)
def test_shortened_and_wrapped_texts_fit(text: str, px: int, width: int) -> None:
    """A text cut or wrapped to a width is not wider, unless not even the ellipsis fits."""
    for line in (shortened(text, px, width), *wrapped(text, px, width)):
        assert width_of(line, px) <= max(width, width_of("…", px))


@settings(max_examples=100, deadline=None)
@given(rects, st.tuples(st.integers(2, 100), st.integers(2, 100)), st.lists(rects, max_size=5))
def test_places_beside_a_box_do_not_cover_it(box: Rect, size: tuple[int, int], others: list[Rect]) -> None:
    """No place covers its own box, and the one chosen lies within the picture and covers nothing."""
    bounds = Rect(0, 0, 400, 300)
    places = beside(box, size, bounds, 4)
    chosen = first_free(places, bounds, [box, *others])

    if box.width > 0 and box.height > 0 and box.within(bounds):
        assert all(place.overlap(box) == 0 for place in places)
    if chosen is not None:
        assert places[chosen].within(bounds)
        assert all(places[chosen].overlap(other) == 0 for other in others)
    assert freest(places, bounds, others).within(bounds)


def test_the_first_of_equal_places_is_taken() -> None:
    """Among free places the preferred one is chosen."""
    bounds = Rect(0, 0, 100, 100)

    assert freest([at(10, 10, (5, 5)), at(20, 20, (5, 5))], bounds, []) == Rect(10, 10, 15, 15)
    assert freest([at(10, 10, (5, 5)), at(20, 20, (5, 5))], bounds, [Rect(0, 0, 12, 12)]) == Rect(20, 20, 25, 25)


@pytest.mark.parametrize("luma", [16, 128, 235])
def test_texts_stay_readable_on_any_background(luma: int) -> None:
    """On black, gray and white the text of tag, status and notice differs by far from its plate."""
    pixels = make_picture(640, 480, luma)
    canvas, style = Canvas(pixels), Style.of(480, 0, "fr")
    face = FaceView(track=1, box=Rect(200, 200, 300, 300), label="sad", confidence=0.5)
    plates = (
        draw_tag(canvas, style, face, []),
        draw_status(canvas, style, ["hall", "25 fps"]),
        draw_notice(canvas, style, "Émotions reconnues ici"),
    )

    for plate in plates:
        area = canvas.y[plate.y0 : plate.y1, plate.x0 : plate.x1].astype(int)
        assert abs(np.percentile(area, 99.5) - np.percentile(area, 0.5)) > 80


@pytest.mark.parametrize(("x", "side"), [(200, "right"), (530, "left")])
def test_the_panel_goes_right_or_where_the_picture_ends_left(x: int, side: str) -> None:
    """The panel lies beside the face, never on it, and is never cut off."""
    canvas, style = Canvas(make_picture(640, 480)), Style.of(480, 0, "en")
    box = Rect(x, 200, x + 100, 300)
    drawn = draw_panel(canvas, style, FaceView(track=1, box=box, label="sad", confidence=0.5, bars=BARS), [box], None)

    assert drawn is not None
    assert drawn[1].within(canvas.bounds)
    assert (drawn[1].x0 >= box.x1) if side == "right" else (drawn[1].x1 <= box.x0)


def test_a_panel_stays_on_its_side() -> None:
    """A panel that was left of the face stays there, though right has become free."""
    canvas, style = Canvas(make_picture(640, 480)), Style.of(480, 0, "en")
    face = FaceView(track=1, box=Rect(250, 200, 350, 300), label="sad", confidence=0.5, bars=BARS)
    blocked = draw_panel(canvas, style, face, [face.box, Rect(360, 0, 640, 480)], None)
    assert blocked is not None
    later = draw_panel(canvas, style, face, [face.box], blocked[0])

    assert blocked[1].x1 <= face.box.x0
    assert later == blocked


def test_a_face_that_fills_the_picture_has_its_panel_in_the_corner() -> None:
    """With no room beside it the panel lies inside, over a small part of the box."""
    pixels = make_picture(1280, 720)
    canvas, style = Canvas(pixels), Style.of(720, 0, "en")
    face = FaceView(track=1, box=canvas.bounds, label="sad", confidence=0.5, bars=BARS)

    assert draw_panel(canvas, style, face, [face.box], None) is None
    assert (canvas.y != 128).any()
    assert (canvas.y[:500, :1000] == 128).all()


def test_bars_are_as_long_as_their_probabilities() -> None:
    """The longest bar belongs to the most probable emotion, and a zero draws none."""
    canvas, style = Canvas(make_picture(640, 480)), Style.of(480, 0, "en")
    bars = (("angry", 0.0), ("happy", 0.25), ("sad", 0.75))
    box = Rect(100, 100, 200, 200)
    draw_panel(canvas, style, FaceView(track=1, box=box, label="sad", confidence=0.75, bars=bars), [box], None)
    lengths = []
    for name, _ in bars:
        _, u, v = yuv(PALETTE[name])
        lengths.append(int(((canvas.u == u) & (canvas.v == v)).sum(axis=1).max()))

    assert lengths[0] == 0
    assert lengths[2] == pytest.approx(3 * lengths[1], abs=3)


def test_names_of_zones_cover_neither_each_other_nor_the_status() -> None:
    """Zones often begin in the same corner, where the camera's name is; in a tiny frame they have to."""
    for side, most in ((480, 6), (16, 1)):
        canvas = Canvas(make_picture(side, side))
        style = Style.of(side, 0, "en")
        taken = [draw_status(canvas, style, ["hall"])]
        for corner in [(0.0, 0.0)] * (most // 2) + [(1.0, 1.0)] * (most // 2):
            taken.append(draw_zone_name(canvas, style, "shelf: 3", [corner, (0.5, 0.5)], taken))

        assert all(plate.within(canvas.bounds) for plate in taken)
        assert most == 1 or not any(a.overlap(b) for a, b in combinations(taken, 2))
