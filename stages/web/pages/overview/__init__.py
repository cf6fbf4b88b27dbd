"""The pages that show all cameras at once."""
