"""Decoding with GStreamer."""
