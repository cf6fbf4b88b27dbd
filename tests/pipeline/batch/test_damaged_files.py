"""Which failed inputs a later batch processes again."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.batch import batch
from pipeline.batch.ledger import Ledger
from pipeline.batch.results import Summary
from pipeline.config.config import Config


def summary(**values: Any) -> Summary:
    """Return the summary of a failed recording without faces."""
    numbers: dict[str, Any] = {"frames_in": 3, "frames_out": 3, "duration_s": 0.1, "fps": 30.0, "faces": 0}
    texts = {"camera": "x", "status": "failed", "model": "fast"}
    return Summary(width=64, height=48, seconds={}, tracks=[], **texts, **numbers, **values)


@pytest.mark.parametrize(
    ("result", "kept"),
    [
        ({"error": "expected whole data, found damaged data near 12.0 s", "fault": "broken"}, True),
        ({"error": "no frame for 30 s", "fault": "silent"}, False),
        ({"error": "expected data, found the disk gone", "fault": "unreachable"}, False),
    ],
)
def test_a_damaged_file_is_not_processed_again_and_again(tmp_path: Path, result: dict[str, Any], kept: bool) -> None:
    """While it is unchanged its results would be the same; whatever may pass is tried again, and so are other files."""

    def start(config: Config) -> batch.Batch:
        return batch.Batch(config, Ledger(tmp_path), tmp_path, video=False, pictures=False, jobs=1, language="en")

    (film := tmp_path / "talk.mp4").write_bytes(b"film")
    (work := tmp_path / "work").mkdir()
    for name in ("faces.csv", "summary.json", "timeline.png"):
        (work / name).touch()
    (entry,) = Ledger(tmp_path).enter([film])
    start(Config()).finish(entry, work, summary(**result))
    (again,) = Ledger(tmp_path).enter([film])

    assert (again.status, again.error) == ("failed", result["error"])
    assert start(Config()).is_done(again) is kept
    assert not start(Config(emotion={"model": "accurate"})).is_done(again)
    film.write_bytes(b"a longer film")
    (changed,) = Ledger(tmp_path).enter([film])
    assert not start(Config()).is_done(changed)
