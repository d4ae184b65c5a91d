"""The replica's sites in, its pages with their frames and who sees them out, by a walk through all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from portability.asking.resolver import addresses_of
from portability.asking.territory import Territory
from portability.crawl import Crawler, Response, origin
from portability.crawl.links import forms
from portability.crawl.markup import Kind, parts
from portability.crawl.urls import Origin
from portability.errors import NothingExamined
from portability.inventory.recorded import recorded
from portability.settings.crawl import Crawl
from portability.settings.project import Settings
from portability.settings.replica import Address
from portability.values import parts as release
from portability.verification import frontier, sites, values


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the first site: its path, its frames (site's name, path), if a login is needed."""

    path: str
    frames: tuple[tuple[str, str], ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """The pages of the first site, and whether the login's form has hidden fields that must be sent along."""

    pages: tuple[Found, ...] = ()
    form: bool = False


@dataclass(slots=True)
class _Frames:
    """The URLs of the frames of each page, and whether a form such as the login's has hidden fields."""

    login: Collection[str]
    of: dict[str, list[str]] = field(default_factory=dict)
    hidden: bool = False

    def take(self, response: Response) -> None:
        if self.login and not self.hidden:
            self.hidden = any(one.hidden and one.fields.keys() >= set(self.login) for one in forms(response))
        if "html" not in response.header("Content-Type").lower():
            return
        found = [
            urljoin(response.url, part.attribute("src"))
            for part in parts(response.text)
            if part.kind is Kind.TAG and part.tag in ("iframe", "frame") and part.attribute("src")
        ]
        self.of[response.url] = list(dict.fromkeys(found))


def survey(whole: Settings, name: str, application: str = "") -> Survey:
    """The pages of the environment's replica; it runs on the replica's machine, and asks nobody else."""
    released, held = release.of(whole, application, name)
    settings = released[0]
    territory = frontier.territory(settings, name, parts=released, known=recorded(whole, name))
    standing, wrong = sites.standing(settings.verifying.sites, held, settings, territory, addresses_of)
    if not standing:
        hint = "; ".join(one.reason for one in wrong if one.reason)
        raise NothingExamined("no site of the application stands on the replica", str(settings.file), hint)
    crawl = settings.verifying.crawl
    form = values.resolved(crawl.login.form, held, settings, "crawl.login.form") if crawl.login else {}
    hosts = {site.host.lower(): site.name for site in standing}
    origins = [origin(site.scheme, site.host) for site in standing]
    return walked(origins, hosts, crawl, territory, _resolve, form)


def walked(
    origins: Sequence[Origin],
    hosts: Mapping[str, str],
    crawl: Crawl,
    territory: Territory,
    resolve: Callable[[str], Sequence[Address]],
    form: Mapping[str, str],
) -> Survey:
    """What a walk through the sites shows; `hosts` names them, and the first is that of the pages."""
    frames = _Frames(tuple(form))
    crawler = Crawler(origins, crawl, territory, resolve, form, heard=frames.take)
    first = origins[0].url
    public: set[str] = set()
    private: set[str] = set()
    for page in crawler.walk():
        known = page.status == 200 and page.url.startswith(first + "/") and page.url in frames.of
        if known and not page.login:
            (private if page.logged_in else public).add(page.url)
    every = [(url, False) for url in sorted(public)] + [(url, True) for url in sorted(private - public)]
    found = (
        Found(url.removeprefix(first), tuple(_shown(frames.of[url], hosts)), needs) for url, needs in every
    )
    return Survey(tuple(found), frames.hidden)


def _shown(urls: Sequence[str], hosts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for url in urls:
        split = urlsplit(url)
        site = hosts.get((split.hostname or "").lower())
        if site:
            yield site, split.path + (f"?{split.query}" if split.query else "")


def _resolve(host: str) -> Sequence[Address]:
    return sorted(addresses_of(host), key=lambda one: (one.version, one.packed))
