"""`emobot batch` and `emobot baseline`: recordings."""
