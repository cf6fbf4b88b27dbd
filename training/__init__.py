"""From FER2013 to a network and its card: data, recipes, training, evaluation, export."""
