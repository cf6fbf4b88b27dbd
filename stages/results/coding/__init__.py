"""Readers of what human coders annotated, one per format."""
