"""A replica's sites in, its pages one by one with what in them points at production out."""

from portability.crawl.finder import Finder, find
from portability.crawl.responses import Leak, Response, Weight

__all__ = ["Finder", "Leak", "Response", "Weight", "find"]
