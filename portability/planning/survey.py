"""A project's folder in; its files, findings, keys and decisions, as every command needs them, out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from portability.errors import NothingExamined
from portability.model import Category, Finding, Scalar, Skipped, Source, Span, Whose
from portability.planning.keying import keyed
from portability.planning.uses import LANGUAGES as TELLING
from portability.planning.uses import Use
from portability.reading.formats import by_name, detect
from portability.reading.ours import is_report
from portability.reading.sources import APART, PASSING, Large, Walk, lies_apart, read
from portability.reading.sources import paths as paths_of
from portability.reading.streams import Window, windows
from portability.rulebook.book import Rulebook
from portability.rulebook.store import load as load_rules
from portability.scanning import engine as engines
from portability.scanning.concluding import ScanResult
from portability.scanning.engine import Engine
from portability.scanning.scan import Told, scan, scan_tree
from portability.settings import decisions as people
from portability.settings.decisions import Choice, Decision
from portability.settings.project import FILE_NAME, PRODUCTION, Settings
from portability.system import kept
from portability.system.resources import rules_folder
from portability.values import environments, rendering, templates
from portability.values.environments import KeyInfo
from portability.values.naming import NamedKey


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at the project gave.

    `result` holds the findings that count, each with its key; `accepted` those that people took into
    the baseline; `decisions` those in force, `stale` the entries that expired or answer no finding.
    `steady`: nothing was left out for a reason that may be gone the next time. `clashes`: places at which
    the code gives a key's name another value, of names that people decided.
    """

    settings: Settings
    sources: Mapping[str, Source]
    result: ScanResult
    named: Mapping[str, NamedKey]
    accepted: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    stale: tuple[Decision, ...]
    steady: bool = True
    clashes: tuple[Use, ...] = ()

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
    place = kept.made("rules", str(settings.root))
    return load_rules([rules_folder(), *extra], settings.rules.off, place)


def survey(
    settings: Settings,
    paths: Sequence[Path],
    today: date,
    rules: Rulebook | None = None,
    told: Told | None = None,
    far: bool = False,
    settle: bool = False,
) -> Survey:
    """Scans the project (or `paths` of it), names the keys and takes people's decisions into account.

    A credential that production keeps at AWS gives its key to a finding only if `far` lets AWS be asked.
    With `settle` no key gets a name to which the code gives another value, for which all is read again.
    """
    settings = _knowing_production(settings)
    wanted: set[str] | None = None
    if paths and not settings.production.hosts:
        wanted = {item if isinstance(item, str) else item.what for item in _listed(settings, paths)}
    listed = list(_listed(settings, () if wanted is not None else paths))
    project = Project(settings, [item for item in listed if isinstance(item, str)])
    book = rules or rulebook(settings)
    skipped = [item for item in listed if isinstance(item, Skipped)]
    engine = _engine(settings, wanted)
    result = scan_tree(project, skipped, book, settings, engine=engine, told=told)
    if not result.summary.files and not project.holds_ours(result.skipped):
        raise NothingExamined("there is no file to examine", where=str(settings.root))
    steady = not any(item.reason.startswith(PASSING) for item in result.skipped)
    if wanted is not None:
        result = _only(result, wanted)
    telling = functools.partial(_telling, project) if settle else None
    return replace(_decided(settings, project, result, bool(paths), today, book, far, telling), steady=steady)


def files(settings: Settings) -> Iterator[Source]:
    """Every file of the project that can be read, and its templates, as they are; nothing is kept."""
    project = Project(settings, [item for item in _listed(settings) if isinstance(item, str)])
    for path in project.paths:
        item = project.as_it_is(path)
        if isinstance(item, Source):
            yield item


def survey_text(settings: Settings, source: Source, today: date, rules: Rulebook | None = None) -> Survey:
    """The same of one text that stands in no file: only the settings and itself tell whose its hosts are."""
    settings = _knowing_production(settings)
    book = rules or rulebook(settings)
    result = scan([source], book, settings, _engine(settings))
    return _decided(settings, {source.path: source}, result, True, today, book)


def _engine(settings: Settings, only: Collection[str] | None = None) -> Engine | None:
    """The engine that the settings ask for; UsageError where it is not installed."""
    return engines.found(only) if settings.scan.engine else None


