"""Pages and what left while each was made in, the same with late packets at the page that sent them out.

PHP may go on after its answer is complete (a shutdown function, fastcgi_finish_request, MediaWiki's deferred
updates). What it sends then is counted while the next page is made. So an accused page is asked for again
with a pause around it; where nothing comes of that, or it is a step of a login, the pages before it are. What
leaves meanwhile is told, too: nothing that was counted is dropped but what goes to a place that a page is
accused of already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from portability.crawl import Page
from portability.guard import Counts, Flow

MOST = 6
"""How many accused pages are asked for again."""
BACK = 32
"""How many pages before an accused one are asked for again: all at once, then in halves."""
REACH = 2000.0
"""Milliseconds that a page's late work may begin after its answer."""
QUIET = 4
"""How many pauses are waited for what was asked before to be silent."""
PAUSE = 0.8
"""Seconds that a page has to send what it sends late."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page and what left while it was made; `doubt` is what speaks against it being this page's."""

    page: Page
    counts: Counts
    doubt: str = ""


@dataclass(slots=True)
class _Settling:
    """The visits as they are known so far, and how pages are asked for again."""

    found: list[Visit]
    again: Callable[[Page], bool]
    cut: Callable[[], Counts]
    wait: Callable[[float], object]
    known: set[object] = field(default_factory=set)

    def heard(self, at: int, doubt: str = "") -> set[object]:
        """The places that something left to; what no page is accused of yet is that page's."""
        self.wait(PAUSE)
        flows = self.cut().flows
        new = {flow: n for flow, n in flows.items() if _place(flow) not in self.known}
        if new:
            self.known.update(map(_place, new))
            page = self.found[at]
            self.found[at] = replace(page, counts=_more(page.counts, new), doubt=doubt or page.doubt)
        return {_place(flow) for flow in flows}

    def sends(self, pages: Sequence[int]) -> set[object] | None:
        """Where they send to when they are asked for again, one after the other; None if none can be."""
        asked = [at for at in pages if self.again(self.found[at].page)]
        doubt = f"it left while this and {len(asked) - 1} other pages were asked for again"
        return self.heard(asked[0], doubt if len(asked) > 1 else "") if asked else None

    def sender(self, pages: Sequence[int], places: set[object]) -> tuple[int, set[object]] | None:
        """The first of the pages that sends to one of the places, and to which: all, then halves of them."""
        seen = (self.sends(pages) or set()) & places
        if not seen:
            return None
        if len(pages) == 1:
            return pages[0], seen
        for _ in range(QUIET):
            if not self.heard(pages[0]) & seen:
                break  # Else a packet that is sent again would be taken for the first half's.
        half = len(pages) // 2
        return self.sender(pages[:half], seen) or self.sender(pages[half:], seen)

    def given(self, at: int, late: dict[Flow, int], pages: Sequence[int]) -> dict[Flow, int]:
        """Gives what is late to those before that send it; what is left."""
        while late and (sender := self.sender(pages, set(map(_place, late)))):
            before, places = sender
            moved = {flow: n for flow, n in late.items() if _place(flow) in places}
            self.found[at] = replace(self.found[at], counts=_less(self.found[at].counts, moved))
            self.found[before] = replace(self.found[before], counts=_more(self.found[before].counts, moved))
            late = {flow: n for flow, n in late.items() if flow not in moved}
        return late


def settled(
    visits: Sequence[Visit],
    again: Callable[[Page], bool],
    cut: Callable[[], Counts],
    wait: Callable[[float], object] = time.sleep,
) -> list[Visit]:
    """The visits in their order, each with what is its own.

    `again` asks for a page once more, and says whether it could; pages of a user come before those of a
    stranger, which end the session. `cut` gives what left since it was called last.
    """
    it = _Settling(list(visits), again, cut, wait)
    it.known = {_place(flow) for visit in visits for flow in visit.counts.flows}
    accused = [at for at, visit in enumerate(visits) if visit.counts.flows]
    accused.sort(key=lambda at: not _users(visits[at].page))
    if accused:
        it.heard(len(visits) - 1, f"it left within {PAUSE} s after this page, the last one")
    unexplained = []
    for at in accused[:MOST]:
        own = it.sends([at])
        flows = visits[at].counts.flows.items()
        late = {flow: n for flow, n in flows if own is None or _place(flow) not in own}
        if _users(visits[at].page):
            late = it.given(at, late, [one for one in _before(visits, at) if _users(visits[one].page)])
        unexplained.append((at, late, own is not None))
    for at, late, alone in unexplained:
        strangers = [one for one in _before(visits, at) if not _users(visits[one].page)]
        if it.given(at, late, strangers) and alone:
            words = "it sent nothing there when it was asked for again, alone"
            it.found[at] = replace(it.found[at], doubt=words)
    return it.found


def _users(page: Page) -> bool:
    """Whether it is a page of the user's session, which ends when a stranger's page is asked for again."""
    return page.logged_in and not page.login


def _before(visits: Sequence[Visit], at: int) -> Iterator[int]:
    """The pages before it whose late work may have been going on still, the last first."""
    since = visits[at].page.milliseconds
    left = BACK
    for before in range(at - 1, -1, -1):
        if not left or since > REACH:
            return
        if visits[before].page.repeatable:
            left -= 1
            yield before
        since += visits[before].page.milliseconds


def _place(flow: Flow) -> object:
    return (flow.address, flow.protocol, flow.port)


def _less(counts: Counts, moved: dict[Flow, int]) -> Counts:
    return replace(counts, flows={flow: n for flow, n in counts.flows.items() if flow not in moved})


def _more(counts: Counts, moved: dict[Flow, int]) -> Counts:
    flows = dict(counts.flows)
    for flow, packets in moved.items():
        flows[flow] = flows.get(flow, 0) + packets
    return replace(counts, flows=flows)
