"""URLs that are accepted, and addresses that are not reached."""

import socket
from typing import Any

import pytest

from pipeline.errors import ConfigError
from stages.webhook.address import addresses, is_link_local, parse_endpoint, refuse_link_local


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("https://example.org", "https://example.org", "/"),
        ("https://example.org:443/a?b=c", "https://example.org", "/a?b=c"),
        ("http://EXAMPLE.org:8080/a%20b c/ü", "http://example.org:8080", "/a%20b%20c/%C3%BC"),
        ("http://[::1]:8080/x", "http://[::1]:8080", "/x"),
        ("https://bücher.example/@x", "https://xn--bcher-kva.example", "/@x"),
        ("http://127.0.0.1/?url=http://a/b", "http://127.0.0.1", "/?url=http://a/b"),
        ("http://a/b\r\nHost: c", "http://a", "/bHost:%20c"),
    ],
)
def test_urls_are_parsed(url: str, origin: str, target: str) -> None:
    """Host in ASCII, port only if needed, path and query quoted."""
    endpoint = parse_endpoint(url)

    assert (endpoint.origin, endpoint.target) == (origin, target)


@pytest.mark.parametrize(
    "url",
    ["", "example.org/s3cret", "ftp://example.org/s3cret", "https://", "https:///s3cret", "https://a..b/s3cret"]
    + ["https://a:99999/s3cret", "https://a:0/s3cret", "https://me:s3cret@a/", "me:s3cret@a", "https://a/s3cret#b"]
    + ["https://[::1/s3cret", "https://[x]/s3cret", "https://a b/s3cret", "https://a\\b/s3cret", "//a/s3cret"]
    + ["https://a'b/s3cret", f"https://{'a' * 70}/s3cret", "HTTPS//a/s3cret"],
)
def test_malformed_urls_are_refused(url: str) -> None:
    """In one line, which shows neither login nor path."""
    with pytest.raises(ConfigError, match="expected a URL such as https://") as refused:
        parse_endpoint(url)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


LINK_LOCAL = ["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"]
LINK_LOCAL += ["2002:a9fe:a9fe::1", "64:ff9b::169.254.169.254", "::169.254.169.254", "fe80::1%lo"]
OTHERS = ["127.0.0.1", "::1", "10.0.0.1", "8.8.8.8", "2001:db8::1", "::ffff:10.0.0.1", "fec0::1", "169.253.0.1", "::"]


@pytest.mark.parametrize(("address", "expected"), [(a, True) for a in LINK_LOCAL] + [(a, False) for a in OTHERS])
def test_link_local_addresses_are_known_in_every_form(address: str, expected: bool) -> None:
    """Also those that hold an IPv4 address."""
    assert is_link_local(address) is expected


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[fe80::1]", "[fe80::1%25lo]", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe"]
    + ["0251.0376.0251.0376", "169.254.43518", "[::ffff:a9fe:a9fe]"],
)
def test_a_link_local_url_is_a_mistake(host: str) -> None:
    """In every notation that a socket accepts; no name server is asked."""
    with pytest.raises(ConfigError, match="expected no link-local address without allow_link_local = true"):
        refuse_link_local(parse_endpoint(f"http://{host}/"))
    refuse_link_local(parse_endpoint("http://no-such-name.invalid/"))
    refuse_link_local(parse_endpoint("http://127.0.0.1/"))


def test_a_name_that_leads_to_a_link_local_address_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its other addresses are; with the option all are."""
    found = ["169.254.169.254", "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [info(address) for address in found])
    endpoint = parse_endpoint("http://sly.example/")

    assert addresses(endpoint, allow_link_local=False) == [(socket.AF_INET, ("127.0.0.1", 80))]
    assert len(addresses(endpoint, allow_link_local=True)) == 2
    found.pop()
    with pytest.raises(OSError, match=r"169.254.169.254 is link-local"):
        addresses(endpoint, allow_link_local=False)


def info(address: str) -> Any:
    """Return an entry as from a name server."""
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)
