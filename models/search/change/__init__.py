"""Which parts of a frame have changed, and which were calm before."""
