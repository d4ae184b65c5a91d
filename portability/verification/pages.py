"""The sites in, a check of each page out: what it says, what left meanwhile, if it can do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from portability.asking.resolver import addresses_of
from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.crawl import Crawler, Leak, Page, Weight, origin
from portability.guard import Counts
from portability.model import Category, Scalar
from portability.settings.project import Settings
from portability.settings.replica import Address
from portability.values import environments
from portability.values.thirdparties import READ_ONLY
from portability.verification import denied, egress, late, values
from portability.verification.late import Visit
from portability.verification.log import Log
from portability.verification.sites import Standing
from portability.verification.windows import Windows

_NOWHERE = "no file of the project holds it: it may come from the database, a cache or the server's settings"
SHOWN = 4
"""Leaks of one page that its check names."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Every page of a walk, the checks of them, and the crawler that can ask for them again."""

    crawler: Crawler
    first: str
    pages: tuple[Page, ...] = ()
    checks: tuple[Check, ...] = ()


def observe(
    settings: Settings,
    held: Mapping[str, Scalar],
    standing: Sequence[Standing],
    territory: Territory,
    windows: Windows,
    log: Log,
) -> Walk:
    """Walks through all pages, one after the other, each in a window of its own."""
    crawl = settings.verifying.crawl
    form = values.resolved(crawl.login.form, held, settings, "crawl.login.form") if crawl.login else {}
    log.hide(values.secret(crawl.login.form if crawl.login else {}, form))
    origins = [origin(site.scheme, site.host) for site in standing]
    crawler = Crawler(origins, crawl, territory, _resolve, form, secrets=log.hidden)
    walk = Walk(crawler, standing[0].url)
    if not log.wants(Area.PAGE, "*"):
        return walk
    visits, checks = [], []
    shareable = _shareable(settings)
    for page, counts in _windowed(crawler.walk(), windows):
        visits.append(Visit(page, counts))
        told = windows.check(*_named(page, counts, walk.first))
        checks.append(_check(visits[-1], told, windows, shareable))
    for at, visit in enumerate(late.settled(visits, crawler.again, windows.cut)):
        if visit != visits[at]:
            told = egress.check(*_named(visit.page, visit.counts, walk.first), territory, windows.places)
            checks[at] = _check(visit, told, windows, shareable)
    pages = [visit.page for visit in visits]
    if not pages:
        checks.append(Check(Area.PAGE, "pages", Result.INCONCLUSIVE, reason="there was no page to walk to"))
    log.notes += [f"not walked: {one.what}: {one.reason}" for one in crawler.skipped]
    log.notes += _mentions(pages, walk.first)
    log.notes += _unsteady(pages, walk.first)
    return replace(walk, pages=tuple(pages), checks=tuple(checks))


def enforced(walk: Walk, windows: Windows, log: Log) -> Iterator[Check]:
    """The same pages while production is refused: a check for each that no longer works, or one for all."""
    if not log.wants(Area.ENFORCED, "pages") or not walk.pages:
        return
    windows.guard.enforce()
    before = {_key(page): page for page in walk.pages}
    failed, asked, unsteady = 0, 0, []
    for page, counts in _windowed(walk.crawler.replay(walk.pages), windows):
        asked += 1
        known = before.get(_key(page))
        if page.before and _well(page) and not counts.flows:
            unsteady.append(page)
        elif known is not None and _well(known) and (page.before or not _well(page)):
            failed += 1
            yield _broken(page, known, counts, walk.first, windows)
    log.notes += _unsteady(unsteady, walk.first)
    if asked < len(walk.pages):
        reason = f"only {asked} of {len(walk.pages)} pages could be asked for again"
        yield Check(Area.ENFORCED, "pages", Result.INCONCLUSIVE, reason=reason)
    elif not failed:
        found = f"{asked} pages do without production"
        yield Check(Area.ENFORCED, "pages", Result.PASS, found=found)


def _resolve(host: str) -> Sequence[Address]:
    return sorted(addresses_of(host), key=lambda one: (one.version, one.packed))


def _windowed(pages: Iterator[Page], windows: Windows) -> Iterator[tuple[Page, Counts]]:
    """Each page with what left while it was made."""
    while True:
        page, counts, _ = windows.during(partial(next, pages, None))
        if page is None:
            return
        yield page, counts


def _shareable(settings: Settings) -> frozenset[str]:
    """The keys of third parties that an environment may share with production."""
    found = (environments.load_keys(part) for part in environments.applied(settings))
    return frozenset(
        name
        for keys in found
        for name, info in keys.items()
        if info.category == Category.THIRD_PARTY and info.service in READ_ONLY
    )


