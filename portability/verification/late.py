"""Pages and what left while each was made in, the same with late packets at the page that sent them out.

PHP may go on after its answer is complete (a shutdown function, fastcgi_finish_request, MediaWiki's deferred
updates). What it sends then is counted while the next page is made. So an accused page is asked for again
with a pause around it; where nothing comes of that, the page before it is. What leaves meanwhile is told,
too: nothing that was counted is dropped but what goes to a place that a page is accused of already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from portability.crawl import Page
from portability.guard import Counts, Flow

MOST = 6
"""How many accused pages are asked for again."""
PAUSE = 0.8
"""Seconds that a page has to send what it sends late."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page and what left while it was made; `doubt` is what speaks against it being this page's."""

    page: Page
    counts: Counts
    doubt: str = ""


def settled(
    visits: Sequence[Visit],
    again: Callable[[Page], bool],
    cut: Callable[[], Counts],
    wait: Callable[[float], object] = time.sleep,
) -> list[Visit]:
    """The visits in their order, each with what is its own.

    `again` asks for a page once more, and says whether it could; pages of a user come before those of a
    stranger. `cut` gives what left since it was called last.
    """
    found = list(visits)
    known = {_place(flow) for visit in visits for flow in visit.counts.flows}
    accused = [at for at, visit in enumerate(visits) if visit.counts.flows]
    accused.sort(key=lambda at: not visits[at].page.logged_in)

    def heard(at: int, doubt: str = "") -> set[object]:
        """The places that something left to; what no page is accused of yet is that page's."""
        wait(PAUSE)
        flows = cut().flows
        new = {flow: n for flow, n in flows.items() if _place(flow) not in known}
        if new:
            known.update(map(_place, new))
            page = found[at]
            found[at] = replace(page, counts=_more(page.counts, new), doubt=doubt or page.doubt)
        return {_place(flow) for flow in flows}

    def sends(at: int) -> set[object] | None:
        return heard(at) if again(visits[at].page) else None

    if accused:
        heard(len(visits) - 1, f"it left within {PAUSE} s after this page, the last one")

    for at in accused[:MOST]:
        own = sends(at)
        late = {
            flow: n
            for flow, n in visits[at].counts.flows.items()
            if own is not None and _place(flow) not in own
        }
        if not late:
            continue
        before = at - 1
        theirs = sends(before) if before >= 0 and _alike(visits[before].page, visits[at].page) else None
        moved = {flow: n for flow, n in late.items() if theirs and _place(flow) in theirs}
        if len(moved) < len(late):
            found[at] = replace(found[at], doubt="it sent nothing there when it was asked for again, alone")
        if moved:
            found[at] = replace(found[at], counts=_less(found[at].counts, moved))
            found[before] = replace(found[before], counts=_more(found[before].counts, moved))
    return found


def _place(flow: Flow) -> object:
    return (flow.address, flow.protocol, flow.port)


def _alike(one: Page, other: Page) -> bool:
    return one.logged_in == other.logged_in


def _less(counts: Counts, moved: dict[Flow, int]) -> Counts:
    return replace(counts, flows={flow: n for flow, n in counts.flows.items() if flow not in moved})


def _more(counts: Counts, moved: dict[Flow, int]) -> Counts:
    flows = dict(counts.flows)
    for flow, packets in moved.items():
        flows[flow] = flows.get(flow, 0) + packets
    return replace(counts, flows=flows)
