"""A replica's sites in, its pages one by one with what in them points at production out."""

from portability.crawl.crawler import Crawler
from portability.crawl.finder import Finder, find
from portability.crawl.responses import Leak, Response, Weight
from portability.crawl.urls import Origin, origin
from portability.crawl.visitor import Page, Resolve

__all__ = ["Crawler", "Finder", "Leak", "Origin", "Page", "Resolve", "Response", "Weight", "find", "origin"]
