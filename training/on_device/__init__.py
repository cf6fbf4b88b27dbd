"""Steps of a training on its device, and how they are divided into calls."""
