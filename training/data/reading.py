"""Reading FER2013: the original table, or folders of pictures; and the check that no picture is in two splits."""

import bz2
import csv
import gzip
import hashlib
import io
import lzma
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven emotions, in the order FER2013 numbers them."""
SIDE = 48
"""Side of a picture of FER2013 in pixels."""
SPLITS = ("Training", "PublicTest", "PrivateTest")
"""For fitting, for every choice, and for one evaluation at the end."""
VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
"""What the ten annotators of FER+ could vote for. Source: header of `fer2013new.csv`, `microsoft/FERPlus`."""

Cut = Callable[[NDArray[np.uint8]], NDArray[np.uint8] | None]

_ALIASES = {
    "angry": "0 anger colere colère fache faché en_colere",
    "disgust": "1 disgusted degout dégoût degoût",
    "fear": "2 fearful afraid scared peur",
    "happy": "3 happiness joy joie heureux content",
    "sad": "4 sadness tristesse triste",
    "surprise": "5 surprised surpris étonnement",
    "neutral": "6 neutrality neutre",
}
_CLASSES = {alias: i for i, label in enumerate(LABELS) for alias in (label, *_ALIASES[label].split())}
_FOLDERS = {
    "Training": ("training", "train"),
    "PublicTest": ("publictest", "public_test", "validation", "valid", "val"),
    "PrivateTest": ("privatetest", "private_test", "test"),
}
_DAMAGED = (lzma.LZMAError, EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, csv.Error, UnicodeDecodeError)
_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".pgm", ".tif", ".tiff"}


class DataError(ValueError):
    """The data cannot be used: the text is one line saying what was expected, what was found, and where."""


@dataclass(frozen=True, kw_only=True)
class Faces:
    """Pictures of one split.

    Attributes:
        images: `uint8[n, 48, 48]`, gray.
        labels: `int64[n]`, indices into `LABELS`.
        votes: `float32[n, 10]`, numbers of votes in the order of `VOTES`; None where there are none.
        names: Where each came from, for messages: the row of the table or the path.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32] | None = None
    names: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> "Faces":
        """Return some of them, by indices or by a mask."""
        votes = None if self.votes is None else self.votes[which]
        names = tuple(np.array(self.names, object)[which]) if self.names else ()
        return Faces(images=self.images[which], labels=self.labels[which], votes=votes, names=names)

    def hashes(self) -> list[str]:
        """Return the SHA-1 of each picture's pixels."""
        return [hashlib.sha1(image.tobytes()).hexdigest() for image in self.images]

    def sha256(self) -> str:
        """Return one hash of all pictures, labels and votes: the same for the same data in the same order."""
        votes = b"" if self.votes is None else self.votes.tobytes()
        return hashlib.sha256(self.images.tobytes() + self.labels.tobytes() + votes).hexdigest()


def shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a BGR picture of a face as FER2013 has them, gray and 48 x 48."""
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if gray.shape != (SIDE, SIDE):
        gray = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(gray, np.uint8)


def read(path: Path, votes: Path | None = None, cut: Cut = shrunk) -> dict[str, Faces]:
    """Read all splits there are.

    Args:
        path: The original table (`.csv`, also compressed as `.gz`, `.xz`, `.bz2` or `.zip`), a folder with such a table
            in it, or a folder with `train/<class>/*.png`, `test/<class>/...`. Classes may be numbers (FER2013's
            order), English or French. A folder of classes alone is a `PublicTest`.
        votes: The FER+ votes, by row or by image name. None takes a `fer2013new.csv` that lies beside the table.
        cut: Makes a face of a picture from a folder; see `training.data.photographs`.

    Raises:
        FileNotFoundError: There is no such file or folder.
        DataError: The data cannot be used.
    """
    if not path.exists():
        raise FileNotFoundError(f"expected FER2013 as a .csv file or a folder, found nothing at {path}")
    if path.is_dir() and (tables := sorted(p for p in path.glob("*.csv*") if p.name != "fer2013new.csv")):
        path = tables[0]
    beside = (path if path.is_dir() else path.parent) / "fer2013new.csv"
    try:
        splits = read_folders(path, cut) if path.is_dir() else read_table(path)
        if votes is not None or beside.exists():
            splits = add_votes(splits, votes or beside)
    except _DAMAGED as error:
        raise DataError(f"expected a table in good order, found {error or 'its end too early'}, in {path}") from None
    return splits


def read_table(path: Path) -> dict[str, Faces]:
    """Read the original table: columns `emotion`, `pixels`, `Usage`; see `read`."""
    images: dict[str, list[NDArray[np.uint8]]] = {split: [] for split in SPLITS}
    labels: dict[str, list[int]] = {split: [] for split in SPLITS}
    names: dict[str, list[str]] = {split: [] for split in SPLITS}
    with open_text(path) as file:
        reader = csv.DictReader(file)
        columns = {name.strip().lower(): name for name in reader.fieldnames or []}
        if not {"emotion", "pixels"} <= set(columns):
            raise DataError(f"expected the columns emotion, pixels, Usage, found {reader.fieldnames}, in {path}")
        for line, row in enumerate(reader, 2):
            where = f"line {line} of {path}"
            usage = (row.get(columns.get("usage", "")) or "Training").strip()
            if usage not in SPLITS:
                raise DataError(f"expected Usage to be one of {', '.join(SPLITS)}, found {usage!r}, {where}")
            images[usage].append(_pixels(row[columns["pixels"]] or "", where))
            labels[usage].append(_class(row[columns["emotion"]] or "", where))
            names[usage].append(str(line - 2))
    found = {
        split: Faces(images=np.stack(images[split]), labels=np.array(labels[split]), names=tuple(names[split]))
        for split in SPLITS
        if images[split]
    }
    return _complete(found, path)


def read_folders(path: Path, cut: Cut = shrunk) -> dict[str, Faces]:
    """Read folders of pictures; see `read`."""
    found = {}
    below = {folder.name.lower(): folder for folder in sorted(path.iterdir()) if folder.is_dir()}
    for split, names in _FOLDERS.items():
        for name in names:
            if name in below and split not in found:
                found[split] = read_classes(below[name], cut)
    if not found:
        return _complete({"PublicTest": read_classes(path, cut)}, path)
    return _complete(found, path)


def read_classes(path: Path, cut: Cut = shrunk) -> Faces:
    """Read a folder with one folder of pictures per class.

    Args:
        path: The folder.
        cut: Makes a face `uint8[48, 48]` of a BGR picture, or None, which leaves the picture out.
    """
    images, labels, names = [], [], []
    for folder in sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))):
        label = _class(folder.name, f"folder {folder}")
        for file in sorted(p for p in folder.iterdir() if p.suffix.lower() in _PICTURES):
            picture = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR) if file.stat().st_size else None
            if picture is None:
                raise DataError(f"expected a picture, found {file.stat().st_size} bytes that are none, in {file}")
            face = cut(np.asarray(picture, np.uint8))
            if face is not None:
                images.append(face)
                labels.append(label)
                names.append(str(file.relative_to(path)))
    if not images:
        raise DataError(f"expected folders named {', '.join(LABELS)} with pictures of faces, found none, in {path}")
    return Faces(images=np.stack(images), labels=np.array(labels), names=tuple(names))


def add_votes(splits: Mapping[str, Faces], path: Path) -> dict[str, Faces]:
    """Return the splits with their FER+ votes.

    A picture is found by its name (`fer0000012.png`), or else by its row where each split has as many rows as here.

    Raises:
        DataError: The votes do not fit the pictures.
    """
    rows: dict[str, list[list[float]]] = {split: [] for split in SPLITS}
    by_name: dict[str, list[float]] = {}
    with open_text(path) as file:
        reader = csv.DictReader(file)
        missing = {"Usage", *VOTES} - set(reader.fieldnames or [])
        if missing:
            raise DataError(f"expected the columns of FER+, found {', '.join(sorted(missing))} missing, in {path}")
        for line, row in enumerate(reader, 2):
            try:
                votes = [float(row[name]) for name in VOTES]
            except (TypeError, ValueError):
                raise DataError(f"expected ten numbers of votes, found {row}, line {line} of {path}") from None
            rows.setdefault(row["Usage"], []).append(votes)
            if row.get("Image name"):
                by_name[row["Image name"]] = votes
    voted = {}
    for split, faces in splits.items():
        named = [by_name.get(Path(name).name) for name in faces.names]
        if any(votes is not None for votes in named):
            found = [votes or [0.0] * len(VOTES) for votes in named]
        elif faces.names and not faces.names[0].isdecimal():  # a folder's order is not that of the votes
            raise DataError(f"expected pictures named as the votes of {path} name them, found {faces.names[0]}")
        elif len(rows[split]) == len(faces):
            found = rows[split]
        else:
            raise DataError(f"expected {len(faces)} rows of votes for {split}, found {len(rows[split])}, in {path}")
        voted[split] = Faces(
            images=faces.images, labels=faces.labels, names=faces.names, votes=np.array(found, np.float32)
        )
    return voted


def without_leaks(splits: Mapping[str, Faces]) -> tuple[dict[str, Faces], dict[str, int]]:
    """Return the splits, `Training` without the pictures that other splits have too, and what was found.

    Returns:
        The splits, and the counts `dropped from Training`, `in PublicTest and PrivateTest`, `twice in <split>`,
        `twice in <split>, with different labels`, and `equal but with different labels, in all splits`.
    """
    hashes = {split: faces.hashes() for split, faces in splits.items()}
    counts: dict[str, int] = {}
    for split, faces in splits.items():
        labels: dict[str, set[int]] = {}
        for digest, label in zip(hashes[split], faces.labels.tolist(), strict=True):
            labels.setdefault(digest, set()).add(label)
        counts[f"twice in {split}"] = len(faces) - len(labels)
        counts[f"twice in {split}, with different labels"] = sum(len(found) > 1 for found in labels.values())
    labelled: dict[str, set[int]] = {}
    for split, faces in splits.items():
        for digest, label in zip(hashes[split], faces.labels.tolist(), strict=True):
            labelled.setdefault(digest, set()).add(label)
    counts["equal but with different labels, in all splits"] = sum(len(found) > 1 for found in labelled.values())
    others = {digest for split, found in hashes.items() if split != "Training" for digest in found}
    public, private = (set(hashes.get(split, ())) for split in ("PublicTest", "PrivateTest"))
    counts["in PublicTest and PrivateTest"] = len(public & private)
    clean = dict(splits)
    if "Training" in splits:
        keep = np.array([digest not in others for digest in hashes["Training"]])
        clean["Training"] = splits["Training"].take(keep)
        counts["dropped from Training"] = int((~keep).sum())
    return clean, counts


def with_choices(splits: Mapping[str, Faces]) -> dict[str, Faces]:
    """Return the splits, a tenth of `Training` as `HeldOut` where there is no `PublicTest` to choose on."""
    if "PublicTest" in splits or "Training" not in splits:
        return dict(splits)
    training, held = hold_out(splits["Training"])
    return {**splits, "Training": training, "HeldOut": held}


def hold_out(faces: Faces, share: float = 0.1) -> tuple[Faces, Faces]:
    """Split off pictures for choices, by their hash: the same ones whatever their order, duplicates together.

    Args:
        faces: The pictures.
        share: How many of them, 0 to 1.

    Returns:
        The rest, and those split off.
    """
    held = np.array([int(digest[:8], 16) < share * 16**8 for digest in faces.hashes()])
    return faces.take(~held), faces.take(held)


def open_text(path: Path) -> IO[str]:
    """Open a text file that may be compressed.

    Raises:
        FileNotFoundError: There is no such file.
        DataError: A zip file has no table in it, or more than one.
    """
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(path)
        tables = [name for name in archive.namelist() if name.endswith(".csv")]
        if len(tables) != 1:
            raise DataError(f"expected one .csv file, found {len(tables)}, in {path}")
        return io.TextIOWrapper(archive.open(tables[0]), encoding="utf-8-sig")
    opener = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}.get(path.suffix, open)
    return opener(path, "rt", encoding="utf-8-sig", newline="")  # type: ignore[operator, no-any-return]


def _pixels(text: str, where: str) -> NDArray[np.uint8]:
    try:
        # four times as fast as int() of each word; that not all of the text are numbers is a warning of this kind
        with warnings.catch_warnings(category=DeprecationWarning, action="error"):
            values = np.fromstring(text, np.int64, sep=" ")
        if not np.array_equal(values, values.clip(0, 255)):
            raise ValueError
    except (DeprecationWarning, ValueError):
        raise DataError(f"expected whole numbers from 0 to 255, found {text[:30]!r}..., {where}") from None
    if len(values) != SIDE * SIDE:
        raise DataError(f"expected {SIDE * SIDE} gray values, found {len(values)}, {where}")
    return values.astype(np.uint8).reshape(SIDE, SIDE)


def _class(text: str, where: str) -> int:
    found = _CLASSES.get(text.strip().lower())
    if found is None:
        raise DataError(f"expected a class out of {', '.join(LABELS)} (or 0 to 6), found {text!r}, {where}")
    return found


def _complete(splits: Mapping[str, Faces], path: Path) -> dict[str, Faces]:
    """Return the splits if they are usable."""
    if not splits:
        raise DataError(f"expected pictures, found none, in {path}")
    if "Training" in splits:
        absent = set(range(len(LABELS))) - set(splits["Training"].labels.tolist())
        if absent:
            names = ", ".join(LABELS[i] for i in sorted(absent))
            raise DataError(f"expected pictures of all seven classes, found none of {names}, in Training of {path}")
    return dict(splits)


def iterate(count: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of one epoch's batches in a new order; an incomplete last batch is left out."""
    order = rng.permutation(count)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]
