"""The votes of FER+, for which ten annotators labelled each image of FER2013 again."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from training.data.faces import SPLITS, DataError, Faces
from training.data.text_files import open_text

VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
"""Classes that the annotators of FER+ could vote for. Source: header of `fer2013new.csv`, `microsoft/FERPlus`."""


def add_votes(splits: Mapping[str, Faces], path: Path) -> dict[str, Faces]:
    """Return the splits with their FER+ votes.

    An image is found by its name (`fer0000012.png`), or else by its row if each split has the same number of rows.

    Raises:
        DataError: The votes do not fit the images.
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
