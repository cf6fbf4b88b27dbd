"""`emobot doctor`: what this machine has, and what to do about what it lacks."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from pipeline.errors import EXIT_FAILED, EmobotError
from pipeline.registry import STAGES, resolve

APT = (
    "sudo apt-get install python3-gi gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0 gstreamer1.0-tools"
    " gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
    " gstreamer1.0-libav"
)
ELEMENTS = {
    "avdec_h264": "H.264 decoding (gstreamer1.0-libav)",
    "avdec_h265": "H.265 decoding (gstreamer1.0-libav)",
    "rtspsrc": "RTSP cameras (gstreamer1.0-plugins-good)",
    "v4l2src": "USB cameras (gstreamer1.0-plugins-good)",
    "x264enc": "H.264 recording (gstreamer1.0-plugins-ugly)",
    "mp4mux": "MP4 recording (gstreamer1.0-plugins-good)",
}
SHM_BYTES = 256 << 20
"""Enough for the frames of some ten cameras at 1080p."""


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    state: Literal["good", "note", "missing"]
    """`missing` would stop a run."""
    text: str


def doctor() -> None:
    """Show what this machine has (GStreamer, codecs, cameras, GPU, models), and what to do about what it lacks.

    The exit code is 1 if something is missing without which `emobot run` cannot work.
    """
    console = Console()
    table = Table(show_header=False, box=None, pad_edge=False)
    findings = list(_examine())
    marks = {"good": "[green]ok[/]", "note": "[yellow]--[/]", "missing": "[red]!![/]"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, finding.text)
    console.print(table)
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(EXIT_FAILED)


def _examine() -> Iterator[Finding]:
    yield Finding("Python", "good", f"{platform.python_version()}, {sys.executable}")
    yield _processor()
    yield _gpu()
    yield from _gstreamer()
    yield _cameras()
    yield _shared_memory()
    for name, use in STAGES.items():
        try:
            resolve(use).check()
            yield Finding(name, "good", "models and options are there")
        except EmobotError as error:
            yield Finding(name, "missing", str(error))


def _processor() -> Finding:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    known = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "bf16", "amx_bf16": "AMX"}
    fast = [name for flag, name in known.items() if flag in flags]
    return Finding("processor", "good", f"{os.cpu_count()} cores, {', '.join(fast) or platform.machine()}")


def _gpu() -> Finding:
    cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    names = [line.partition(":")[2].strip() for c in cards for line in c.read_text().splitlines() if "Model" in line]
    return Finding("GPU", "good" if names else "note", ", ".join(names) or "none: the network runs on the processor")


def _gstreamer() -> Iterator[Finding]:
    try:
        import gi

        gi.require_version("Gst", "1.0")
        from gi.repository import Gst
    except (ImportError, ValueError) as error:
        yield Finding("GStreamer", "note", f"absent ({error}): files and cameras go through OpenCV. {APT}")
        return
    Gst.init(None)
    yield Finding("GStreamer", "good", str(Gst.version_string()).removeprefix("GStreamer "))
    for element, text in ELEMENTS.items():
        if Gst.ElementFactory.find(element) is None:
            yield Finding(element, "note", f"absent: no {text}")
    yield _importable("GstRtspServer", "RTSP output", gi.require_version)
    hardware = [name for name in ("vah264dec", "nvh264dec", "v4l2h264dec") if Gst.ElementFactory.find(name)]
    yield Finding("hardware decoder", "good" if hardware else "note", ", ".join(hardware) or "none")


def _importable(name: str, what: str, require: Callable[[str, str], None]) -> Finding:
    try:
        require(name, "1.0")
    except ValueError as error:
        return Finding(what, "note", f"absent ({error}): sudo apt-get install gir1.2-gst-rtsp-server-1.0")
    return Finding(what, "good", name)


def _cameras() -> Finding:
    devices = sorted(str(path) for path in Path("/dev").glob("video*"))
    closed = [device for device in devices if not os.access(device, os.R_OK | os.W_OK)]
    if closed:
        return Finding("cameras", "note", f"no permission for {', '.join(closed)}: sudo usermod -aG video $USER")
    return Finding("cameras", "good" if devices else "note", ", ".join(devices) or "no USB camera")


def _shared_memory() -> Finding:
    try:
        free = shutil.disk_usage("/dev/shm").free
    except OSError:
        return Finding("/dev/shm", "note", "absent: frames go to the temporary directory")
    text = f"{free >> 20} MiB free"
    if free < SHM_BYTES:
        return Finding("/dev/shm", "note", f"{text}, little for many cameras: mount -o remount,size=1G /dev/shm")
    return Finding("/dev/shm", "good", text)
