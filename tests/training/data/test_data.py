"""FER2013 is read in every form it goes around in, and refused where it is not what it should be."""

import gzip
import lzma
import zipfile
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.heads import FERPLUS
from training.data.augment import Augment
from training.data.epochs import Epochs
from training.data.faces import LABELS, SIDE, DataError, Faces
from training.data.reading import read, read_classes
from training.data.splits import hold_out, without_leaks
from training.data.votes import VOTES
from training.recipe import Recipe

REPO = Path(__file__).parents[3]
FER2013 = REPO.parent / "shared" / "data" / "fer2013"


def make_faces(count: int = 14, seed: int = 0) -> Faces:
    images = np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE), np.uint8)
    return Faces(images=images, labels=np.arange(count) % 7, names=tuple(map(str, range(count))))


def table(splits: dict[str, Faces], header: str = "emotion,pixels,Usage") -> str:
    lines = [header]
    for usage, faces in splits.items():
        for image, label in zip(faces.images, faces.labels, strict=True):
            lines.append(f"{label},{' '.join(map(str, image.ravel()))},{usage}")
    return "\n".join(lines) + "\n"


def votes_table(splits: dict[str, Faces], names: bool = True) -> str:
    lines = ["Usage,Image name," + ",".join(VOTES)]
    for usage, faces in splits.items():
        lines += [
            f"{usage},{f'fer{i:07}.png' if names else ''},{i},0,0,0,0,0,0,0,0,{10 - i % 10}" for i in range(len(faces))
        ]
    return "\n".join(lines) + "\n"


def write_folders(root: Path, faces: Faces, classes: tuple[str, ...]) -> None:
    for i, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        folder = root / classes[label]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"fer{i:07}.png"), image)


@pytest.mark.parametrize("form", ["fer2013.csv", "fer2013.csv.gz", "fer2013.csv.xz", "archive.zip", "folder"])
def test_the_table_is_read_in_every_form(tmp_path: Path, form: str) -> None:
    """Plain, compressed, or in a folder: the same pictures and labels by split."""
    splits = {"Training": make_faces(), "PublicTest": make_faces(7, seed=1)}
    text = table(splits)
    path = tmp_path / form
    if form.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif form.endswith(".xz"):
        path.write_bytes(lzma.compress(text.encode()))
    elif form.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("fer2013/fer2013.csv", text)
            archive.writestr("fer2013/README", "")
    elif form == "folder":
        path.mkdir()
        (path / "icml.csv").write_text(text)
    else:
        path.write_text(text)
    found = read(path)

    assert list(found) == ["Training", "PublicTest"]
    for split, faces in splits.items():
        assert np.array_equal(faces.images, found[split].images)
        assert np.array_equal(faces.labels, found[split].labels)


def test_columns_may_stand_in_another_order_with_blanks(tmp_path: Path) -> None:
    """The table of the challenge has the columns `emotion, Usage, pixels`, with a blank before their names."""
    image = make_faces().images[0]
    rows = [f"{label},Training,{' '.join(map(str, image.ravel()))}" for label in range(7)]
    (tmp_path / "icml.csv").write_text("\n".join(["emotion, Usage, pixels", *rows]))

    assert read(tmp_path / "icml.csv")["Training"].labels.tolist() == list(range(7))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "", "expected the columns emotion, pixels, Usage, found None"),
        (lambda text: "emotion,pixels,Usage\n", "expected pictures, found none"),
        (lambda text: text.replace("Training", "Tuning"), "found 'Tuning', line 2 of"),
        (lambda text: text.replace("\n3,", "\n9,", 1), "expected a class out of .* found '9', line 5 of"),
        (lambda text: text[: text.rfind(" ")] + ",Training\n", "expected 2304 gray values, found 2303, line 15 of"),
        (lambda text: text.replace("\n2,", "\n2,999 ", 1), "expected whole numbers from 0 to 255, .* line 4 of"),
        (lambda text: text.replace("\n2,", "\n2,x ", 1), "expected whole numbers from 0 to 255, .* line 4 of"),
        (lambda text: text.replace("\n1,", "\n0,"), "found none of disgust, in Training"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    """The message says what was expected, what was found, and in which line."""
    path = tmp_path / "fer2013.csv"
    path.write_text(change(table({"Training": make_faces()})))
    with pytest.raises(DataError, match=message) as caught:
        read(path)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["fer2013.csv.gz", "fer2013.csv.xz", "fer2013.zip"])
