"""The web page: cameras and recordings in a browser."""
