"""A stage on another machine, here one by its addresses only: it comes, is killed, and comes again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.metrics import names
from pipeline.metrics.counters import Counts, fetch_counts
from pipeline.supervision.workplace import sweep
from tests.support.ports import free_port
from tests.support.waiting import until


def test_a_stage_on_another_machine_comes_and_goes(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """Without it the log names it and its frames are counted; it has its own metrics, and `emobot top` shows both."""
    frames, here, there = free_port(following=3), free_port(), free_port()
    for listen in (here, there):
        (tmp_path / f"{listen}.toml").write_text(
            f"""
            [run]
            host = "127.0.0.1"
            port = {frames}
            insecure = true
            [camera.hall]
            source = "demo"
            width = 320
            height = 240
            fps = 10
            [emotion]
            host = "127.0.0.1"
            [output.table]
            kind = "table"
            path = "{tmp_path}/{{camera}}"
            [metrics]
            listen = "127.0.0.1:{listen}"
            """
        )
    run = emobot("run", tmp_path / f"{here}.toml")

    def counts(listen: int) -> Counts:
        return fetch_counts(f"http://127.0.0.1:{listen}/metrics")

    def lost() -> float:
        return counts(here).total(names.DROPPED, stage="emotion", camera="hall", cause="away")

    def nobody(times: int) -> bool:
        wanted = f"expected emotion at tcp://127.0.0.1:{frames + 1}, found no answer: its frames are dropped"
        return run.log().count(wanted) == times

    until(lambda: nobody(1) and lost() > 0, run.log)
    stage = emobot("stage", "emotion", "--config", tmp_path / f"{there}.toml")
    until(lambda: "emotion is at" in run.log(), stage.log)
    until(lambda: counts(here).total(names.FRAMES_OUT, stage="output.table") > 5, stage.log)
    top = emobot("top", f"127.0.0.1:{here}", f"127.0.0.1:{there}", "--once")
    assert top.end() == 0 and "neutral" in top.log() and "output.table" in top.log(), top.log()
    before = lost()
    stage.process.kill()
    stage.process.wait()
    until(lambda: nobody(2) and lost() > before, run.log)

    run.process.terminate()
    assert run.end() == 0, run.log()
    sweep()  # as the next start does, for the process that was killed
