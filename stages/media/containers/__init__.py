"""What containers of video say, where GStreamer does not."""
