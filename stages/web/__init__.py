"""The web page: what cameras and recordings show, for people with a browser."""
