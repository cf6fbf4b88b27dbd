"""The cost of single steps in isolation."""
