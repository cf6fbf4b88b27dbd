"""The settings page and its forms."""
