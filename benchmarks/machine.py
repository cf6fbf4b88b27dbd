"""The machine and software versions behind a measurement."""

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
    """Return processor, available cores, instruction sets that matter to networks, memory, GPUs and system."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
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
    """Return the versions of Python, the main packages and GStreamer, and this program's commit."""
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
