"""`emobot camera test`: opens a source once, by itself, and says what it gives."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from pipeline.cli.cameras.keys import parse_keys, without_defaults
from pipeline.cli.help import PlainCommand, print_json
from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.config.plan import Node
from pipeline.config.registry import SOURCES, resolve
from pipeline.errors import ConfigError, EmobotError, InputError
from pipeline.foreign import contained, one_line
from pipeline.messages import Array, Fault, Message
from pipeline.redaction import redact

NAME = "test"
"""Name of the camera in messages."""
FIRST_S = 10.0
"""Seconds to wait for the first frame; a stream can be joined only at a key frame."""
WATCH_S = 2.0
"""Seconds for which frames are counted, for sources that give no rate."""
FRAMES = 30
"""Number of frames after which the rate is known well enough."""
MOST_BYTES = 1 << 16
"""Maximum bytes of a table on stdin."""


class Found(Message, frozen=True, kw_only=True):
    """What a source gives."""

    error: str = ""
    """Why it gives no frame; one line."""
    fault: Fault = ""
    """Kind of the error."""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    """Frames per second: those that arrived, or those that a recording says."""
    codec: str = ""
    """What it is encoded with; empty if not known."""


def add_to(group: typer.Typer) -> None:
    """Add the command to a group of commands."""
    group.command(cls=PlainCommand)(test)


def test(
    source: Annotated[str, typer.Argument(help="The source as in config.toml; - for a camera's table on stdin, JSON.")],
    keys: Annotated[list[str] | None, typer.Argument(help="Options as key=value, values as in config.toml.")] = None,
    picture: Annotated[Path | None, typer.Option(help="File for the first frame, JPEG.")] = None,
    notice: Annotated[str, typer.Option(help="Text at the bottom of the picture.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Open a source once and print its size, frame rate and codec, or why it gives no frame."""
    table = _table_on_stdin() if source == "-" else {"source": source}
    found, first = examine(without_defaults({**table, **parse_keys(keys or [])}))
    if picture and first is not None:
        _write(picture, first, notice)
    if as_json:
        print_json(msgspec.json.encode(found))
    elif found.error:
        raise InputError(found.error)
    else:
        rate = f"{found.fps:.3g} frames per second" if found.fps else "one frame"
        print(", ".join([f"{found.width} x {found.height}", rate, *([found.codec] if found.codec else [])]))
    if found.error:
        raise typer.Exit(1)


def examine(table: dict[str, Any]) -> tuple[Found, Array | None]:
    """Return what a camera's table gives, and its first frame, I420 `uint8[height * 3 // 2, width]`.

    Raises:
        ConfigError: The table is wrong; one line per mistake.
    """
    config = {"camera": {NAME: {**table, "enabled": True}}, "output": {"none": {"kind": "events"}}}
    node = build_plan(parse_config(config))[f"camera.{NAME}"]
    seen: list[tuple[float, float]] = []
    first: Array | None = None
    codec = ""
    try:
        with contained("a source that can be opened"):
            for pixels, fps, name in _frames(node):
                seen.append((time.monotonic(), fps))
                first, codec = (pixels.copy() if first is None else first), name
                if len(seen) == FRAMES or seen[-1][0] - seen[0][0] >= WATCH_S:
                    break
    except _Failed as failed:
        if first is None:
            return Found(error=one_line(redact(str(failed)), 300), fault=failed.fault), None
    if first is None:
        return Found(error="expected a frame, found the end", fault="format"), None
    lasted_s, nominal = seen[-1][0] - seen[0][0], seen[-1][1]
    counted = (len(seen) - 1) / lasted_s if lasted_s > 0 else 0.0
    is_file = node.options.get("realtime") is not True and Path(str(table.get("source", ""))).is_file()
    fps = nominal if is_file else counted
    rows, columns = first.shape
    return Found(width=columns, height=rows * 2 // 3, fps=round(fps, 1), codec=codec), first


class _Failed(EmobotError):
    """A source gives no frames.

    Args:
        text: Why.
        fault: Kind of the error.
    """

    def __init__(self, text: str, fault: Fault) -> None:
        super().__init__(text)
        self.fault = fault


def _frames(node: Node) -> Iterator[tuple[Array, float, str]]:
    """Yield pixels, nominal rate and codec of each frame of a source."""
    source = resolve(node.use)(**node.options)
    if node.use == SOURCES["*"]:
        yield from _read(source, node.options)
        return
    with closing(source):
        for frame in source.process(()):
            if frame.pixels is not None:
                yield frame.pixels, frame.fps, ""
            elif frame.error:
                raise _Failed(frame.error, frame.fault)


def _read(capture: Any, options: dict[str, Any], opener: Any = None) -> Iterator[tuple[Array, float, str]]:
    from stages.media.address import parse_address
    from stages.media.live.newest import Newest
    from stages.media.live.patience import no_key_frame
    from stages.media.reader import End, Reader

    address = parse_address(options["source"], options.get("credentials_env", ""))
    readers: list[Reader] = []
    shown = False

    def begin() -> Reader:
        readers.append(capture.open_reader(address, opener))
        return readers[0]

    with closing(Newest(begin)) as reader:
        try:
            limit_s = time.monotonic() + FIRST_S
            while time.monotonic() < limit_s:
                if (picture := reader.read(WATCH_S)) is not None:
                    shown = True
                    yield picture.pixels, picture.rate, getattr(readers[0], "codec", "")
                    limit_s = time.monotonic() + WATCH_S
        except End as end:
            if not end.error:
                return
            other = None if shown else (opener or capture.opener).other(address, end.fault)
            if other is None:
                raise _Failed(end.error, end.fault) from None
            yield from _read(capture, options, other)
            return
    raise _Failed(no_key_frame(reader.early) if reader.early else f"no frame within {FIRST_S:g} s", "silent")


def _table_on_stdin() -> dict[str, Any]:
    text = sys.stdin.buffer.read(MOST_BYTES)
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ConfigError(f"expected a table as JSON on stdin, found {one_line(str(error), 100)}") from error


def _write(path: Path, pixels: Array, notice: str) -> None:
    import cv2

    from models.display.drawing import Canvas
    from models.display.drawing.plates import draw_notice
    from models.display.drawing.style import Style
    from models.levels import to_bgr

    if notice:
        canvas = Canvas(pixels)
        draw_notice(canvas, Style.of(canvas.bounds.height, 0.0, "en"), notice)
    encoded = cv2.imencode(".jpg", to_bgr(pixels))[1]
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise InputError(f"expected to write {path}, found: {error.strerror}") from error
