"""An environment for the package `fer`, which cannot live beside what we use: made once, in the cache."""

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
"""`fer` without what it declares: its PyTorch is for a mode that is not measured. It imports `pkg_resources`, which
newer setuptools no longer have."""
INSTALL_S = 300


def fer_python() -> Path:
    """Return the Python of the environment, making it first where it is not in the cache.

    NumPy, TensorFlow and OpenCV are those of the environment this program runs in: the comparison is of programs, not
    of libraries, and they are large.

    Raises:
        MissingPart: It cannot be made; the text says why.
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
    # written every time: whoever made the environment may have been another checkout, which is gone now
    (own,) = home.glob("lib/python*/site-packages")
    # found after its own packages, so an older setuptools wins
    (own / "shared.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python
