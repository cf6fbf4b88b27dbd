"""Measures how well a human coder and Emobot agree."""
