"""What single steps cost, alone."""
