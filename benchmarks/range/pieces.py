"""The parts of a long measurement, each kept in a file once it is done, so that it may be interrupted."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import ConfigError

OF = "of.json"
"""File that says what is measured."""


class Study(Protocol):
    """What is measured in pieces; the result of each does not depend on the others."""

    def names(self) -> Sequence[str]:
        """Return the names of the pieces."""

    def measure(self, name: str) -> Any:
        """Return the measurements of a piece, in JSON types."""


class Pieces:
    """The measured pieces.

    Args:
        folder: Where they are kept, and looked up; None keeps them in memory.
        of: What is measured, in JSON types: all that results depend on.

    Raises:
        ConfigError: The folder has pieces of another measurement.
    """

    def __init__(self, folder: Path | None, of: dict[str, Any]) -> None:
        self._folder = folder
        self._done: dict[str, Any] = {}
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        wanted = json.loads(json.dumps(of))
        try:
            kept = json.loads((folder / OF).read_text(encoding="utf-8"))
        except FileNotFoundError:
            kept = wanted
            self._write(OF, wanted)
        if kept != wanted:
            differs = next(key for key in wanted | kept if wanted.get(key) != kept.get(key))
            found = f"{differs} = {kept.get(differs)!r}"
            raise ConfigError(f"expected {differs} = {wanted.get(differs)!r}, found {found}, in {folder / OF}")

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a piece, measured now unless it is kept."""
        if name not in self._done:
            try:
                if self._folder is None:
                    raise FileNotFoundError
                self._done[name] = json.loads((self._folder / _file(name)).read_text(encoding="utf-8"))
            except FileNotFoundError:
                self._keep(name, make())
        return self._done[name]

    def get_all(self, study: Study, workers: int, make: Callable[..., Study], *arguments: Any) -> dict[str, Any]:
        """Return all pieces of a study by name; progress goes to stderr.

        Args:
            study: The study.
            workers: Processes that measure; 1 measures in this one.
            make: Makes the same study in another process.
            *arguments: What it takes.
        """
        names = study.names()
        left = [name for name in names if not self._is_kept(name)]
        if workers == 1:
            measured: Iterable[Any] = map(study.measure, left)
            self._take(left, measured)
        elif left:
            with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (make, arguments)) as pool:
                self._take(left, pool.map(_measure, left))
        return {name: self.get(name, dict) for name in names}

    def _take(self, left: Sequence[str], measured: Iterable[Any]) -> None:
        for n, (name, result) in enumerate(zip(left, measured, strict=True), 1):
            self._keep(name, result)
            print(f"{n} of {len(left)}: {name}", file=sys.stderr, flush=True)

    def _is_kept(self, name: str) -> bool:
        return name in self._done or bool(self._folder and (self._folder / _file(name)).is_file())

    def _keep(self, name: str, result: Any) -> None:
        self._done[name] = json.loads(json.dumps(result))
        if self._folder is not None:
            self._write(_file(name), result)

    def _write(self, name: str, value: Any) -> None:
        assert self._folder is not None
        partial = self._folder / f"{name}.partial"
        partial.write_text(json.dumps(value) + "\n", encoding="utf-8")
        partial.rename(self._folder / name)


def _file(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "_" for c in name) + ".json"


_studies: list[Study] = []
"""This process's own."""


def _begin(make: Callable[..., Study], arguments: tuple[Any, ...]) -> None:
    _studies.append(make(*arguments))


def _measure(name: str) -> Any:
    return _studies[0].measure(name)
