"""The machine and the versions a number was measured with; without them it means nothing."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import psutil

from models.engines import gpu_names

PACKAGES = (
    "emobot",
    "jax",
    "keras",
    "mediapipe",
    "numpy",
    "opencv-contrib-python",
    "openvino",
    "pyzmq",
    "tensorflow",
)
_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def machine() -> dict[str, Any]:
    """Return processor, cores this process may use, instructions that matter to networks, memory, GPU, system."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in info.splitlines())}
    flags = values.get("flags", "").split()
    return {
        "processor": values.get("model name", platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "instructions": [flag for flag in _FLAGS if flag in flags],
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "gpu": gpu_names(),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, of the packages that do the work, of GStreamer, and the commit of this program."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    from stages.media import gstreamer

    if gstreamer.available():
        found["gstreamer"] = str(gstreamer.load().version_string()).removeprefix("GStreamer ")
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        commit = ""
    return found | ({"commit": commit} if commit else {})
