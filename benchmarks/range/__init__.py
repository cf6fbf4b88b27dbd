"""How far the program sees: faces of chosen sizes in large frames."""
