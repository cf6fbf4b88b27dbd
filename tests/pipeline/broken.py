"""Broken stage modules, which tests write where a run finds them."""

from pathlib import Path

_STAGE = """
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar
from pipeline.stage import Stage

class Broken(Stage):
    def process(self, frames):
        yield from frames
"""

MODULES = {
    "fine": _STAGE,
    "raises": "raise ValueError('two\\nlines')",
    "divides": "1 / 0",
    "exits": "raise SystemExit(0)",
    "base_raises": "class Odd(BaseException):\n    pass\nraise Odd",
    "no_text": "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Odd",
    "not_python": "class Broken(:",
    "nul": "x = 1\0",
    "not_utf8": "x = '\udcff'",
    "needs": "import no_such_module_at_all",
    "recurses": "def f():\n    f()\nf()",
    "refuses_names": "def __getattr__(name):\n    raise OSError('no ' + name)",
    "abstract": "from pipeline.stage import Stage as Broken",
    "no_class": "Broken = 3",
    "annotated": _STAGE + "    def __init__(self, *, x: 'NoSuchType' = 1): pass",
    "odd_type": _STAGE + "    def __init__(self, *, x: 'Iterator[int]' = 1): pass",
    "odd_default": _STAGE + "    def __init__(self, *, x: int = object()): pass",
    "annotated_text": _STAGE + "    def __init__(self, *, x: Annotated[int, 'metres'] = 1): pass",
    "signature": _STAGE + "    __signature__ = 3",
    "pixels": _STAGE + "    pixels = ['some']",
    "check_raises": _STAGE + "    @classmethod\n    def check(cls, **options):\n        raise KeyError('x')",
    "check_exits": _STAGE + "    @classmethod\n    def check(cls, **options):\n        raise SystemExit('bye')",
    "check_needs": _STAGE + "    @classmethod\n    def check(cls, needed):\n        pass",
    "interrupts": "raise KeyboardInterrupt",
    "hangs": "import time\nwhile True:\n    time.sleep(1)",
    "ends_python": "import os\nos._exit(0)",
    "crashes": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
    "starts_threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + _STAGE,
    "cannot_travel": _STAGE
    + "    @classmethod\n    def check(cls, **options): pass\n    def __init__(self, *, x: Any = 1): pass\n",
}


def write_modules(folder: Path) -> str:
    """Write the modules as a package; return its name."""
    package = folder / "foreign_stages"
    package.mkdir()
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8", errors="surrogateescape")
    return package.name
