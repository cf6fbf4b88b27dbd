"""What is kept for long, in one SQLite file."""
