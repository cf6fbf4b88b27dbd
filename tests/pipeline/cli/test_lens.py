"""`emobot doctor --fov` says what the detector sees, for every size and part of a frame."""

from pathlib import Path

import pytest

from pipeline.cli.lens import Lens, range_of_sight
from pipeline.config.graph import load_plan


def said(lens: Lens, config: str = "", tmp_path: Path | None = None) -> dict[str, str]:
    """Return what is said of a lens and a config, or the defaults."""
    plan = None
    if tmp_path is not None:
        (tmp_path / "c.toml").write_text(config)
        plan = load_plan(tmp_path / "c.toml")
    found = range_of_sight(plan, lens)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("lens", "distances", "faces"),
    [
        # 0.15 m of a frame that is as wide as twice the distance, at 90 degrees
        (Lens(90, 1280, 720), "0.1 to 4.0 m", "faces of 24 to 720 pixels"),
        (Lens(90, 1920, 1080), "0.1 to 6.0 m", "faces of 24 to 1080 pixels"),
        (Lens(90, 3840, 2160), "0.1 to 12.0 m", "faces of 24 to 2160 pixels"),
        (Lens(90, 640, 480), "0.1 to 2.0 m", "faces of 24 to 480 pixels"),
        # on its side, and square: the longer side limits what the network's input holds
        (Lens(90, 1080, 1920), "0.1 to 6.0 m", "faces of 24 to 1080 pixels"),
        (Lens(90, 1000, 1000), "0.1 to 3.1 m", "faces of 24 to 950 pixels"),
    ],
)
def test_frames_of_any_shape(lens: Lens, distances: str, faces: str) -> None:
    """Distances go by the longer side, which the angle of a data sheet covers, the largest face by both sides."""
    (text,) = said(lens).values()

    assert text.startswith(distances)
    assert f"and frames of {lens.width} x {lens.height}: {faces} are found" in text


def test_a_region_has_its_own_largest_face(tmp_path: Path) -> None:
    """The distance is still that of the whole lens; cameras that use the whole frame are not named."""
    config = """
[detect]
min_face_px = 48
[camera.hall]
source = "rtsp://hall/"
[camera.door]
source = "rtsp://door/"
region = [0.5, 0.0, 0.25, 0.5]
[output.e]
kind = "events"
"""
    found = said(Lens(90, 1920, 1080), config, tmp_path)

    assert list(found) == ["", "door"]
    assert found[""].startswith("0.1 to 3.0 m, by a lens of 90 degrees")
    assert found["door"].startswith("0.3 to 3.0 m in its region of 480 x 540, by")
    assert found["door"].endswith("faces of 48 to 480 pixels are found")


def test_a_region_is_a_part_of_the_turned_frame(tmp_path: Path) -> None:
    """The lens still covers the longer side."""
    config = """
[camera.side]
source = "rtsp://side/"
rotate = 90
region = [0.0, 0.0, 1.0, 0.5]
[output.e]
kind = "events"
"""
    found = said(Lens(90, 1920, 1080), config, tmp_path)

    assert found["side"].startswith("0.1 to 6.0 m in its region of 1080 x 960, by")


def test_a_smallest_face_that_no_frame_holds(tmp_path: Path) -> None:
    """It is said, instead of a distance."""
    config = "[detect]\nmin_face_px = 800\n[camera.a]\nsource = 'rtsp://a/'\n[output.e]\nkind = 'events'\n"
    (text,) = said(Lens(70, 1280, 720), config, tmp_path).values()

    assert text == "none: the smallest face, of 800 pixels, is larger than the frame shows"
