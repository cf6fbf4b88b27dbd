"""What only network cameras need."""
