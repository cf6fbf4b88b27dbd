"""NATS: the connection to a server, and the events that it keeps."""
