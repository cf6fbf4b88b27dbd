"""Checks of this machine: what a run needs, what is missing, and how to fix it."""

import errno
import getpass
import importlib.metadata
import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pipeline.cli.doctor.finding import Finding
from pipeline.cli.doctor.hardware import decoders, devices, in_use
from pipeline.cli.doctor.ports import listen_error, who_listens
from pipeline.cli.lens import Lens, range_of_sight
from pipeline.config.config import DEMO
from pipeline.config.graph import load_plan
from pipeline.config.options import stage_keys
from pipeline.config.plan import Plan
from pipeline.config.registry import OUTPUTS, SOURCES, STAGES, resolve
from pipeline.errors import EmobotError
from pipeline.output_path import check_writable, folder_of

APT = (
    "sudo apt-get install python3-gi gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0 gstreamer1.0-tools"
    " gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
    " gstreamer1.0-libav"
)
ELEMENTS = {
    "avdec_h264": ("H.264 decoding", "gstreamer1.0-libav"),
    "avdec_h265": ("H.265 decoding", "gstreamer1.0-libav"),
    "rtspsrc": ("RTSP cameras", "gstreamer1.0-plugins-good"),
    "v4l2src": ("USB cameras", "gstreamer1.0-plugins-good"),
    "x264enc": ("H.264 recording", "gstreamer1.0-plugins-ugly"),
    "mp4mux": ("MP4 recording", "gstreamer1.0-plugins-good"),
}
_OPENCV = ("opencv-contrib-python", "opencv-contrib-python-headless", "opencv-python", "opencv-python-headless")
"""Packages that all install the module `cv2`."""
SHM_BYTES = 256 << 20
"""Enough for the frames of about ten cameras at 1080p."""
DISK_BYTES = 1 << 30
FILES_OPEN = 1024
"""Each camera uses about ten file descriptors in the busiest stage."""


def examine(config: Path | None, lens: Lens | None = None) -> Iterator[Finding]:
    """Run all checks.

    Args:
        config: The run that is meant; None: any.
        lens: Of the cameras; None: nothing about how far they see.
    """
    plan: Plan | None = None
    if config is not None and not config.exists():
        yield Finding("config", "missing", f"expected a config, found no {config}", f"write one, or try {DEMO}")
    elif config is not None:
        try:
            plan = load_plan(config)
            yield Finding("config", "good", f"{config} is valid")
        except EmobotError as error:
            for line in str(error).splitlines():
                yield Finding("config", "missing", line, f"correct {config}; emobot check {config} checks it again")
    yield Finding("Python", "good", f"{platform.python_version()}, {sys.executable}")
    yield from _packages()
    yield _processor()
    yield _gpu()
    yield devices()
    yield second_opinion()
    yield from _gstreamer(plan)
    yield _cameras()
    yield from _unplugged(plan)
    yield _shared_memory()
    yield _disk()
    yield _open_files()
    yield from _ports(plan)
    yield from _folders(plan)
    yield from in_use(plan)
    for name, use in STAGES.items():
        try:
            resolve(use).check()
            yield Finding(name, "good", "models and options are valid")
        except EmobotError as error:
            yield Finding(name, "missing", str(error), "make setup downloads the models")
    if lens:
        said = range_of_sight(plan, lens)
        if said is None:
            yield Finding("range of sight", "note", "unknown: [detect] uses another stage", "ask its author")
        for camera, text in (said or {}).items():
            yield Finding(f"range of sight, {camera}" if camera else "range of sight", "good", text)


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    wrong = []
    for text in importlib.metadata.requires("emobot") or []:
        wanted = Requirement(text)
        if wanted.marker and not wanted.marker.evaluate():
            continue
        found = _version(wanted.name)
        if not found or not wanted.specifier.contains(found, prereleases=True):
            wrong.append(f"expected {wanted}, found {found or 'none'}")
    for line in wrong:
        yield Finding("packages", "missing", line, "make setup")
    if not wrong:
        yield Finding("packages", "good", "all installed, in matching versions")
    wheels = [name for name in _OPENCV if _version(name)]
    if len(wheels) > 1:
        text = f"expected one, found {', '.join(wheels)}, which overwrite each other's files"
        yield Finding("OpenCV", "note", text, f"pip uninstall {' '.join(wheels)}, then make setup")


