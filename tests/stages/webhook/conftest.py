"""Fixtures for tests of webhooks."""

from tests.stages.webhook.hooks import hook

__all__ = ["hook"]  # a fixture
