"""A virtual environment for the package `fer`, which conflicts with our dependencies; created once, in the cache."""

import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

from models.cache import cache_dir
from pipeline.errors import MissingPart

FER = "fer==25.10.3"
OWN = (FER, "setuptools<80", "requests", "pillow")
"""Packages to install. `fer` is installed without its declared dependencies, because its PyTorch serves a mode that is
not measured. It imports `pkg_resources`, which newer setuptools no longer contain."""
INSTALL_S = 300


def fer_python() -> Path:
    """Return the environment's Python; create the environment if it is not in the cache.

    NumPy, TensorFlow and OpenCV come from this program's environment, because they are large and the benchmark compares
    programs, not libraries.

    Raises:
        MissingPart: It cannot be created; the message contains the reason.
    """
    home = cache_dir() / "benchmarks" / "fer-25.10.3"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        print(f"installing {FER} into {home}, once", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        try:
            venv.create(home, with_pip=True)
            pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check", *OWN]
            subprocess.run(pip, check=True, capture_output=True, text=True, timeout=INSTALL_S)
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            raise MissingPart(f"expected {FER} to be installed into {home}, found: {said[-1]}") from error
        (home / "complete").touch()
    # written every time, because the environment may come from another checkout that no longer exists
    (own,) = home.glob("lib/python*/site-packages")
    # listed after its own packages, so that its older setuptools takes precedence
    (own / "shared.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    return python
