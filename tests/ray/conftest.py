"""A program as a user starts it."""

from tests.e2e.conftest import start

__all__ = ["start"]  # a fixture
