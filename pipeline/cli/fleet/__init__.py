"""`emobot fleet`: cameras that move between boxes."""
