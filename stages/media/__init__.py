"""Video in and out: GStreamer where it is installed, OpenCV where it is not, Pillow for GIF."""
