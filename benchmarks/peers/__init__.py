"""Other programs on the same recording."""
