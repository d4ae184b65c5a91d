"""The paths of a project's files and an address in, whether the address leads to one of them out: pure.

`https://www.fans.example/shop/order.php` in a project with a file `shop/order.php` is its own site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_ROOT = re.compile(
    r"(?<![^/])(?:public|public_html|www|web|webroot|htdocs|html|httpdocs|docroot|site|src)/(?=[^/])"
)
_SCRIPT = re.compile(r"\.(?:php\d?|phtml|aspx?|jsp|cgi|pl)\Z", re.IGNORECASE)
_EVERYWHERE = re.compile(
    r"(?:index|login|search|home|about|contact|main|default|view|page|admin|test|config|register|"
    r"viewtopic|viewforum|wp-\w+|xmlrpc|download|downloads|news|links?|support|info|help)\."
)


class Pages:
    """The scripts of a project, known by the whole path below a web root, or by folder and name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._whole: set[str] = set()
        self._tails: set[tuple[str, ...]] = set()
        for path in paths:
            if _SCRIPT.search(path):
                first = _ROOT.match(path)
                roots = [first] if first else list(_ROOT.finditer(path))
                lower = path.lower()
                self._whole.add(lower)
                if roots:
                    self._whole.add(path[roots[-1].end() :].lower())
                parts = lower.split("/")
                if len(parts) > 1:
                    self._tails.add((parts[-2], parts[-1]))

    def holds(self, path: str) -> bool:
        """Whether an address's path (from its first slash on) is that of a script of the project."""
        return bool(self.held(path))

    def held(self, path: str) -> str:
        """The script of the project that an address's path leads to, '' if it is none."""
        plain = script(path)
        return plain if self.knows(plain) else ""

    def knows(self, plain: str) -> bool:
        """Whether that is a script of the project; see `script`."""
        return plain in self._whole or tuple(plain.split("/")[-2:]) in self._tails


@lru_cache(maxsize=2)
def pages(paths: tuple[str, ...]) -> Pages:
    """The scripts of a project; asked for several times in a scan, about the same files."""
    return Pages(paths)


def script(path: str) -> str:
    """The script that an address's path leads to; '' for none, or for one that every site has."""
    plain = re.split(r"[?#;]", path, maxsplit=1)[0].strip("/").lower()
    is_one = _SCRIPT.search(plain) and not _EVERYWHERE.match(plain.rpartition("/")[2])
    return plain if is_one else ""
