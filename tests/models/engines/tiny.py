"""A small network for tests of engines."""

SIZE = 24
LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
