"""`emobot camera`: find cameras, and change those of a run."""
