"""Recordings, one after the other, and what becomes of them."""