def test_a_truncated_file_is_refused(tmp_path: Path, form: str) -> None:
    """Half a download is one line, not a traceback."""
    text = table({"Training": make_faces()}).encode()
    path = tmp_path / form
    if form.endswith(".zip"):
        path.write_bytes(b"PK\x03\x04 half a file")
    else:
        whole = gzip.compress(text) if form.endswith(".gz") else lzma.compress(text)
        path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="expected a table in good order"):
        read(path)


def test_nothing_there_is_said(tmp_path: Path) -> None:
    """The error names the wrong path."""
    with pytest.raises(FileNotFoundError, match="found nothing at"):
        read(tmp_path / "fer2013.csv")


@pytest.mark.parametrize(
    "classes",
    [
        LABELS,
        tuple("0123456"),
        ("colère", "dégoût", "peur", "joie", "tristesse", "surprise", "neutre"),
        ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Neutral"),
    ],
)
def test_folders_are_read_in_every_language(tmp_path: Path, classes: tuple[str, ...]) -> None:
    """Classes as numbers, in English or French give the same labels; `test` holds the pictures for the end."""
    write_folders(tmp_path / "train", make_faces(), classes)
    write_folders(tmp_path / "test", make_faces(7, seed=1), classes)
    found = read(tmp_path)

    assert list(found) == ["Training", "PrivateTest"]
    expected = sorted(zip(make_faces().hashes(), make_faces().labels.tolist(), strict=True))
    assert expected == sorted(zip(found["Training"].hashes(), found["Training"].labels.tolist(), strict=True))


def test_a_renamed_class_is_refused(tmp_path: Path) -> None:
    """The message names the folder and the classes there are."""
    write_folders(tmp_path / "train", make_faces(), (*LABELS[:6], "bored"))
    with pytest.raises(DataError, match=r"expected a class out of angry, .*, found 'bored', folder .*train/bored"):
        read(tmp_path)


def test_pictures_of_any_kind_are_made_gray_and_small(tmp_path: Path) -> None:
    """A large colour picture becomes 48 x 48 gray; a file that is no picture is refused by name."""
    (tmp_path / "happy").mkdir()
    cv2.imwrite(str(tmp_path / "happy" / "large.jpg"), np.full((100, 80, 3), 200, np.uint8))
    found = read_classes(tmp_path)

    assert found.images.shape == (1, SIDE, SIDE)
    assert found.images.mean() == pytest.approx(200, abs=2)
    for content in (b"", b"no picture"):
        (tmp_path / "happy" / "bad.png").write_bytes(content)
        with pytest.raises(DataError, match=r"found .* bytes that are none, in .*bad.png"):
            read_classes(tmp_path)


def test_what_lies_beside_pictures_is_left_out(tmp_path: Path) -> None:
    """Hidden files, as macOS puts them on other systems' disks, and folders; a link to nothing is refused by name."""
    write_folders(tmp_path, make_faces(), LABELS)
    whole = read_classes(tmp_path)
    (tmp_path / "happy" / "._a.png").write_bytes(b"\0\5\26\7")
    (tmp_path / "happy" / "d.png").mkdir()
    assert read_classes(tmp_path).names == whole.names

    for target in ("nothing.png", "x.png"):
        (tmp_path / "happy" / "x.png").unlink(missing_ok=True)
        (tmp_path / "happy" / "x.png").symlink_to(target)
        with pytest.raises(DataError, match=r"expected a picture, found .*, in .*x.png"):
            read_classes(tmp_path)


def test_votes_go_by_row_or_by_name(tmp_path: Path) -> None:
    """Beside the table they go by row; beside folders each image finds its votes by its name."""
    splits = {"Training": make_faces(), "PublicTest": make_faces(7, seed=1)}
    (tmp_path / "fer2013.csv").write_text(table(splits))
    (tmp_path / "fer2013new.csv").write_text(votes_table(splits, names=False))
    by_row = read(tmp_path / "fer2013.csv")["Training"]
    folders = tmp_path / "folders"
    write_folders(folders / "train", make_faces(), LABELS)
    (folders / "fer2013new.csv").write_text(votes_table({"Training": make_faces()}))
    by_name = read(folders)["Training"]

    assert by_row.votes is not None and by_name.votes is not None
    assert by_row.votes[:, 0].tolist() == list(range(14))
    assert [int(Path(name).stem[3:]) for name in by_name.names] == by_name.votes[:, 0].tolist()


