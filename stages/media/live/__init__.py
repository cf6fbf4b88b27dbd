"""What only cameras need, which come, stall and go, and whose newest frame counts."""
