"""What the kernel knows about TCP connections of this machine."""

from pathlib import Path

ESTABLISHED, KEEPALIVE = "01", "02"
"""State of a connection and kind of its timer, see proc_net_tcp.txt of Linux."""


def kept_alive(port: int) -> set[str]:
    """Return the ends of connections to a port of this machine about whose peer the kernel asks."""
    ends = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, own, peer, state, _, timer, *_ = line.split()
        if (state, timer[:2]) == (ESTABLISHED, KEEPALIVE):
            ports = int(own.partition(":")[2], 16), int(peer.partition(":")[2], 16)
            ends |= {end for end, one in zip(("listener", "caller"), ports, strict=True) if one == port}
    return ends
