"""Pictures of the moments of change."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from models.over_time.moments import MOST
from pipeline.errors import ConfigError
from pipeline.messages import Box, Face, Frame, Label
from stages.moments import SPARE, MomentPictures

HAPPY = (0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02)
NEUTRAL = (0.02, 0.02, 0.02, 0.08, 0.02, 0.02, 0.82)


def frame(seq: int, label: Label, x: float = 100.0, lossless: bool = True) -> Frame:
    """Return a picture that is light where its face is."""
    pixels = np.full((240 * 3 // 2, 320), 128, np.uint8)
    pixels[:240] = 20
    pixels[80:140, max(0, int(x)) : max(0, int(x) + 60)] = 220
    pixels.flags.writeable = False
    face = Face(
        track=1,
        box=Box(x=x, y=80.0, width=60.0, height=60.0),
        score=0.9,
        fused=HAPPY if label == "happy" else NEUTRAL,
        label=label,
    )
    return Frame(
        camera="hall",
        seq=seq,
        pts_ns=seq * 100_000_000,
        lossless=lossless,
        width=320,
        height=240,
        pixels=pixels,
        faces=(face,),
    )


def ended(last: Frame) -> Frame:
    """Return the end of a stream."""
    return replace(last, state="ended", pixels=None, faces=())


def names(folder: Path) -> set[str]:
    """Return what lies in the folder of a stream, without hidden files."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix() for path in files}


def test_a_change_is_kept_as_a_small_picture_of_the_face(tmp_path: Path) -> None:
    """Nothing is written before the end; the face is in the middle."""
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}", height=120)
    frames = [frame(seq, "happy" if seq >= 5 else "neutral") for seq in range(10)]
    list(stage.process(frames))
    assert not (tmp_path / "hall").exists()

    list(stage.process([ended(frames[-1])]))
    assert names(tmp_path / "hall") == {"moments/1-500.jpg"}
    picture = cv2.imread(str(tmp_path / "hall/moments/1-500.jpg"))
    assert picture is not None
    assert picture.shape[0] == 120
    assert picture[60, 60].mean() > 200 and picture[3, 3].mean() < 40


def test_the_folder_says_that_it_is_complete(tmp_path: Path) -> None:
    """The folder exists, even if nothing changed."""
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
    list(stage.process([frame(0, "happy"), ended(frame(0, "happy"))]))

    assert (tmp_path / "hall/moments").is_dir()
    assert names(tmp_path) == set()


def test_a_folder_of_other_pictures_stays(tmp_path: Path) -> None:
    """It has the name of ours; only a folder of ours is replaced."""
    (tmp_path / "hall/moments").mkdir(parents=True)
    (tmp_path / "hall/moments/wedding.jpg").write_bytes(b"mine")
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
    for _ in range(2):
        frames = [frame(seq, "happy" if seq >= 5 else "neutral") for seq in range(10)]
        list(stage.process([*frames, ended(frames[-1])]))

    assert names(tmp_path) == {"hall/moments/wedding.jpg", "hall-2/moments/1-500.jpg"}


@pytest.mark.parametrize("lossless", [True, False])
def test_a_recording_that_is_cut_off_leaves_none(tmp_path: Path, lossless: bool) -> None:
    """A live camera is never complete, so its pictures are written when the stage ends."""
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
    list(stage.process([frame(0, "neutral", lossless=lossless), frame(1, "happy", lossless=lossless)]))
    stage.close()

    assert names(tmp_path) == (set() if lossless else {"hall/moments/1-100.jpg"})


@pytest.mark.parametrize("lossless", [True, False])
def test_pictures_of_a_removed_camera_are_written(tmp_path: Path, lossless: bool) -> None:
    """An interrupted recording leaves none."""
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
    list(stage.process([frame(0, "neutral", lossless=lossless), frame(1, "happy", lossless=lossless)]))
    stage.keep({"hall"})
    assert names(tmp_path) == set()
    stage.keep({"yard"})

    assert names(tmp_path) == (set() if lossless else {"hall/moments/1-100.jpg"})


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Of many changes the strongest are kept."""
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
    for seq in range(200):
        list(stage.process([frame(seq, "happy" if seq % 2 else "neutral")]))
    list(stage.process([ended(frame(200, "happy"))]))

    assert len(names(tmp_path)) == SPARE * MOST


@pytest.mark.parametrize("x", [-30.0, 290.0, -500.0, 900.0])
def test_a_face_at_the_edge_or_beyond_does_no_harm(tmp_path: Path, x: float) -> None:
    """The visible part is shown."""
    stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
    list(stage.process([frame(0, "neutral", x), frame(1, "happy", x), ended(frame(1, "happy", x))]))

    assert len(names(tmp_path)) == (1 if -100 < x < 320 else 0)


def test_a_path_without_the_camera_is_refused() -> None:
    """Two streams would overwrite each other."""
    with pytest.raises(ConfigError, match="camera"):
        MomentPictures(path="out")


def test_a_live_cameras_pictures_stay(tmp_path: Path) -> None:
    """Those of its next stream are in a folder with a number, also after its process died."""
    for runs in ((1, 2), (3,)):
        stage = MomentPictures(path=f"{tmp_path}/{{camera}}")
        for run in runs:
            frames = [frame(seq, "happy" if seq >= 5 else "neutral", lossless=False) for seq in range(10)]
            list(stage.process([replace(one, run=run) for one in frames]))
        stage.close()

    assert [len(names(tmp_path / folder)) for folder in ("hall", "hall-2", "hall-3")] == [1, 1, 1]


def test_no_recording_replaces_pictures_of_a_live_camera(tmp_path: Path) -> None:
    """Nobody can watch it again; recordings of its name have a folder with a number, which the next one replaces."""
    live = [frame(seq, "happy" if seq >= 5 else "neutral", lossless=False) for seq in range(10)]
    film = [replace(one, lossless=True) for one in live[:7]]
    both = MomentPictures(path=f"{tmp_path}/{{camera}}"), MomentPictures(path=f"{tmp_path}/{{camera}}")
    for stage, frames in zip(both, (live, film), strict=True):
        # both began when there was no folder yet
        list(stage.process(frames))
    both[0].close()
    list(both[1].process([ended(film[-1])]))
    again = MomentPictures(path=f"{tmp_path}/{{camera}}")
    list(again.process([*film, ended(film[-1])]))

    assert names(tmp_path) == {"hall/moments/1-500.jpg", "hall-2/moments/1-500.jpg"}
    assert (tmp_path / "hall/moments/.camera").exists()
    assert not (tmp_path / "hall-2/moments/.camera").exists()
