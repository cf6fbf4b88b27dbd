"""Zones of a camera: their editor, and their audience."""
