"""The overlay draws on the frame's own pixels, whatever the picture and the faces."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline.messages import EMOTIONS, Box, Face, Frame, Zone
from stages.overlay import Overlay

PROBABILITIES = (0.05, 0.05, 0.05, 0.65, 0.1, 0.05, 0.05)
coordinates = st.floats(-2000, 5000)


def make_face(track: int = 1, x: float = 100, y: float = 80, side: float = 60, **changes: object) -> Face:
    """Return a happy face."""
    face = Face(
        track=track,
        box=Box(x=x, y=y, width=side, height=side),
        score=0.9,
        fused=PROBABILITIES,
        label="happy",
        confidence=0.65,
    )
    return msgspec.structs.replace(face, **changes)


def make_frame(*faces: Face, width: int = 640, height: int = 480, **changes: object) -> Frame:
    """Return a live frame with a picture of horizontal stripes."""
    pixels = np.full((height * 3 // 2, width), 128, np.uint8)
    pixels[:height:2] = 90
    frame = Frame(camera="hall", captured_ns=10**18, width=width, height=height, pixels=pixels, faces=faces)
    return msgspec.structs.replace(frame, **changes)


def draw(overlay: Overlay, frame: Frame) -> np.ndarray:
    """Return the pixels after the overlay, the clock standing 34 ms after the picture."""
    overlay.now_ns = lambda: frame.captured_ns + 34_000_000
    (out,) = overlay.process([frame])

    assert out.pixels is frame.pixels
    assert out.pixels is not None
    return out.pixels


def bare(**options: object) -> Overlay:
    """Return an overlay that draws nothing but what is asked for."""
    return Overlay(**{"bars": False, "boxes": False, "status": False, **options})  # type: ignore[arg-type]


def test_it_draws_on_the_very_pixels() -> None:
    """The received array is changed and forwarded; also where it is a view of a larger buffer."""
    buffer = np.full(640 * 480 * 3 // 2 + 64, 128, np.uint8)
    view = buffer[64:].reshape(720, 640)
    draw(Overlay(), make_frame(make_face(), pixels=view))

    assert (view != 128).any()
    assert (buffer[:64] == 128).all()


@pytest.mark.parametrize(("saving", "age_s", "shown"), [(0, 1.0, 6), (3, 1.0, 6), (4, 1.0, 3), (4, 0.05, 6)])
def test_every_second_late_picture_is_shown_on_a_machine_that_is_full(saving: int, age_s: float, shown: int) -> None:
    """Of each camera; frames that are in time, and those that tell a camera's state, all pass."""
    overlay = Overlay()
    overlay.now_ns = lambda: make_frame().captured_ns + int(age_s * 1e9)
    results = list(overlay.process([make_frame(saving=saving, camera=name) for name in "abab" * 3]))
    told = list(overlay.process([make_frame(saving=saving, state="offline", pixels=None)] * 3))

    assert [frame.camera for frame in results].count("a") == [frame.camera for frame in results].count("b") == shown
    assert len(told) == 3


def test_nothing_asked_for_draws_nothing() -> None:
    """With every option off the frame is unchanged."""
    assert np.array_equal(draw(bare(), make_frame(make_face())), make_frame().pixels)


def test_each_option_draws_its_part() -> None:
    """Box, bars, status, notice and blur each change the picture, differently."""
    frames = [
        draw(bare(**options), make_frame(make_face()))
        for options in (
            {"boxes": True},
            {"bars": True},
            {"status": True},
            {"notice": "Hello"},
            {"blur_faces": True},
            {},
        )
    ]

    for i, one in enumerate(frames):
        assert all(not np.array_equal(one, other) for other in frames[:i])


