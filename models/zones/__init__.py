"""Zones and lines of a frame: who is in a zone, and who crosses a line."""
