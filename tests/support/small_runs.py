"""`emobot run` with stages that take no time: configs of the stages in `tests.pipeline.stubs`, and what they write."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.support.plans import STUBS
from tests.support.program import EMOBOT, REPOSITORY, Program
from tests.support.waiting import until


class SmallRun(Program):
    """One `emobot run` of a config without metrics.

    Args:
        path: Folder for its config, its log and its output.
        config: Its tables.
        python: What the interpreter runs, by default `-m pipeline`.
        environment: Variables beside those of this process.
    """

    def __init__(self, path: Path, config: str, *python: str, **environment: str) -> None:
        self.path = path
        self.config = path / "config.toml"
        self.config.write_text(f'[metrics]\nlisten = ""\n{config}')
        if "PYTHONPATH" in environment:
            environment["PYTHONPATH"] += f":{REPOSITORY}"
        super().__init__(
            [*(python or EMOBOT), "run", self.config],
            path / "stderr.txt",
            output=path / "stdout.txt",
            environment=environment,
        )

    def lines(self, name: str) -> list[dict[str, object]]:
        """Return what a sink has written."""
        file = self.path / name
        text = file.read_text() if file.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def wait(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until a condition holds; fail with the log otherwise."""
        until(condition, self.log, seconds)


def trunk(detect: str = "", emotion: str = "") -> str:
    """Return the stages between cameras and outputs."""
    return f"""
[detect]
use = "{STUBS}:Pass"
{detect}
[emotion]
use = "{STUBS}:Model"
{emotion}
[overlay]
use = "{STUBS}:Invert"
"""


def camera(name: str, **options: object) -> str:
    """Return a camera's table."""
    return f'\n[camera.{name}]\nuse = "{STUBS}:Numbers"\n' + "".join(
        f"{k} = {json.dumps(v)}\n" for k, v in options.items()
    )


def output(name: str, path: Path, kind: str = "Look", slow_s: float = 0.0) -> str:
    """Return an output's table."""
    return f'\n[output.{name}]\nuse = "{STUBS}:{kind}"\npath = "{path}"\nslow_s = {slow_s}\n'