def test_languages_differ() -> None:
    """French and English labels give different pixels."""
    english = draw(bare(boxes=True), make_frame(make_face()))
    french = draw(bare(boxes=True, labels="fr"), make_frame(make_face()))

    assert not np.array_equal(english, french)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            make_face,
            track=st.integers(1, 2**40),
            x=coordinates,
            y=coordinates,
            side=st.floats(0, 6000),
            label=st.sampled_from([*EMOTIONS, "uncertain"]),
            confidence=st.floats(0, 1),
            fused=st.sampled_from([None, PROBABILITIES, (0.0,) * 7, (1.0,) * 7]),
        ),
        max_size=6,
    ),
    st.sampled_from([(160, 120), (2, 2), (16, 240), (320, 18), (642, 358), (1280, 720)]),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 4.0]),
)
def test_no_face_and_no_picture_makes_it_fail(
    faces: list[Face], size: tuple[int, int], lossless: bool, scale: float
) -> None:
    """Faces of no size, larger than the picture or far outside, in pictures of any size, never raise."""
    overlay = Overlay(blur_faces=True, notice="Emotions are recognised here", scale=scale)
    frame = make_frame(*faces, width=size[0], height=size[1], lossless=lossless)
    shape = draw(overlay, frame).shape

    assert shape == (size[1] * 3 // 2, size[0])


def test_a_panel_never_covers_any_face() -> None:
    """The bars of neighbours leave all faces as they were."""
    faces = [make_face(track=i + 1, x=40 + 130 * i, y=150 + 20 * i, side=100) for i in range(4)]
    frame = make_frame(*faces)
    before = frame.pixels.copy()  # type: ignore[union-attr]
    pixels = draw(bare(bars=True), frame)

    assert not np.array_equal(before, pixels)
    for face in faces:
        rows, columns = slice(int(face.box.y), int(face.box.y) + 100), slice(int(face.box.x), int(face.box.x) + 100)
        assert np.array_equal(before[rows, columns], pixels[rows, columns])


def test_tags_of_near_faces_do_not_hide_faces() -> None:
    """A tag that would lie on the face above goes below its own."""
    faces = [make_face(track=1, x=200, y=100, side=80), make_face(track=2, x=200, y=190, side=80)]
    frame = make_frame(*faces)
    before = frame.pixels.copy()  # type: ignore[union-attr]
    pixels = draw(bare(boxes=True), frame)

    for face in faces:
        rows, columns = slice(int(face.box.y) + 4, int(face.box.y) + 76), slice(204, 276)
        assert np.array_equal(before[rows, columns], pixels[rows, columns])


@pytest.mark.parametrize("state", ["connecting", "stalled", "offline", "ended"])
def test_frames_that_are_not_live_pass(state: str) -> None:
    """A frame without pixels is forwarded unchanged."""
    frame = Frame(camera="hall", state=state)  # type: ignore[arg-type]

    assert list(Overlay().process([frame])) == [frame]


def test_recordings_look_the_same_on_every_run() -> None:
    """A lossless frame shows its position, not the time of day: another run draws the same pixels."""
    first = draw(Overlay(), make_frame(make_face(), lossless=True, pts_ns=12_340_000_000, captured_ns=5))
    overlay = Overlay()
    draw(overlay, make_frame(lossless=True, pts_ns=0, captured_ns=7 * 10**17, run=2))
    again = draw(overlay, make_frame(make_face(), lossless=True, pts_ns=12_340_000_000, captured_ns=10**18, run=2))

    assert np.array_equal(first, again)


def shown(overlay: Overlay, frames: int, hz: float, run: int = 1) -> list[tuple[str, ...]]:
    """Return the status texts over this number of frames."""
    texts = []
    for i in range(frames):
        draw(overlay, make_frame(seq=i, captured_ns=10**18 + round(i * 1e9 / hz), run=run))
        texts.append(overlay.cameras["hall"].shown)
    return texts


def test_rate_and_age_are_measured_and_can_be_read() -> None:
    """The rate comes from the frames' numbers and times, the age from the clock; both stand for half a second."""
    texts = shown(Overlay(), 60, 20.0)

    assert texts[0] == ("34 ms",)
    assert set(texts[1:]) == {("20 fps", "34 ms")}


def test_numbers_are_renewed_twice_a_second() -> None:
    """When the age grows the text changes in steps of half a second."""
    overlay = Overlay()
    for i in range(41):
        frame = make_frame(seq=i, captured_ns=10**18 + i * 50_000_000)
        overlay.now_ns = lambda i=i: 10**18 + i * 60_000_000  # type: ignore[misc]
        list(overlay.process([frame]))
        if i == 30:
            early = overlay.cameras["hall"].shown

    assert early[1] == "210 ms"
    assert overlay.cameras["hall"].shown[1] == "310 ms"


def test_nothing_is_remembered_of_another_run_or_an_ended_camera() -> None:
    """A new run restarts the measurement of the rate, and an ended camera is forgotten."""
    overlay = Overlay()
    shown(overlay, 20, 20.0)

    assert shown(overlay, 1, 20.0, run=2) == [("34 ms",)]

    list(overlay.process([Frame(camera="hall", state="ended")]))
    assert len(overlay.cameras) == 0


def test_what_may_be_a_face_is_made_unrecognisable_too() -> None:
    """It has no track, so nothing is written beside it."""
    frame = replace(make_frame(), hidden=(Box(x=40, y=40, width=64, height=64),))
    before = frame.pixels.copy()  # type: ignore[union-attr]
    shown = draw(bare(), replace(frame, pixels=before.copy()))
    blurred = draw(bare(blur_faces=True), replace(frame, pixels=before.copy()))

    assert np.array_equal(shown, before)
    # stripes before, one colour now
    assert len(np.unique(before[44:48, 44:48])) == 2
    assert len(np.unique(blurred[44:48, 44:48])) == 1


def test_outside_of_a_region_everybody_may_be_a_face() -> None:
    """Where faces are blurred, all of it is; the region itself is unchanged, and has a line around it."""
    frame = make_frame(region=(0.25, 0.0, 0.5, 1.0))
    assert frame.pixels is not None
    frame.pixels[:480] = np.random.default_rng(1).integers(20, 230, (480, 640))
    before = frame.pixels.copy()
    blurred = draw(bare(blur_faces=True), frame)
    lined = draw(bare(boxes=True), make_frame(region=(0.25, 0.0, 0.5, 1.0)))

    assert np.array_equal(blurred[:480, 160:480], before[:480, 160:480])
    assert len(np.unique(blurred[:480, :160])) <= 64 and len(np.unique(blurred[:480, 480:])) <= 64
    assert len(np.unique(lined[:480, 160:162])) == 1 and (lined[:480, :160] == make_frame().pixels[:480, :160]).all()  # type: ignore[index]


def test_zones_are_drawn_on_demand() -> None:
    """Edges, a name and the number of people in it; a line with an arrow. Frames of any size."""
    zone = Zone(name="desk", points=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)))
    line = Zone(name="door", points=((0.0, 0.5), (1.0, 1.0)), line=True)
    zones = (zone, line)
    plain, drawn = draw(bare(), make_frame(zones=zones)), draw(bare(zones=True), make_frame(zones=zones))

    assert (plain == draw(bare(), make_frame())).all()
    assert (drawn != plain).any()
    full = draw(bare(zones=True), make_frame(make_face(x=450), zones=zones))
    assert (drawn != full).any()
    tiny = make_frame(width=16, height=16, zones=(zone, line))
    draw(bare(zones=True), tiny)
