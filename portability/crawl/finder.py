"""A response and a territory in, what in its headers and body points at production out.

Nothing here asks the network. A body is searched with every escape undone (see unescaping), then what
its base64 runs hold; only where something is found is the page taken apart to name the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from portability.asking.territory import Territory
from portability.crawl.encoded import Decoded
from portability.crawl.masking import cookie, excerpt
from portability.crawl.matching import Hit, Matcher
from portability.crawl.places import Place, Places, unread
from portability.crawl.responses import Leak, Response, Weight
from portability.crawl.unescaping import unescape
from portability.model import Skipped

_DEEPEST = 3
"""How many base64 encodings inside each other are undone."""

_DOMAIN = re.compile(r";\s*domain\s*=([^;]*)", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+%-]@$")
_LOGIN = re.compile(r"//[^\s/\"'<>]*@$")
_LONGEST_MAIL = 200


@dataclass(frozen=True, slots=True)
class _Found:
    """A hit in `text`, which came from characters `start` on of the text that was searched."""

    hit: Hit
    text: str
    start: int
    encoded: bool = False
    shown: str = ""

    def mentioned(self, place: Place) -> bool:
        """Whether it is an e-mail address, or a host without a URL where such a one is only read."""
        before = self.text[max(0, self.hit.start - _LONGEST_MAIL) : self.hit.start]
        if before.endswith("//") or (before.endswith("@") and _LOGIN.search(before)):
            return False
        read = self.hit.host and place.bare is Weight.MENTION
        return read or bool(before.endswith("@") and _MAIL.search(before))

    def excerpt(self, secrets: Sequence[str]) -> str:
        """What stands around it, credentials masked."""
        if self.shown:
            return excerpt(self.shown, 0, 0, secrets)
        return excerpt(self.text, self.hit.start, self.hit.end, secrets)


class Finder:
    """Looks for one territory's production in responses; `secrets` are told in no excerpt."""

    def __init__(self, territory: Territory, secrets: Sequence[str] = ()) -> None:
        self._matcher = Matcher(territory)
        self._secrets = secrets

    @property
    def unsearched(self) -> tuple[Skipped, ...]:
        """What of production can't be looked for in pages, and why."""
        return self._matcher.unsearched

    def find(self, response: Response) -> tuple[Leak, ...]:
        """The leaks of a response, those of the headers first; equal ones are counted, not repeated."""
        leaks: dict[tuple[str, str, Weight], Leak] = {}
        for found, place in (*self._in_headers(response), *self._in_body(response)):
            where = f"{place.where} (base64)" if found.encoded else place.where
            weight = Weight.MENTION if found.mentioned(place) else place.weight
            key = (found.hit.what, where, weight)
            known = leaks.get(key)
            if known is None:
                leaks[key] = Leak(found.hit.what, where, found.excerpt(self._secrets), weight, found.hit.told)
            else:
                leaks[key] = replace(known, times=known.times + 1)
        return tuple(leaks.values())

    def _in_headers(self, response: Response) -> Iterator[tuple[_Found, Place]]:
        for name, value in response.headers:
            for found in self._search(value):
                if name.lower() != "set-cookie":
                    yield found, Place(f"header {name}", Weight.ACTIVE)
                    continue
                domain = _DOMAIN.search(value)
                inside = domain is not None and domain.start(1) <= found.start < domain.end(1)
                where = f"header {name}" + (" Domain" if inside else "")
                yield replace(found, shown=cookie(value)), Place(where, Weight.ACTIVE)

    def _in_body(self, response: Response) -> Iterator[tuple[_Found, Place]]:
        if unread(response) or not response.body:
            return
        text = response.text
        places: Places | None = None
        for found in self._search(text):
            places = places or Places(response, text)
            yield found, places.at(found.start)

    def _search(self, text: str, depth: int = 0) -> Iterator[_Found]:
        """Every hit in a text and in what its base64 runs hold."""
        plain = unescape(text)
        for hit in self._matcher.hits(plain.text):
            yield _Found(hit, plain.text, plain.origin(hit.start))
        if depth == _DEEPEST:
            return
        decoded = Decoded(plain.text)
        if decoded.text:
            for found in self._search(decoded.text, depth + 1):
                run = decoded.run(found.start)
                yield replace(found, start=plain.origin(run[0]), encoded=True)


def find(response: Response, territory: Territory) -> tuple[Leak, ...]:
    """The leaks of one response; for many, make a Finder once."""
    return Finder(territory).find(response)
