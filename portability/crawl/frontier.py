"""URLs in as pages link to them, the next one to ask for out, within limits; what is left out is told."""

from __future__ import annotations

from collections import Counter, deque

from portability.crawl.urls import LOGOUT, fits, folder, forgery_token, is_file, shape
from portability.model import Skipped


class Frontier:
    """What is still to be asked for: pages, scripts and style sheets first, then pictures, logging out last.

    `most` is how many URLs are given out, `alike` how many of one shape. A link that carries a token
    against forgery acts (it deletes, approves, switches off), so it is not given out.
    """

    def __init__(self, most: int, alike: int, skip: tuple[str, ...]) -> None:
        self._left = most
        self._most = most
        self._alike = alike
        self._skip = skip
        self._seen: set[str] = set()
        self._shapes: Counter[str] = Counter()
        self._listed: Counter[str] = Counter()
        self._waiting: tuple[deque[str], deque[str], deque[str]] = (deque(), deque(), deque())
        self._globs: dict[str, str] = {}
        self._acting: Counter[str] = Counter()
        self._beyond = 0

    def add(self, url: str, listed: bool = False, named: bool = False, first: bool = False) -> None:
        """Takes a URL that is not yet known; of those that a sitemap has `listed`, some of each folder.

        What people `named` in the settings is given out whatever it does, what is `first` before the rest.
        """
        if listed and url not in self._seen:
            self._listed[folder(url)] += 1
            if self._listed[folder(url)] > self._alike:
                return
        if not self._new(url):
            return
        token = "" if named else forgery_token(url)
        if token:
            self._acting[token] += 1
            return
        self._shapes[shape(url)] += 1
        if self._shapes[shape(url)] <= self._alike:
            waiting = self._waiting[2 if fits(url, LOGOUT) else is_file(url)]
            (waiting.appendleft if first else waiting.append)(url)

    def claim(self, url: str) -> bool:
        """Whether a URL that a redirect leads to is to be asked for at once."""
        if not self._new(url):
            return False
        self._shapes[shape(url)] += 1
        self._beyond += self._left < 1
        return self._spend()

    def take(self) -> str | None:
        """The next URL; None when there is none or enough were taken."""
        for waiting in self._waiting:
            if waiting:
                return waiting.popleft() if self._spend() else None
        return None

    def _spend(self) -> bool:
        """Counts one URL more; whether there was room for it."""
        self._left = max(self._left - 1, -1)
        return self._left >= 0

    def _new(self, url: str) -> bool:
        if not url or url in self._seen:
            return False
        self._seen.add(url)
        glob = fits(url, self._skip)
        if glob:
            self._globs.setdefault(glob, url)
        return not glob

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was known of and not given out."""
        found = [Skipped(url, f"fits {glob} of the settings' skip") for glob, url in self._globs.items()]
        for token, count in self._acting.items():
            noun = "1 link that carries" if count == 1 else f"{count} links that carry"
            words = "such a link may change something; what is to be walked is named under crawl.start"
            found.append(Skipped(f"{noun} {token}", words))
        for like, count in self._shapes.items():
            if count > self._alike:
                found.append(
                    Skipped(f"{count - self._alike} like {like}", "enough pages of that kind were seen")
                )
        for place, count in self._listed.items():
            if count > self._alike:
                words = f"a sitemap lists {count}, and enough of them were seen, if no page links to more"
                found.append(Skipped(f"{count - self._alike} below {place}", words))
        left = sum(map(len, self._waiting)) + self._beyond
        if left:
            found.append(Skipped(f"{left} URLs", f"the walk ends after {self._most}"))
        return tuple(found)
