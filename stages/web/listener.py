"""The socket the page is served from."""

import socket

from pipeline.errors import ConfigError


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ConfigError: The address is not this machine's, or the port is in use.
    """
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        # a restarted process gets its port back at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        if listener:
            listener.close()
        raise ConfigError(
            f"expected a free port on this machine, found that {host}:{port} cannot be used"
            f" ({error.strerror or error}), in web"
        ) from error
    return listener
