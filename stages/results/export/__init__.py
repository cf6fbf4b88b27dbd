"""Finished results as files of other programs, a module for each format."""
