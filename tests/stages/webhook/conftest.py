"""Fixtures for tests of webhooks."""

from tests.support.hooks import hook

__all__ = ["hook"]  # a fixture
