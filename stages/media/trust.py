"""Trusted certificates of a server that this program connects to."""

import ssl
from pathlib import Path

from pipeline.errors import InputError
from pipeline.stage import Stage


class TlsClient(Stage):
    """A stage that connects to a server.

    Args:
        ca: PEM file with the certificate of the authority that signed the server's; empty: the authorities this
            machine trusts.
        verify_tls: Refuse a server whose certificate no trusted authority signed. With `false` a third party on the
            network can impersonate the server.
    """


def trust(ca: str, *, verify_tls: bool) -> ssl.SSLContext:
    """Return the TLS settings of a connection.

    Args:
        ca: A PEM file with the trusted authorities' certificates; "": those this machine trusts.
        verify_tls: Whether the server's certificate is verified.

    Raises:
        InputError: The file does not exist or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:  # includes ssl.SSLError, for a broken file
        found = "nothing" if not Path(ca).is_file() else "none"
        raise InputError(f"expected certificates in PEM, found {found}: {ca}") from error
    if not verify_tls:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
