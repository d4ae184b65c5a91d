"""A project's folder in; its files, findings, keys and decisions, as every command needs them, out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from portability import decisions as people
from portability import environments, rendering, templates
from portability.decisions import Choice, Decision
from portability.formats import detect
from portability.model import Category, Finding, Scalar, Skipped, Source, Span
from portability.naming import NamedKey, name_keys
from portability.resources import rules_folder
from portability.rulebook import Rulebook
from portability.rulebook import load as load_rules
from portability.scan import ScanResult, scan
from portability.settings import FILE_NAME, PRODUCTION, Settings
from portability.sources import Walk, walk

OWN_REPORTS = (b'{\n "portability": "plan",', b'{\n "version": 1,\n "findings": [')
"""How plans and reports begin; they hold production's values, and are no code of the project."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at the project gave.

    `result` holds the findings that count, each with its key; `accepted` those that people took into
    the baseline; `decisions` those in force, `stale` the entries that expired or answer no finding.
    """

    settings: Settings
    sources: Mapping[str, Source]
    result: ScanResult
    named: Mapping[str, NamedKey]
    accepted: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    stale: tuple[Decision, ...]

    def decided(self, choice: Choice) -> frozenset[str]:
        """The fingerprints that people decided so about."""
        return frozenset(d.fingerprint for d in self.decisions if d.decision is choice)

    def secrets(self) -> dict[str, list[Span]]:
        """Where credentials stand, by path: what no report may show."""
        found: dict[str, list[Span]] = {}
        unsure = [finding for finding in self.result.unsure if finding.value.kind != "user"]
        for finding in (*self.result.findings, *unsure, *self.accepted):
            if finding.value.secret:
                found.setdefault(finding.path, []).append(finding.span)
        return found


def rulebook(settings: Settings) -> Rulebook:
    """The shipped rules and the project's own, without those that are off."""
    extra = [settings.root / folder for folder in settings.rules.extra]
    return load_rules([rules_folder(), *extra], settings.rules.off)


def survey(settings: Settings, paths: Sequence[Path], today: date, rules: Rulebook | None = None) -> Survey:
    """Scans the project (or `paths` of it), names the keys and takes people's decisions into account."""
    sources: dict[str, Source] = {}
    settings = _knowing_production(settings)
    wanted = None
    if paths and not settings.production.hosts:
        wanted = {_path(item) for item in files(settings, paths)}
    looked_at = files(settings, () if wanted is not None else paths)
    book = rules or rulebook(settings)
    result = scan(_seen(settings, looked_at, sources), book, settings)
    if wanted is not None:
        result = _only(result, wanted)
    return _decided(settings, sources, result, bool(paths), today, book)


def survey_text(settings: Settings, source: Source, today: date, rules: Rulebook | None = None) -> Survey:
    """The same of one text that stands in no file: only the settings and itself tell whose its hosts are."""
    settings = _knowing_production(settings)
    book = rules or rulebook(settings)
    return _decided(settings, {source.path: source}, scan([source], book, settings), True, today, book)


def _decided(
    settings: Settings,
    sources: Mapping[str, Source],
    result: ScanResult,
    in_part: bool,
    today: date,
    book: Rulebook,
) -> Survey:
    """The survey that a scan's result comes to; `in_part`: not all of the project was looked at."""
    known = people.load(settings.root)
    active = people.active(known, today)
    prints = {finding.fingerprint for finding in result.findings}
    stale = (*people.expired(known, today), *(() if in_part else people.unused(active, prints)))
    accepted = {d.fingerprint for d in active if d.decision is Choice.ACCEPT}
    counting = [f for f in result.findings if f.fingerprint not in accepted]
    decided = {d.fingerprint: d.key for d in active if d.decision is Choice.KEY}
    production = environments.load(settings, PRODUCTION)
    hidden = {key for key, entry in production.entries.items() if entry.secret is not None}
    proposed = {rule.id: rule.key for rule in book.rules.values()}
    held = environments.held(settings, production)
    named = name_keys(counting, decided, held, hidden, proposed)
    with_keys = tuple(replace(f, key=named[f.fingerprint].key.name) for f in counting)
    return Survey(
        settings,
        sources,
        replace(result, findings=with_keys),
        named,
        tuple(f for f in result.findings if f.fingerprint in accepted),
        active,
        tuple(stale),
    )


def _path(item: Source | Skipped) -> str:
    return item.path if isinstance(item, Source) else item.what


def _only(result: ScanResult, paths: Collection[str]) -> ScanResult:
    """The part of a result that lies in `paths`: whose hosts they hold, the whole project told."""
    return replace(
        result,
        findings=tuple(f for f in result.findings if f.path in paths),
        unsure=tuple(f for f in result.unsure if f.path in paths),
        notes=tuple(n for n in result.notes if n.path in paths),
        skipped=tuple(s for s in result.skipped if s.what in paths),
    )


def _production(settings: Settings) -> dict[str, Scalar]:
    return environments.plain_values(environments.load(settings, PRODUCTION))


def _knowing_production(settings: Settings) -> Settings:
    """The settings, with the hosts that earlier runs took out of the code told as production's too."""
    keys = environments.load_keys(settings)
    moved = [
        str(value)
        for name, value in _production(settings).items()
        if name in keys and keys[name].category == Category.HOST and "." in str(value)
    ]
    hosts = tuple(dict.fromkeys([*settings.production.hosts, *moved]))
    return replace(settings, production=replace(settings.production, hosts=hosts))


def _seen(
    settings: Settings, items: Iterable[Source | Skipped], sources: dict[str, Source]
) -> Iterator[Source | Skipped]:
    """The same items, each source kept in `sources`; a template's placeholders are holes to the scan."""
    folder = rendering.templates_folder(settings) + "/"
    for item in items:
        if isinstance(item, Skipped):
            yield item
            continue
        sources[item.path] = item
        yield replace(item, data=templates.blanked(item.data)) if item.path.startswith(folder) else item


def files(settings: Settings, paths: Sequence[Path] = ()) -> Iterator[Source | Skipped]:
    """Every file to scan: the project's, without what we wrote and rendered there, and its templates."""
    rendered = rendering.load_manifest(settings)
    digests = rendered.files if rendered else {}
    wanted = tuple(paths) or tuple(settings.root / path for path in settings.scan.paths)
    own = (settings.values, ".portability", settings.rendered)
    for item in walk(Walk(settings.root, wanted, settings.scan.skip, own, apart=settings.scan.apart), detect):
        if isinstance(item, Skipped):
            yield item
        elif item.path in digests and rendering.digest(item.data) == digests[item.path]:
            yield Skipped(item.path, "rendered from its template")
        elif item.data.startswith(OWN_REPORTS):
            yield Skipped(item.path, "a plan or report of portability")
        elif item.path not in (FILE_NAME, people.FILE_NAME):
            yield item
    yield from _templates(settings, paths)


def _templates(settings: Settings, paths: Sequence[Path]) -> Iterator[Source | Skipped]:
    """The templates that files became, each in the language of the file that it renders."""
    folder = rendering.templates_folder(settings)
    if paths or not any(p.is_file() for p in (settings.root / folder).rglob("*")):
        return

    def by_target(path: str, data: bytes) -> str:
        return detect(path.removeprefix(folder + "/"), data)

    yield from walk(Walk(settings.root, (settings.root / folder,), settings.scan.skip, ()), by_target)
