"""The algorithms: arrays in, arrays out."""