def _named(page: Page, counts: Counts, first: str) -> tuple[Area, str, Counts]:
    return Area.PAGE, _name(page, first), counts


def _check(visit: Visit, check: Check, windows: Windows, shareable: frozenset[str]) -> Check:
    """What a page comes to: what left, what it names, how it ended; the worst of them first."""
    page = visit.page
    check = replace(check, milliseconds=page.milliseconds, reason=visit.doubt or check.reason)
    active = [leak for leak in page.leaks if leak.weight is Weight.ACTIVE]
    if active:
        found = "; ".join(filter(None, (check.found, *map(_told, active[:SHOWN]))))
        more = len(active) - SHOWN
        places = [place for leak in active for place in windows.places(leak.what, page.name)]
        return replace(
            check,
            result=Result.FAIL,
            expected=check.expected or "no address of production's in the answer",
            found=found + (f"; and {more} more" if more > 0 else ""),
            reason="; ".join(
                (
                    *((visit.doubt,) if visit.doubt else ()),
                    *_known(active),
                    *_third_parties(active, shareable),
                    *(() if places or check.places else (_NOWHERE,)),
                )
            ),
            places=tuple(dict.fromkeys((*check.places, *places))),
            production=True,
        )
    if check.result is Result.FAIL:
        return check
    if page.status >= 500:
        return replace(check, result=Result.FAIL, expected="an answer below 500", found=page.error)
    if page.error or page.undecided:
        return replace(
            check, result=Result.INCONCLUSIVE, reason=f"it {page.error}" if page.error else page.undecided
        )
    return check


def _broken(page: Page, known: Page, counts: Counts, first: str, windows: Windows) -> Check:
    check = windows.check(Area.ENFORCED, _name(page, first), counts, ms=page.milliseconds)
    return replace(
        check,
        result=Result.FAIL,
        expected=f"it answers {known.status} without production too",
        found="; ".join(filter(None, (page.error or page.before or f"answered {page.status}", check.found))),
    )


def _told(leak: Leak) -> str:
    times = f" ({leak.times} times)" if leak.times > 1 else ""
    return f"{leak.where}: {leak.text or leak.what}{times}"


def _known(leaks: Sequence[Leak]) -> tuple[str, ...]:
    """What the inventory says of them: whose they are, and what the replica has instead."""
    told = dict.fromkeys(leak.told for leak in leaks if leak.told.startswith(denied.INVENTORY))
    return tuple(told)[:SHOWN]


def _third_parties(leaks: Sequence[Leak], shareable: frozenset[str]) -> Iterator[str]:
    """What can be said of a third party that pages may go on naming."""
    for key in dict.fromkeys(leak.told for leak in leaks if leak.told in shareable):
        yield f"{key} is a third party's: if pages only link to it, its value may be {{shared: reason}}"


def _mentions(pages: Sequence[Page], first: str) -> list[str]:
    """A note of the pages that only speak of production, as a text for people."""
    speaking = [page for page in pages if page.leaks and not page.leaking]
    if not speaking:
        return []
    names = {leak.what for page in speaking for leak in page.leaks}
    shown = ", ".join(sorted(names)[:SHOWN])
    noun = "page mentions" if len(speaking) == 1 else "pages mention"
    return [
        f"{len(speaking)} {noun} production in text for people ({shown}), e.g. {_name(speaking[0], first)}"
    ]


def _unsteady(pages: Sequence[Page], first: str) -> list[str]:
    """A note of the pages that answered only when they were asked for again."""
    failed = [page for page in pages if page.before and _well(page)]
    return [
        f"{_name(page, first)} {page.before}, and was asked for again: then it answered" for page in failed
    ]


def _well(page: Page) -> bool:
    return not page.error and 0 < page.status < 500


def _key(page: Page) -> tuple[str, str, bool, bool]:
    return (page.method, page.url, page.logged_in, page.login)


def _name(page: Page, first: str) -> str:
    """The page as people know it: its path on the first site, with the host on any other."""
    path = page.name.removeprefix(first) if page.name.startswith(f"{first}/") else page.name
    marks = [mark for mark, holds in (("login", page.login), ("logged in", page.logged_in)) if holds]
    method = "" if page.method == "GET" else f"{page.method} "
    return f"{method}{path}" + (f" ({', '.join(marks)})" if marks else "")
