"""Gauges that name what was chosen."""

from pathlib import Path

import pytest

from pipeline.cli.doctor.hardware import uses
from pipeline.metrics import names
from pipeline.metrics.counters import read_counts, read_gauges
from tests.support.program import Program

CODE = """
from pipeline.metrics.metrics import DECODER, DEVICE, count_on
from pipeline.metrics.chosen import choose
count_on("camera.hall.0")
for one in {chosen}:
    choose(DECODER, "decoder", one, camera="hall")
choose(DEVICE, "device", "CPU", stage="emotion", network="fast")
"""


@pytest.mark.process
def test_the_choice_of_an_earlier_process_is_over(tmp_path: Path) -> None:
    """A camera that is opened again by another process has one decoder."""
    counters = tmp_path / "metrics"
    counters.mkdir()
    for chosen in (["avdec_h264", "vah264dec"], ["avdec_h264"]):
        code = CODE.format(chosen=chosen)
        where = {"PROMETHEUS_MULTIPROC_DIR": str(counters)}
        assert Program(["-c", code], tmp_path / "log", environment=where).end() == 0, (tmp_path / "log").read_text()
        counts = read_counts(counters)
        assert counts.chosen(names.DECODER, "camera", "decoder") == {"hall": chosen[-1]}

    assert list(uses(counts)) == [
        ("camera hall", "decoded by avdec_h264 in the active run"),
        ("emotion", "fast runs on the CPU in the active run"),
    ]


WAS = """
from pipeline.metrics.metrics import CAMERA_CLOCK_OFFSET, count_on
count_on("camera.hall.0")
CAMERA_CLOCK_OFFSET.labels("hall").set(1.5)
"""


@pytest.mark.process
def test_what_an_earlier_process_has_measured_is_over(tmp_path: Path) -> None:
    """A value that is not 0 is set to it; a camera that never had one gets no series."""
    counters = tmp_path / "metrics"
    counters.mkdir()
    forgetting = """
from pipeline.metrics.metrics import CAMERA_CLOCK_OFFSET, count_on
from pipeline.metrics.chosen import forget
count_on("camera.hall.0")
for camera in ("hall", "yard"):
    forget(CAMERA_CLOCK_OFFSET, camera=camera)
"""
    for code, expected in ((WAS, {"hall": 1.5}), (forgetting, {"hall": 0.0})):
        where = {"PROMETHEUS_MULTIPROC_DIR": str(counters)}
        assert Program(["-c", code], tmp_path / "log", environment=where).end() == 0, (tmp_path / "log").read_text()
        assert read_counts(counters).by(names.CAMERA_CLOCK_OFFSET, "camera") == expected


@pytest.mark.process
def test_the_files_of_others_are_not_read(tmp_path: Path) -> None:
    """Each of a thousand recordings would read those of all before it; here one cannot be read."""
    counters = tmp_path / "metrics"
    counters.mkdir()
    (counters / "gauge_mostrecent_camera.hall-2.0.0.db").write_bytes(b"no counters")
    for chosen in ("avdec_h264", "vah264dec"):
        code = (
            CODE.format(chosen=[chosen])
            + 'from pipeline.metrics.chosen import forget\nforget(DECODER, camera="yard")\n'
        )
        where = {"PROMETHEUS_MULTIPROC_DIR": str(counters)}
        assert Program(["-c", code], tmp_path / "log", environment=where).end() == 0, (tmp_path / "log").read_text()

    found = read_gauges(counters, "camera.hall")
    assert found.chosen(names.DECODER, "camera", "decoder") == {"hall": "vah264dec"}
    assert read_gauges(counters, "camera.nobody").samples == {}
