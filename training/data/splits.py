"""Cleans splits: no image is in two of them, and images are held out if there is no split for choices."""

from collections.abc import Mapping

import numpy as np

from training.data.faces import Faces


def without_leaks(splits: Mapping[str, Faces]) -> tuple[dict[str, Faces], dict[str, int]]:
    """Return the splits, with `Training` cleared of images in other splits, and the numbers of duplicates.

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
    """Return the splits; without `PublicTest`, a tenth of `Training` becomes `HeldOut`."""
    if "PublicTest" in splits or "Training" not in splits:
        return dict(splits)
    training, held = hold_out(splits["Training"])
    return {**splits, "Training": training, "HeldOut": held}


def hold_out(faces: Faces, share: float = 0.1) -> tuple[Faces, Faces]:
    """Hold out images for choices, by their hash: the same ones in any order, duplicates together.

    Args:
        faces: The images.
        share: Fraction to hold out, 0 to 1.

    Returns:
        The rest, and the held-out images.
    """
    held = np.array([int(digest[:8], 16) < share * 16**8 for digest in faces.hashes()])
    return faces.take(~held), faces.take(held)
