"""`emobot doctor`: checks of this machine."""
