"""Training a network on FER2013: data, recipes, training, evaluation, export."""
