"""Training data: images, votes, targets, distillation banks."""
