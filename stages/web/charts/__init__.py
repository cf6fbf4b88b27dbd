"""Timelines as the page draws them."""
