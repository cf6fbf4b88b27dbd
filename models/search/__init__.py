"""A search plan per camera: which part of a frame is searched for faces when, and by which network."""
