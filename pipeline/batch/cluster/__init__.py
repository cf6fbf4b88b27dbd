"""Recordings on many machines, by Ray: the driver, a task for each recording, and the processes on a node."""
