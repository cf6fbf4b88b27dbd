"""Comparison with other programs on the same recording."""
