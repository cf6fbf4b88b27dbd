"""Recipes that ship can be used; others are refused with the key."""

from pathlib import Path

import pytest

from models.networks import NETWORKS
from training.chain.__main__ import STUDENTS, TEACHERS
from training.chain.chain import recipe_and_seed
from training.recipe import FOLDER, RecipeError, bundled, load_recipe

NAMES = list(bundled())


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_that_ships_is_complete(name: str) -> None:
    """It names a network there is, and starts with the command that runs it."""
    found, recipe = load_recipe(name)

    assert found == name
    assert recipe.network in NETWORKS
    command = "python -m training.chain " if name.startswith("chain_") else f"emobot train {name} "
    assert bundled()[name].read_text().startswith(f"# Command:   {command}")
    assert (bundled()[name].parent == FOLDER / "chain") == name.startswith("chain_")


def test_every_bundled_recipe_has_a_name_of_its_own() -> None:
    """Whatever folder its file is in; recipes of a chain train with mixup and CutMix."""
    recipes = {name: load_recipe(name)[1] for name in bundled() if name.startswith("chain_")}

    assert len(list(FOLDER.rglob("*.toml"))) == len(bundled())
    assert all(recipe.augment.mixup and recipe.augment.cutmix for recipe in recipes.values())
    assert {recipe_and_seed(name)[0] for name in (*TEACHERS, *STUDENTS)} == set(recipes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('network = "tiny"\nepoch = 3', "unknown field `epoch`"),
        ('network = "tiny"\nepochs = 0', r"`int` >= 1 - at `\$.epochs`"),
        ('network = "tiny"\n[augment]\nrotate = 3', "unknown field `rotate`"),
        ("epochs = 3", "missing required field `network`"),
        ("epochs =", "Invalid"),
    ],
)
def test_a_wrong_recipe_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The message names the key and the file."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)

    assert str(path) in str(caught.value)


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    """The error lists the recipes that ship."""
    with pytest.raises(
        FileNotFoundError, match=r"expected a recipe \(accurate, .*fast, .*\) or a .toml file, found quick"
    ):
        load_recipe("quick")
