"""Makes the network of a recipe: its layers, the weights it starts from, its optimizer."""

from typing import Any

from models.cards import Card
from models.networks import NETWORKS, ONE_SIZE, import_keras
from training.recipe import Recipe, RecipeError


def make_network(recipe: Recipe, heads: tuple[str, ...], policy: str, *, any_size: bool = False) -> Any:
    """Return the recipe's network, not compiled.

    Args:
        recipe: The recipe.
        heads: Its outputs.
        policy: Keras policy of its layers.
        any_size: Whether it accepts images of any size.

    Raises:
        RecipeError: There is no such network, or it does not accept the options.
    """
    keras = import_keras()
    if recipe.network not in NETWORKS:
        raise RecipeError(f"expected one of the networks {', '.join(NETWORKS)}, found {recipe.network}")
    if any_size and recipe.network in ONE_SIZE:
        raise RecipeError(
            f"expected small_epochs to be 0 for the network {recipe.network}, which accepts a single image size, "
            f"found {recipe.small_epochs}"
        )
    sizes = {"size": None} if any_size else {}
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return NETWORKS[recipe.network](heads=heads, **recipe.options, **sizes)
    except (TypeError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise RecipeError(f"expected options of the network {recipe.network}, found: {first}") from None
    finally:
        keras.config.set_dtype_policy(before)


def begin_with(network: Any, card: Card) -> None:
    """Copy a trained network's weights; exported networks have two more layers per head, without weights.

    Raises:
        RecipeError: It is another network.
    """
    weights = import_keras().models.load_model(card.weights, compile=False).get_weights()
    expected, found = ([value.shape for value in values] for values in (network.get_weights(), weights))
    if expected != found:
        raise RecipeError(f"expected to start from a network like the recipe's, found another, in {card.weights}")
    network.set_weights(weights)


def make_optimizer(model: Any, recipe: Recipe, heads: tuple[str, ...]) -> tuple[Any, dict[str, float]]:
    """Return the recipe's optimizer, built for a network, and the weight of each head's loss."""
    keras = import_keras()
    kind: dict[str, tuple[type, dict[str, Any]]] = {
        "sgd": (keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}),
        "adam": (keras.optimizers.Adam, {}),
        "adamw": (keras.optimizers.AdamW, {}),
    }
    optimizer, options = kind[recipe.optimizer]
    made = optimizer(
        recipe.learning_rate, weight_decay=recipe.weight_decay or None, global_clipnorm=recipe.clip_norm, **options
    )
    if recipe.weight_decay:
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if recipe.precision == "mixed_float16":
        made = keras.optimizers.LossScaleOptimizer(made)
    made.build(model.trainable_variables)
    weights = {"fer2013": 1.0, "ferplus": recipe.ferplus_weight}
    return made, {head: weights[head] for head in heads}
