"""A search plan per camera: on which part of a frame face detection runs when, and with which network."""
