"""A run: starts, watches, changes and stops its processes."""
