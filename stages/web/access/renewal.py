"""Keeps the self-signed certificate of a page that runs for months valid."""

import logging
import ssl
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline.errors import ConfigError
from stages.web.access.certificate import fingerprint, is_valid_for_long, own_certificate

EVERY_S = 3600.0
"""Seconds between two looks at the certificate. The clock may also have been set since it was made."""

log = logging.getLogger(__name__)


class Renewal:
    """Replaces the certificate of a TLS context before its end; connections that are open keep the old one.

    Args:
        names: Host names of this machine.
        tls: The context.
        path: Its certificate.
        now: A clock, seconds; tests replace it.
    """

    def __init__(
        self, names: Iterable[str], tls: ssl.SSLContext, path: Path, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._names, self._tls, self._path = frozenset(names), tls, path
        self._now = now
        self._looked_s = now()
        self._failed = False

    def look(self) -> None:
        """Renew it, if a look is due and it will not be valid for long; the page continues where that fails."""
        if self._now() - self._looked_s < EVERY_S:
            return
        self._looked_s = self._now()
        if is_valid_for_long(self._path):
            return
        try:
            self._path = own_certificate(self._names)
            self._tls.load_cert_chain(self._path, self._path)
        except (ConfigError, OSError) as error:  # includes those of TLS
            if not self._failed:
                log.warning("the page's certificate cannot be renewed: %s", error)
            self._failed = True
        else:
            self._failed = False
            log.info("the page has a new self-signed certificate, SHA-256 %s", fingerprint(self._path))
