"""Posts a batch to a receiver and returns its answer; nothing that the receiver does raises."""

import email.utils
import hashlib
import hmac
import logging
import ssl
import time
from dataclasses import dataclass, replace
from datetime import UTC

import httpcore

from pipeline.foreign import one_line
from stages.delivery.answer import Answer
from stages.webhook.address import Endpoint, addresses
from stages.webhook.connection import MOST_READ, Connector, Deadline

MOST_REDIRECTS = 3
"""Redirects followed in a row."""
REDIRECTS = (307, 308)
"""Status codes of redirects that keep the method and the body."""

# at level debug it would log the path, which may hold a token
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """A receiver of webhooks.

    Attributes:
        endpoint: Where it listens.
        content_type: Media type of the bodies.
        tls: Trusted certificates, for https.
        secret: Key of the signature; empty: no signature.
        timeout_s: Seconds until a request with its redirects must have ended, but for the look-up of the name.
        allow_link_local: Whether its address may be link-local.
    """

    endpoint: Endpoint
    content_type: str
    tls: ssl.SSLContext | None = None
    secret: bytes = b""
    timeout_s: float = 10.0
    allow_link_local: bool = False

    def post(self, body: bytes) -> Answer:
        """Post a body; return the last answer, of status 0 if there was none."""
        endpoint = self.endpoint
        try:
            reachable = addresses(endpoint, allow_link_local=self.allow_link_local)
            deadline = Deadline(self.timeout_s)
            for _ in range(1 + MOST_REDIRECTS):
                answer, location = self._post(endpoint, body, Connector(reachable, deadline))
                if not 300 <= answer.status < 400:
                    return answer
                there = endpoint.leads_to(location)
                answer = replace(answer, why=f"{answer.why}, a redirect to {there.origin if there else 'nowhere'}")
                if answer.status not in REDIRECTS or there is None or there.origin != endpoint.origin:
                    return answer
                endpoint = there
        except httpcore.RemoteProtocolError as error:
            return Answer(
                kind="RemoteProtocolError", why=f"expected an answer in HTTP/1.1, found {one_line(str(error))}"
            )
        except Exception as error:  # a border: whatever the network and the receiver do
            return Answer(kind=type(error).__name__, why=one_line(str(error) or type(error).__name__))
        return replace(answer, why=f"it redirects more than {MOST_REDIRECTS} times")

    def _post(self, endpoint: Endpoint, body: bytes, connector: Connector) -> tuple[Answer, str]:
        """Return the answer of one request, and where a redirect leads."""
        url = httpcore.URL(
            scheme=endpoint.scheme, host=endpoint.host, port=endpoint.port, target=endpoint.target.encode()
        )
        headers: dict[str | bytes, str | bytes] = {
            "Host": endpoint.authority,
            "Content-Type": self.content_type,
            "Content-Length": str(len(body)),
            "User-Agent": "Emobot",
            "Connection": "close",
        }
        if self.secret:
            headers["Emobot-Signature"] = sign(self.secret, int(time.time()), body)
        with (
            httpcore.ConnectionPool(ssl_context=self.tls, network_backend=connector) as pool,
            pool.stream("POST", url, headers=headers, content=body) as response,
        ):
            found = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            text = _beginning(response) if response.status >= 400 else ""
        answer = Answer(
            status=response.status,
            kind=str(response.status),
            why=f"it answers {response.status}" + (f": {text}" if text else ""),
            retry_after_s=retry_after(found.get("retry-after", ""), time.time()),
        )
        return answer, found.get("location", "")


def sign(secret: bytes, timestamp: int, body: bytes) -> str:
    """Return the signature of a body: `t=TIMESTAMP,v1=HEX`, an HMAC-SHA256 of `TIMESTAMP.BODY`.

    Args:
        secret: The key.
        timestamp: Time of the request, UNIX seconds.
        body: The body as sent.
    """
    signed = hmac.new(secret, str(timestamp).encode() + b"." + body, hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"


def retry_after(value: str, now_s: float) -> float:
    """Return the seconds that a Retry-After header asks for; 0 for none and for one that cannot be read.

    Args:
        value: Seconds or a date, as in RFC 9110, section 10.2.3.
        now_s: Present time, UNIX seconds.
    """
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        date = email.utils.parsedate_to_datetime(value)
        # the obsolete forms of dates name no time zone: theirs is Greenwich's
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now_s)
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0


def _beginning(response: httpcore.Response) -> str:
    """Return the beginning of an answer's body as one line, as far as it comes in time."""
    read = b""
    try:
        for chunk in response.iter_stream():
            read += chunk
            if len(read) >= MOST_READ:
                break
    except Exception:  # the status has arrived, which is what counts
        pass
    return one_line(read[:MOST_READ].decode("utf-8", "replace").strip())
