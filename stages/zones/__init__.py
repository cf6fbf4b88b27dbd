"""Zones and lines in the frames of a camera, for the outputs that report them."""
