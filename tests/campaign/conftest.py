"""The fixtures of the campaign's tests."""

from tests.campaign.loading import ground, site

__all__ = ["ground", "site"]
