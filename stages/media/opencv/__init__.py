"""Decoding with OpenCV."""
