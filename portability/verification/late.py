"""Pages and what left while each was made in, the same with late packets at the page that sent them out.

PHP may go on after its answer is complete (a shutdown function, fastcgi_finish_request, MediaWiki's deferred
updates). What it sends then is counted while the next page is made. So an accused page is asked for again
with a pause around it; where nothing comes of that, or it is a step of a login, the page before it is. What
leaves meanwhile is told, too: nothing that was counted is dropped but what goes to a place that a page is
accused of already.
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
    accused.sort(key=lambda at: not _users(visits[at].page))

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

    def move(at: int, late: dict[Flow, int], alone: bool) -> None:
        """Gives what is late to the page before that sends it; `alone` says that this one sends it not."""
        before = _before(visits, at)
        theirs = sends(before) if before is not None else None
        moved = {flow: n for flow, n in late.items() if theirs and _place(flow) in theirs}
        if alone and len(moved) < len(late):
            found[at] = replace(found[at], doubt="it sent nothing there when it was asked for again, alone")
        if moved and before is not None:
            found[at] = replace(found[at], counts=_less(found[at].counts, moved))
            found[before] = replace(found[before], counts=_more(found[before].counts, moved))

    strangers = []
    for at in accused[:MOST]:
        own = sends(at)
        flows = visits[at].counts.flows.items()
        late = {flow: n for flow, n in flows if own is None or _place(flow) not in own}
        if not late:
            continue
        if _users(visits[at].page) and not _users_before(visits, at):
            strangers.append((at, late, own is not None))
        else:
            move(at, late, own is not None)
    for one in strangers:
        move(*one)
    return found


def _users(page: Page) -> bool:
    """Whether it is a page of the user's session, which ends when a stranger's page is asked for again."""
    return page.logged_in and not page.login


def _before(visits: Sequence[Visit], at: int) -> int | None:
    """The last page before it that can be asked for again; None for none, or where that session has ended."""
    for before in range(at - 1, -1, -1):
        if visits[before].page.repeatable:
            return before if _users(visits[at].page) or not _users(visits[before].page) else None
    return None


def _users_before(visits: Sequence[Visit], at: int) -> bool:
    before = _before(visits, at)
    return before is not None and _users(visits[before].page)


def _place(flow: Flow) -> object:
    return (flow.address, flow.protocol, flow.port)


def _less(counts: Counts, moved: dict[Flow, int]) -> Counts:
    return replace(counts, flows={flow: n for flow, n in counts.flows.items() if flow not in moved})


def _more(counts: Counts, moved: dict[Flow, int]) -> Counts:
    flows = dict(counts.flows)
    for flow, packets in moved.items():
        flows[flow] = flows.get(flow, 0) + packets
    return replace(counts, flows=flows)
