"""Opens a camera's source once, before it is saved, in a process of its own: `emobot camera test`.

What a source does there (hang, crash, take memory) ends with that process; the run is not concerned.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

import cv2
import msgspec
import numpy as np

from pipeline.errors import InputError
from pipeline.messages import Fault
from stages.web.access.policy import Refused
from stages.web.uploads import PROGRAM

LONGEST_S = 25.0
"""Seconds after which a source counts as silent; the program itself gives up after 10 s without a frame."""
MOST_BYTES = 32 << 20
"""Maximum bytes of the picture that are read."""

WIDTH = 640
"""Columns to which the picture is scaled down."""

_turn = threading.Lock()


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a source gave."""

    error: str = ""
    """Why it gave no frame; one line."""
    fault: Fault = ""
    """Kind of the error."""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    """Frames per second; 0 for a single frame."""
    codec: str = ""
    """What it is encoded with; empty if not known."""
    jpeg: bytes = b""
    """Its first frame; empty without one."""


def try_camera(table: Mapping[str, Any], *, picture: bool, notice: str = "") -> Trial:
    """Return what a camera's table gives; blocks for seconds.

    Args:
        table: Its keys.
        picture: Whether the frame may be shown.
        notice: Text at the bottom of the frame.

    Raises:
        Refused: Another source is being tried.
        InputError: The program cannot be started.
    """
    if not _turn.acquire(blocking=False):
        raise Refused("trying", "expected no other test at the same time, found one", 429)
    file = os.memfd_create("emobot-trial")
    try:
        command = [sys.executable, "-c", PROGRAM, "camera", "test", "-", "--json"]
        if picture:
            command += ["--picture", f"/proc/self/fd/{file}", "--notice", notice]
        # a login is in the table: others on this machine can read a command line, but not this
        given = msgspec.json.encode(table)
        environment = {key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"}
        done = subprocess.run(
            command, input=given, capture_output=True, env=environment, pass_fds=[file], timeout=LONGEST_S, check=False
        )
        if not done.stdout.strip():
            return Trial(error=_reason(done.stderr.decode("utf-8", "replace")))
        trial = msgspec.json.decode(done.stdout.splitlines()[-1], type=Trial)
        return msgspec.structs.replace(trial, jpeg=_small(os.pread(file, MOST_BYTES, 0)))
    except subprocess.TimeoutExpired:
        return Trial(error=f"no frame within {LONGEST_S:g} s", fault="silent")
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"expected a test of the camera, found {error}") from error
    finally:
        os.close(file)
        _turn.release()


def _small(jpeg: bytes) -> bytes:
    """Return a picture scaled down to `WIDTH` columns; empty for none."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if image is None:
        return b""
    rows, columns = image.shape[:2]
    if columns > WIDTH:
        image = cv2.resize(image, (WIDTH, max(1, round(rows * WIDTH / columns))), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", image)[1].tobytes()


def _reason(text: str) -> str:
    """Return the program's last line, without its name and that of the camera."""
    line = next(iter(text.strip().splitlines()[::-1]), "expected an answer, found none")
    return line.removeprefix("emobot: ").removeprefix("config, ").removeprefix("[camera.test] ")
