"""Reads FER2013: the original table, or folders of images."""

import csv
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.faces import LABELS, SIDE, SPLITS, DataError, Faces
from training.data.packed import SUFFIX, read_packed
from training.data.text_files import DAMAGED, open_text
from training.data.votes import add_votes

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
_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".pgm", ".tif", ".tiff"}


def shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a BGR image of a face in the form of FER2013, gray and 48 x 48."""
    import cv2  # only for pictures: tables and packed faces are read without it

    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if gray.shape != (SIDE, SIDE):
        gray = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(gray, np.uint8)


def read(path: Path, votes: Path | None = None, cut: Cut = shrunk) -> dict[str, Faces]:
    """Read all splits there are.

    Args:
        path: The original table (`.csv`, also compressed as `.gz`, `.xz`, `.bz2` or `.zip`), a folder with such a table
            in it, or a folder with `train/<class>/*.png`, `test/<class>/...`. Classes may be numbers (FER2013's
            order), English or French. A folder of classes alone is a `PublicTest`. Or a file of
            `training.data.packed`, which has the votes, too.
        votes: The FER+ votes, by row or by image name. None uses a `fer2013new.csv` beside the table.
        cut: Makes a face of an image from a folder; see `training.data.photographs`.

    Raises:
        FileNotFoundError: There is no such file or folder.
        DataError: The data cannot be used.
    """
    if not path.exists():
        raise FileNotFoundError(f"expected FER2013 as a .csv file or a folder, found nothing at {path}")
    if path.suffix == SUFFIX and path.is_file():
        splits = read_packed(path)
        return add_votes(splits, votes) if votes is not None else splits
    if path.is_dir() and (tables := sorted(p for p in path.glob("*.csv*") if p.name != "fer2013new.csv")):
        path = tables[0]
    beside = (path if path.is_dir() else path.parent) / "fer2013new.csv"
    try:
        splits = read_folders(path, cut) if path.is_dir() else read_table(path)
        if votes is not None or beside.exists():
            splits = add_votes(splits, votes or beside)
    except DAMAGED as error:
        raise DataError(f"expected a table in good order, found {error or 'its end too early'}, in {path}") from None
    return splits


def read_table(path: Path) -> dict[str, Faces]:
    """Read the original table, columns `emotion`, `pixels`, `Usage`; return images `uint8[n, 48, 48]` by split.

    Raises:
        DataError: A column is missing, or a row has another value than expected.
    """
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
    """Read folders of images; see `read`."""
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
    """Read a folder with one folder of images per class.

    Args:
        path: The folder.
        cut: Makes a face `uint8[48, 48]` of a BGR image; None skips the image.
    """
    import cv2

    images, labels, names = [], [], []
    for folder in sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))):
        label = _class(folder.name, f"folder {folder}")
        # hidden ones are no pictures: macOS puts ._a.png beside a.png on other systems' disks
        entries = (p for p in folder.iterdir() if p.suffix.lower() in _PICTURES and not p.name.startswith("."))
        for file in sorted(p for p in entries if not p.is_dir()):
            try:
                data = np.fromfile(file, np.uint8)
            except OSError as error:  # a link to nothing, or no right to read it
                raise DataError(f"expected a picture, found {error.strerror}, in {file}") from None
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
            if picture is None:
                raise DataError(f"expected a picture, found {data.size} bytes that are none, in {file}")
            face = cut(np.asarray(picture, np.uint8))
            if face is not None:
                images.append(face)
                labels.append(label)
                names.append(str(file.relative_to(path)))
    if not images:
        raise DataError(f"expected folders named {', '.join(LABELS)} with pictures of faces, found none, in {path}")
    return Faces(images=np.stack(images), labels=np.array(labels), names=tuple(names))


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
