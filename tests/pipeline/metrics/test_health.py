"""The endpoint for monitoring."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from pipeline.errors import ConfigError
from pipeline.metrics.health import Health


class Signs:
    """What the endpoint asks."""

    healthy = True
    ready = False


@pytest.fixture
def served() -> Iterator[tuple[Signs, str]]:
    """Return an endpoint's signs and its URL."""
    registry = CollectorRegistry()
    Counter("frames", "Frames", registry=registry).inc(3)
    signs = Signs()
    health = Health("127.0.0.1:0", registry, lambda: signs.healthy, lambda: signs.ready)
    yield signs, f"http://127.0.0.1:{health.port}"
    health.close()


def get(url: str) -> tuple[int, str]:
    """Return status and text."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_are_text_for_prometheus(served: tuple[Signs, str]) -> None:
    """The text contains the counters by name."""
    status, text = get(served[1] + "/metrics")

    assert status == 200
    assert "frames_total 3.0" in text


def test_health_and_readiness_are_told_apart(served: tuple[Signs, str]) -> None:
    """A run that is still starting is healthy and not ready."""
    signs, url = served

    assert get(url + "/healthz")[0] == 200
    assert get(url + "/readyz")[0] == 503
    signs.ready = True
    assert get(url + "/readyz")[0] == 200
    assert get(url + "/secrets")[0] == 404


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1:x", "127.0.0.1:99999999", "203.0.113.1:1"])
def test_an_address_that_cannot_be_is_refused(listen: str) -> None:
    """One line names the key and the value."""
    with pytest.raises(ConfigError, match=r"\[metrics\] listen: expected a free address:port"):
        Health(listen, CollectorRegistry(), lambda: True, lambda: True)