def _version(package: str) -> str:
    """Return the installed version of a package, "" for none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _processor() -> Finding:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    known = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "bf16", "amx_bf16": "AMX"}
    fast = [name for flag, name in known.items() if flag in flags]
    cores = len(os.sched_getaffinity(0))
    return Finding("processor", "good", f"{cores} cores, {', '.join(fast) or platform.machine()}")


def _gpu() -> Finding:
    from models import engines

    names = engines.gpu_names()
    if not names:
        return Finding(
            "GPU", "note", "none: the network runs on the processor", "nothing: a card lets it serve more cameras"
        )
    engine = engines.best_engine()
    if engine == "openvino":
        found = f"{', '.join(names)}, which neither JAX nor TensorFlow can use here"
        return Finding("GPU", "note", found, '.venv/bin/pip install "jax[cuda13]"')
    return Finding("GPU", "good", f"{', '.join(names)}, through {engine}")


def second_opinion() -> Finding:
    """Return whether the network of the second opinion can be used."""
    from models.presence import load_landmarks

    try:
        load_landmarks()
    except (ModuleNotFoundError, FileNotFoundError, ValueError) as error:
        text = f"off, so hands and backs of heads may count as faces: {error}"
        return Finding("second opinion", "note", text, "make setup")
    return Finding("second opinion", "good", "judges what the detector takes for a face")


def _gstreamer(plan: Plan | None) -> Iterator[Finding]:
    # without GStreamer there is no RTSP output, which stops a run that has one
    rtsp = plan is not None and any(node.use == OUTPUTS["rtsp"] for node in plan.nodes)
    state: Literal["note", "missing"] = "missing" if rtsp else "note"
    from stages.media import gstreamer as media

    if not media.available():
        yield Finding("GStreamer", state, "absent: files and cameras go through OpenCV, no RTSP output", APT)
        return
    gst = media.load()
    yield Finding("GStreamer", "good", str(gst.version_string()).removeprefix("GStreamer "))
    for element, (text, package) in ELEMENTS.items():
        if gst.ElementFactory.find(element) is None:
            yield Finding(element, "note", f"absent: no {text}", f"sudo apt-get install {package}")
    import gi

    try:
        gi.require_version("GstRtspServer", "1.0")
        yield Finding("RTSP output", "good", "GstRtspServer")
    except ValueError as error:
        yield Finding("RTSP output", state, f"absent ({error})", "sudo apt-get install gir1.2-gst-rtsp-server-1.0")
    yield from decoders()


def _cameras() -> Finding:
    devices = sorted(str(path) for path in Path("/dev").glob("video*"))
    closed = [device for device in devices if not os.access(device, os.R_OK | os.W_OK)]
    if closed:
        todo = "sudo usermod -aG video $USER, then log in again"
        return Finding("USB cameras", "note", f"no permission for {', '.join(closed)}", todo)
    if devices:
        return Finding("USB cameras", "good", ", ".join(devices))
    return Finding("USB cameras", "note", "none", 'plug one in, or use an RTSP address, a file, or source = "demo"')


def _unplugged(plan: Plan | None) -> Iterator[Finding]:
    """Report the cameras whose device is not there; a run opens it once it is."""
    from stages.media.address import parse_address

    for node in plan.nodes if plan else ():
        address = parse_address(str(node.options["source"])) if node.use == SOURCES["*"] else None
        if address and address.kind == "v4l2" and not Path(address.text).exists():
            text = f"[{node.name}] source: {address.text} is not there"
            yield Finding("USB cameras", "note", text, "plug it in; emobot camera discover lists those that are")


def _shared_memory() -> Finding:
    try:
        free = shutil.disk_usage("/dev/shm").free
    except OSError:
        text = "absent: frames go to the temporary directory"
        return Finding("/dev/shm", "note", text, "mount a tmpfs there, or set dir in [run] to one")
    if free < SHM_BYTES:
        todo = "mount -o remount,size=1G /dev/shm, in a container --shm-size=1g"
        return Finding("/dev/shm", "note", f"{free >> 20} MiB free, little for many cameras", todo)
    return Finding("/dev/shm", "good", f"{free >> 20} MiB free")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    text = f"{free >> 30} GiB free in {Path.cwd()}"
    if free < DISK_BYTES:
        return Finding("disk", "note", text, "make room: an hour of one camera's video takes about a gigabyte")
    return Finding("disk", "good", text)


def _open_files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < FILES_OPEN:
        return Finding("open files", "note", f"at most {soft} for a process", f"ulimit -n {max(hard, FILES_OPEN)}")
    return Finding("open files", "good", f"up to {soft} for a process")


def _ports(plan: Plan | None) -> Iterator[Finding]:
    """Check that the addresses of the run are free."""
    if plan is None:
        return
    wanted = [("[metrics] listen", plan.metrics.listen)] if plan.metrics.listen else []
    for node in plan.nodes:
        if node.role != "sink":
            continue
        options = {name: key.default for name, key in stage_keys(resolve(node.use)).items()} | node.options
        address = str(options.get("address", ""))
        if address.startswith("tcp://"):
            wanted.append((f"[{node.name}] address", address.removeprefix("tcp://")))
        elif "port" in options:
            wanted.append((f"[{node.name}]", f"{options.get('host', '127.0.0.1')}:{options['port']}"))
    for where, address in wanted:
        host, _, port = address.rpartition(":")
        if not port.isdecimal() or port == "0":
            continue
        error = listen_error(host.strip("[]*"), int(port))
        if error is None:
            yield Finding("port", "good", f"{where} {address} is free")
        else:
            yield _busy(f"{where} {address}: {error.strerror or error}", error, int(port))


def _folders(plan: Plan | None) -> Iterator[Finding]:
    """Check that outputs can write to their paths; the run creates missing folders."""
    for node in plan.nodes if plan else ():
        path = node.options.get("path", getattr(stage_keys(resolve(node.use)).get("path"), "default", None))
        if node.role != "sink" or node.keys.host or not isinstance(path, str):
            continue
        try:
            check_writable(path)
            yield Finding("output", "good", f"[{node.name}] path: {folder_of(path)} can be written to")
        except EmobotError as error:
            todo = f"choose another path, or give {getpass.getuser()} the right to write there"
            yield Finding("output", "missing", f"[{node.name}] {error}", todo)


def _busy(text: str, error: OSError, port: int) -> Finding:
    """Return the finding about an address that cannot be bound."""
    if error.errno == errno.EACCES:
        return Finding("port", "missing", text, "choose a port above 1023: lower ones need root")
    if error.errno != errno.EADDRINUSE:
        return Finding("port", "missing", text, "choose an address of this machine, or 127.0.0.1")
    holder = who_listens(port)
    if holder is None:
        todo = f"sudo ss -ltnp 'sport = :{port}' shows the process; stop it, or choose another address"
        return Finding("port", "missing", f"{text}, held by another user's process", todo)
    text = f"{text}, held by process {holder.pid}: {holder.name}"
    if holder.run is not None:
        todo = f"a run is active: kill {holder.run} stops it, emobot top shows it; or choose another address"
        return Finding("port", "missing", text, todo)
    return Finding("port", "missing", text, f"kill {holder.pid} stops it; or choose another address")