def _decided(
    settings: Settings,
    sources: Mapping[str, Source],
    result: ScanResult,
    in_part: bool,
    today: date,
    book: Rulebook,
    far: bool = False,
    telling: Callable[[Settings, str, Collection[str]], Iterator[Source]] | None = None,
) -> Survey:
    """The survey that a scan's result comes to; `in_part`: not all of the project was looked at."""
    known = people.load(settings.root)
    active = people.active(known, today)
    prints = {finding.fingerprint for finding in (*result.findings, *result.unsure)}
    unused = () if in_part or settings.scan.apart else people.unused(active, prints)
    unanswered = [d for d in unused if _was_looked_at(d, settings, result)]
    unfollowed = (d for d in unanswered if not _was_followed(d, settings.part_of(d.path), sources))
    stale = (*people.expired(known, today), *unfollowed)
    accepted = {d.fingerprint for d in active if d.decision is Choice.ACCEPT}
    counting = [f for f in result.findings if f.fingerprint not in accepted]
    unsure = tuple(f for f in result.unsure if f.fingerprint not in accepted)
    proposed = {rule.id: rule.key for rule in book.rules.values()}
    named: dict[str, NamedKey] = {}
    clashes: tuple[Use, ...] = ()
    for part in settings.parts():
        mine = [f for f in counting if settings.application_of(f.path) == part.application]
        own = functools.partial(telling, settings, part.application) if telling else None
        keys = keyed(part, mine, active, proposed, far, own)
        named |= keys.named
        clashes += keys.clashes
    with_keys = tuple(f.known_as(f.fingerprint, named[f.fingerprint].key.name) for f in counting)
    return Survey(
        settings,
        sources,
        replace(result, findings=with_keys, unsure=unsure),
        named,
        tuple(f for f in (*result.findings, *result.unsure) if f.fingerprint in accepted),
        active,
        tuple(stale),
        clashes=clashes,
    )


def _was_followed(decision: Decision, settings: Settings, sources: Mapping[str, Source]) -> bool:
    """Whether a decision answers nothing because apply, with these settings, did what it says."""
    keys = environments.load_keys(settings)
    if decision.decision is Choice.KEY:
        return decision.key in keys
    if decision.decision in (Choice.SKIP, Choice.ACCEPT) or not keys:
        return False
    if f"{rendering.templates_folder(settings)}/{decision.path}" in sources:
        return True
    source = sources.get(decision.path)
    return source is not None and any(mark in source.data for mark in _marks(settings))


def _marks(settings: Settings) -> tuple[bytes, ...]:
    """What stands in code that reads keys: in PHP, in Python and scripts of Node, in shell scripts."""
    return f"{settings.namespace}\\".encode(), b"AppEnv.", b"app_env.sh"


def _telling(
    project: Project, settings: Settings, application: str, names: Collection[str]
) -> Iterator[Source]:
    """The files in which an application's code may give a name a value; what can't be read tells nothing."""
    for path in project.paths if names else ():
        if by_name(path) in TELLING and settings.application_of(path) == application:
            source = project.read(path)
            if isinstance(source, Source):
                yield source


def _was_looked_at(decision: Decision, settings: Settings, result: ScanResult) -> bool:
    """Whether the finding of a decision would have been found, if it were still there."""
    if decision.rule == engines.RULE and not settings.scan.engine:
        return False
    places = (decision.path, *map(str, PurePosixPath(decision.path).parents))
    return not any(skipped.what in places for skipped in result.skipped if skipped.reason in APART)


def _only(result: ScanResult, paths: Collection[str]) -> ScanResult:
    """The part of a result that lies in `paths`: whose hosts they hold, the whole project told."""
    return replace(
        result,
        findings=tuple(f for f in result.findings if f.path in paths),
        unsure=tuple(f for f in result.unsure if f.path in paths),
        notes=tuple(n for n in result.notes if n.path in paths),
        skipped=tuple(s for s in result.skipped if s.what in paths or s.what == engines.RULE),
    )


def _production(settings: Settings) -> dict[str, Scalar]:
    return environments.plain_values(environments.load(settings, PRODUCTION))


def _knowing_production(settings: Settings) -> Settings:
    """The settings, with the hosts that earlier runs took out of the code told as production's too.

    Not one of which nothing told whose it was: its whole domain would be taken for the project's own,
    and the next run would find what this one passed over.
    """
    moved = [
        str(value)
        for part in settings.parts()
        for keys in (environments.load_keys(part),)
        for name, value in _production(part).items()
        if name in keys and _is_own_host(keys[name]) and "." in str(value)
    ]
    hosts = tuple(dict.fromkeys([*settings.production.hosts, *moved]))
    return replace(settings, production=replace(settings.production, hosts=hosts))


