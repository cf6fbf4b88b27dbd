"""The run: its processes, from their start to their end, and changes while it goes on."""
