"""Views of a bank are made again from a seed; other ones are refused."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from tests.training.small import RECIPE, make_faces, on_device
from training.data import bank
from training.data.augment import Augment, Column
from training.data.bank import Bank, Views, check
from training.data.epochs import Epochs, mirrored
from training.data.faces import DataError
from training.data.pixels import arranged, augment
from training.data.splits import with_choices, without_leaks
from training.recipe import load_recipe

pytestmark = pytest.mark.slow

FACES = make_faces(21, 0)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Change a few images at once: these need two chunks, of which the second begins again at the first image."""
    monkeypatch.setattr(bank, "CHUNK", 16)


def make_bank(count: int = 2) -> Bank:
    import hashlib

    views = Views(count=count, seed=4, augment=Augment(degrade=0.5), data=FACES.sha256(), backend="a card")
    first = hashlib.sha256(views.pixels(0, FACES).tobytes()).hexdigest()
    said = np.random.default_rng(0).dirichlet(np.ones(7), (count, 21)).astype(np.float16)
    return Bank(views=replace(views, first=first), said={"fer2013": said})


def test_a_bank_of_these_faces_is_accepted(eager: None) -> None:
    """Views differ from each other and from the images."""
    made = make_bank()
    check(made, FACES)

    assert not np.array_equal(made.views.pixels(0, FACES), made.views.pixels(1, FACES))


def test_views_that_cannot_be_made_again_are_refused(eager: None) -> None:
    """The line names what made them; other faces are another line."""
    made = make_bank()
    for views in (replace(made.views, seed=5), replace(made.views, augment=Augment()), replace(made.views, first="")):
        with pytest.raises(DataError, match=r"expected the views that the teachers saw \(made with a card\), found"):
            check(Bank(views=views, said=made.said), FACES)
    with pytest.raises(DataError, match="expected a bank of these 14 images, found one of 21 others"):
        check(made, make_faces(14, 1))


def test_a_bank_that_was_interrupted_continues(
    eager: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Views that are done are not made again, unless another seed or teacher is asked for; lines count them."""

    def teacher(images: NDArray[np.uint8]) -> dict[str, Any]:
        return {"fer2013": images.reshape(len(images), -1)[:, ::400].astype(np.float32)}

    monkeypatch.setattr(bank, "read", lambda _: {"Training": FACES})
    monkeypatch.setattr(bank, "load_card", lambda name: SimpleNamespace(identity=name))
    monkeypatch.setattr(bank, "runner", lambda *_: teacher)
    out, save = tmp_path / "bank.npz", bank.save

    def stop(made: Bank, path: Path) -> None:
        save(made, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(bank, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        bank.main(out, ["fast"], tmp_path, views=2)
    assert not out.exists()
    monkeypatch.setattr(bank, "save", save)
    bank.main(out, ["fast"], tmp_path, views=2)
    assert re.findall("view . of .", capsys.readouterr().out) == ["view 2 of 2"]
    assert [path.name for path in tmp_path.iterdir()] == ["bank.npz"]

    made, parts = bank.load(out), list[Bank]()
    faces = with_choices(without_leaks({"Training": FACES})[0])["Training"]
    options = load_recipe("fast")[1].augment
    again = bank.make(faces, ["fast"], 2, options, engine="openvino-bf16", begun=made, after=parts.append)
    assert not parts and np.array_equal(again.said["fer2013"], made.said["fer2013"])
    for other in ({"seed": 1}, {"flip": True}):
        bank.make(faces, ["fast"], 2, options, engine="openvino-bf16", begun=made, after=parts.append, **other)  # type: ignore[arg-type]
    assert [part.views.count for part in parts] == [1, 2] * 2


def test_a_student_sees_the_views_that_the_teachers_saw(eager: None) -> None:
    """Each image of an epoch, or its mirror image, is the view whose opinion is used."""
    made = make_bank()
    recipe = replace(RECIPE, batch=7, augment=Augment(degrade=0.0, erase=0.0))  # not the bank's
    epochs = Epochs(FACES, recipe, ("fer2013",), made)
    plan = epochs.plan(0)
    views = [made.views.pixels(i, FACES) for i in range(2)]
    same = mirror = 0
    for index, draws, view in zip(plan["index"], plan["draws"], plan["view"], strict=True):
        images = on_device(lambda x, numbers: augment(x, numbers, epochs.options), FACES.images[index], draws)
        for image, i, k in zip(images, index, view, strict=True):
            errors = [np.abs(image - other.astype(int)).mean() for other in (views[k][i], views[k][i][:, ::-1])]
            same, mirror = same + (errors[0] == 0), mirror + (errors[1] < 1)

    assert same + mirror == 21 and same and mirror
    assert np.array_equal(epochs.resident["said_fer2013"], made.said["fer2013"])


def test_a_student_may_see_worse_images_than_the_teachers(eager: None) -> None:
    """With fewer pixels if the view was sharp, and with noise; all else is that view or its mirror image."""
    made = make_bank()
    recipe = replace(RECIPE, batch=7, bank_smaller=1.0, augment=Augment(noise=1.0))
    epochs = Epochs(FACES, recipe, ("fer2013",), made)
    plan = epochs.plan(0)
    views = np.stack([made.views.draws(i, FACES) for i in range(2)])
    seen, shown = views[plan["view"], plan["index"]], plan["draws"]
    sharp = (seen[..., Column.SMOOTH] == 0) & (seen[..., Column.QUALITY] == 0)

    assert sharp.any() and not sharp.all()
    assert (shown[sharp][:, Column.SMOOTH] > 0).all() and not seen[..., Column.SIGMA].any()
    assert (shown[..., Column.SIGMA] > 0).all()
    same = [Column.GAIN, Column.OFFSET, Column.QUALITY, Column.GRAY]
    assert np.array_equal(seen[..., same], shown[..., same])
    assert np.array_equal(seen[~sharp][:, Column.SMOOTH], shown[~sharp][:, Column.SMOOTH])
    # none is left out because more of them are degraded than in the bank
    for index, draws in zip(plan["index"], shown, strict=True):
        some, every = (
            on_device(lambda x, n, options=options: augment(x, n, options), FACES.images[index], draws)
            for options in (epochs.options, replace(epochs.options, degrade=1.0))
        )
        assert np.array_equal(some, every)


def test_mirrored_numbers_give_mirror_images(eager: None) -> None:
    """Up to the rounding of places to a 32nd of a pixel."""
    options = Augment(degrade=0.0, erase=1.0)
    draws = Views(count=1, seed=1, augment=options, data="").draws(0, FACES)
    draws = draws[arranged(draws)]
    first, second = (
        on_device(lambda x, numbers: augment(x, numbers, options), FACES.images, d)
        for d in (draws, mirrored(draws, 48))
    )

    assert np.abs(first[:, :, ::-1] - second).mean() < 2
    assert np.abs(first - second).mean() > 10