def _is_own_host(info: KeyInfo) -> bool:
    return info.category == Category.HOST and info.whose != Whose.UNKNOWN


def _is_report(source: Source) -> bool:
    return is_report(source.data, by_name(source.path))


_RENDERED = "rendered from its template"
_REPORT = "a plan or report of portability"


class Project(Mapping[str, Source]):
    """The files of a project by path, each read when it is asked for.

    As a Tree of the scan it leaves out what we wrote ourselves and blanks a template's placeholders; what
    is looked up by path comes as it is, and as it was at first: it is kept.
    """

    def __init__(self, settings: Settings, paths: Sequence[str]) -> None:
        manifests = [rendering.load_manifest(part) for part in settings.parts()]
        self._digests = {path: digest for m in manifests if m for path, digest in m.files.items()}
        self._root = settings.root
        self._templates = tuple(rendering.templates_folder(part) + "/" for part in settings.parts())
        self._apart = settings.scan.apart
        self._paths = dict.fromkeys(paths)
        self._kept: dict[str, Source] = {}

    @property
    def paths(self) -> Sequence[str]:
        """Every file to look at, in order."""
        return list(self._paths)

    def read(self, path: str) -> Source | Skipped | None:
        """The file as the scan is to see it; see scan.Tree."""
        is_template = path.startswith(self._templates)
        item = self.as_it_is(path)
        if isinstance(item, Skipped):
            return item
        if self._apart and not is_template and not lies_apart(item):
            return None
        if path in self._digests and rendering.digest(item.data) == self._digests[path]:
            return Skipped(path, _RENDERED)
        if _is_report(item):
            return Skipped(path, _REPORT)
        if path in (FILE_NAME, people.FILE_NAME):
            return None
        return replace(item, data=templates.blanked(item.data)) if is_template else item

    def as_it_is(self, path: str) -> Source | Skipped:
        """The file with all that it holds, a template's placeholders too."""
        is_template = path.startswith(self._templates)
        return read(self._root, path, self._by_target if is_template else detect, apart=self._apart)

    def windows(self, large: Large) -> Iterator[Window | Skipped]:
        """A file that is too large to be read, in windows; see scan.Tree."""
        if self._apart and not lies_apart(Source(large.what, b"")):
            return
        for item in windows(self._root, large, detect):
            if isinstance(item, Window) and not item.offset and _is_report(item.source):
                yield Skipped(large.what, _REPORT)
                return
            yield item

    def origin(self, path: str) -> str:
        """A template's path as that of its file, unless that is there too; see scan.Tree."""
        before = path.removeprefix(self._folder(path))
        return path if before in self._paths else before

    def holds_ours(self, skipped: Iterable[Skipped]) -> bool:
        """Whether there are files, only none but our own."""
        ours = any(path in self._paths for path in (FILE_NAME, people.FILE_NAME))
        return ours or any(item.reason in (_RENDERED, _REPORT) for item in skipped)

    def _by_target(self, path: str, data: bytes) -> str:
        """A template is written in the language of the file that it renders."""
        return detect(path.removeprefix(self._folder(path)), data)

    def _folder(self, path: str) -> str:
        """The folder of templates in which a path lies; '' for none."""
        return next((folder for folder in self._templates if path.startswith(folder)), "")

    def __getitem__(self, path: str) -> Source:
        if path not in self._kept:
            item = self.as_it_is(path)
            if isinstance(item, Large):
                return Source(path, b"", "utf-8", by_name(path), whole=False)
            if path not in self._paths or isinstance(item, Skipped):
                raise KeyError(path)
            self._kept[path] = item
        return self._kept[path]

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _listed(settings: Settings, wanted: Sequence[Path] = ()) -> Iterator[str | Skipped]:
    """The path of every file to scan: the project's, without our own folders, and its templates."""
    starts = tuple(wanted) or tuple(settings.root / path for path in settings.scan.paths)
    parts = settings.parts()
    own = (".portability", *(place for part in parts for place in (part.values, part.rendered)))
    yield from paths_of(Walk(settings.root, starts, settings.scan.skip, own, apart=settings.scan.apart))
    folders = [settings.root / rendering.templates_folder(part) for part in parts]
    for folder in folders if not wanted else ():
        if any(p.is_file() for p in folder.rglob("*")):
            yield from paths_of(Walk(settings.root, (folder,), settings.scan.skip, ()))