def test_votes_for_other_pictures_are_refused(tmp_path: Path) -> None:
    """A table of votes with another number of rows cannot be meant."""
    (tmp_path / "fer2013.csv").write_text(table({"Training": make_faces()}))
    (tmp_path / "fer2013new.csv").write_text(votes_table({"Training": make_faces(7)}, names=False))
    with pytest.raises(DataError, match="expected 14 rows of votes for Training, found 7"):
        read(tmp_path / "fer2013.csv")


def test_a_folder_is_not_voted_on_by_row(tmp_path: Path) -> None:
    """Files sorted by class stand in another order than the votes, even where there are as many."""
    write_folders(tmp_path / "train", make_faces(), LABELS)
    for file in tmp_path.glob("train/*/*.png"):
        file.rename(file.with_name(file.name.replace("fer0", "Training_")))
    (tmp_path / "fer2013new.csv").write_text(votes_table({"Training": make_faces()}))
    with pytest.raises(DataError, match=r"expected pictures named as the votes of .* name them, found angry.Training_"):
        read(tmp_path)


def test_pictures_in_two_splits_leave_training() -> None:
    """What PublicTest has too is dropped from Training, and every kind of repetition is counted."""
    training, public = make_faces(14), make_faces(7, seed=1)
    training.images[3] = public.images[0]
    training.images[5] = training.images[4]
    clean, counts = without_leaks({"Training": training, "PublicTest": public})

    assert len(clean["Training"]) == 13
    assert "3" not in clean["Training"].names
    assert len(clean["PublicTest"]) == 7
    assert counts["dropped from Training"] == 1
    assert counts["twice in Training"] == 1
    assert counts["twice in Training, with different labels"] == 1
    assert counts["equal but with different labels, in all splits"] == 2
    assert not set(clean["Training"].hashes()) & set(public.hashes())


def test_what_is_held_out_does_not_depend_on_order() -> None:
    """The same pictures are held out of the same data in another order, about the share asked for."""
    faces = make_faces(700)
    rest, held = hold_out(faces)
    _, again = hold_out(faces.take(np.arange(699, -1, -1)))

    assert len(rest) + len(held) == 700
    assert 40 < len(held) < 110
    assert set(held.hashes()) == set(again.hashes())


def test_an_epoch_shows_every_picture_once() -> None:
    """Batches are whole and share no picture; the next epoch has another order, the same again for the same seed."""
    recipe = Recipe(network="tiny", batch=4, seed=1)
    first, second, again = (Epochs(make_faces(), recipe, ("fer2013",)).plan(number)["index"] for number in (0, 1, 0))

    assert first.shape == (3, 4)
    assert len(set(first.ravel().tolist())) == 12
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)


def test_plain_epochs_mix_nothing() -> None:
    """Their images are those of any epoch, each with the whole weight."""
    recipe = Recipe(network="tiny", batch=4, seed=1, augment=Augment(mixup=0.4, cutmix=0.5))
    epochs = Epochs(make_faces(), recipe, ("fer2013",))
    mixed, plain = epochs.plan(3), epochs.plan(3, plain=True)

    assert np.array_equal(mixed["draws"], plain["draws"])
    assert (mixed["weight"] < 1).any() or mixed["box"].any()
    assert (plain["weight"] == 1).all() and not plain["box"].any()


@pytest.mark.slow
@pytest.mark.skipif(not FER2013.exists(), reason=f"FER2013 is not at {FER2013}")
def test_the_table_as_published_is_read(tmp_path: Path) -> None:
    """The first images of the real table have their own ten votes, which mostly agree; all take half a minute."""
    count = 2000
    with lzma.open(FER2013 / "fer2013.csv.xz", "rt", encoding="utf-8", newline="") as file:
        lines = list(islice(file, count + 1))
    (tmp_path / "fer2013.csv.xz").write_bytes(lzma.compress("".join(lines).encode(), preset=0))
    votes = (FER2013 / "fer2013new.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "fer2013new.csv").write_text("".join(votes[: count + 1]), "utf-8")
    splits = read(tmp_path)
    faces = splits["Training"]

    assert list(splits) == ["Training"] and len(faces) == count
    assert faces.votes is not None
    assert faces.votes.sum(axis=1).mean() == pytest.approx(10, abs=0.5)
    voted = [FERPLUS[i] for i in faces.votes[:, : len(FERPLUS)].argmax(axis=1)]
    labels = [LABELS[i] for i in faces.labels]
    assert np.mean([a == b for a, b in zip(voted, labels, strict=True)]) > 0.5
