"""Finished results of recordings: read, cut into episodes, exported."""
