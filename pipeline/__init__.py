"""The core: processes, links and messages. Frames and faces are data to it; it imports no camera or network code."""
