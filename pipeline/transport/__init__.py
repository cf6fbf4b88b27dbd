"""Transport of frames, requests and events between processes: the only package that opens sockets."""
