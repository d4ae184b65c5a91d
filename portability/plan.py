"""Findings and people's decisions in, the edits of each file with their keys out; nothing is written."""

from __future__ import annotations

import fnmatch
import hashlib
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from portability import templates
from portability.environments import KeyInfo
from portability.languages import LANGUAGES, Mode, inline_language, language
from portability.model import (
    UNREAD,
    Edit,
    Finding,
    Insertion,
    Literal,
    Position,
    Rewrite,
    Safety,
    Skipped,
    Source,
    Span,
)
from portability.naming import NamedKey
from portability.overrides import rewritten_by_tools
from portability.rendering import templates_folder
from portability.settings import Settings
from portability.streams import TOO_LARGE

_OTHER_ENCODINGS = "the file's encoding is not one that edits are made in (UTF-8 and single-byte ones are)"
_UNREAD = "it stands where no value of the language is read"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person asked for: only these keys, paths or services; also edits to review; decisions taken.

    `skipped` and `trusted` (taken as safe) are fingerprints; `shared` gives the reason by fingerprint.
    """

    only: tuple[str, ...] = ()
    review: bool = False
    skipped: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()
    shared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file before and after: its edits, where each replaced run lies on both sides, where it goes.

    `target` is the path that gets `after`: the file's own, or that of its template.
    """

    source: Source
    target: str
    after: bytes
    edits: tuple[Edit, ...]
    spans: tuple[tuple[Span, Span], ...]
    inline: bool

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source.data).hexdigest()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for edit in self.edits for key in edit.rewrite.keys))


@dataclass(frozen=True, slots=True)
class Plan:
    """Files that would change, the keys they would read, and the edits that would not be made, with why.

    `shared` gives, by key, why other environments may use production's value.
    """

    files: tuple[PlannedFile, ...]
    keys: tuple[NamedKey, ...]
    infos: Mapping[str, KeyInfo]
    left: tuple[Edit, ...]
    skipped: tuple[Skipped, ...]
    shared: Mapping[str, str] = field(default_factory=dict)

    @property
    def edits(self) -> int:
        return sum(1 for file in self.files for edit in file.edits if edit.rewrite.keys)

    def of_safety(self, safety: Safety) -> list[Edit]:
        """The edits that would not be made and are marked so."""
        return [edit for edit in self.left if edit.rewrite.safety is safety]


def make_plan(
    settings: Settings,
    sources: Mapping[str, Source],
    findings: Sequence[Finding],
    named: Mapping[str, NamedKey],
    choices: Choices,
) -> Plan:
    """The plan for `findings`; `named` gives each its key, `sources` the files by path."""
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.fingerprint not in choices.skipped and _wanted(finding, named, choices.only):
            by_file.setdefault(finding.path, []).append(finding)
    files: list[PlannedFile] = []
    left: list[Edit] = []
    for path in sorted(by_file):
        planned, others = _file(settings, sources[path], by_file[path], named, choices)
        left += others
        if planned is not None:
            files.append(planned)
    read = {key for file in files for key in file.keys}
    keys = {n.key.name: n for n in named.values() if n.key.name in read}
    made = {f for file in files for edit in file.edits for f in edit.fingerprints}
    infos = _infos(keys, [f for f in findings if f.fingerprint in made], named, files)
    shared = {named[f].key.name: reason for f, reason in choices.shared.items() if f in made}
    return Plan(tuple(files), tuple(keys[name] for name in sorted(keys)), infos, tuple(left), (), shared)


def _wanted(finding: Finding, named: Mapping[str, NamedKey], only: Sequence[str]) -> bool:
    """Whether `--only` (a key, a service, a path or a pattern of paths) takes the finding."""
    key = named[finding.fingerprint].key.name
    return not only or any(
        word in (key, finding.value.service)
        or finding.path == word
        or finding.path.startswith(word.rstrip("/") + "/")
        or fnmatch.fnmatch(finding.path, word)
        for word in only
    )


def _file(
    settings: Settings,
    source: Source,
    findings: Sequence[Finding],
    named: Mapping[str, NamedKey],
    choices: Choices,
) -> tuple[PlannedFile | None, list[Edit]]:
    """The planned file (None: nothing to do in it) and the edits that are not made.

    A script that can't read all its values itself becomes a template; PHP stays PHP.
    """
    reason = _unwritable(source)
    if reason:
        return None, [_refused(source, finding, named, reason) for finding in findings]
    unread = [_refused(source, f, named, _UNREAD) for f in findings if f.site.literal.language == UNREAD]
    if unread:
        readable = [f for f in findings if f.site.literal.language != UNREAD]
        planned, left = _file(settings, source, readable, named, choices) if readable else (None, [])
        return planned, unread + left
    module = language(source.language) if source.language in LANGUAGES else None
    if module is not None and module.MODE is Mode.REPORT:
        return None, [_refused(source, finding, named, module.WHY_NOT) for finding in findings]
    if module is None or module.MODE is Mode.TEMPLATE:
        return _template(settings, source, findings, named)
    edits, left = _chosen(_inline_edits(settings, source, findings, named), choices)
    if left and source.language != "php":
        whole, refused = _template(settings, source, findings, named)
        if whole is not None and len(refused) < len(left):
            return whole, refused
    return _inline(settings, source, edits, left) if edits else (None, left)


def _unwritable(source: Source) -> str:
    override = rewritten_by_tools(source.path, source.data)
    if override:
        return override
    if not source.whole:
        return TOO_LARGE
    if "\n" in source.path or "\r" in source.path:
        return "its name holds a line break, which .gitignore can't name"
    return _OTHER_ENCODINGS if source.encoding.startswith(("utf-16", "utf-32")) else ""


def _refused(source: Source, finding: Finding, named: Mapping[str, NamedKey], reason: str) -> Edit:
    keys = (named[finding.fingerprint].key.name,)
    rewrite = Rewrite(finding.span, b"", Safety.REFUSED, reason, keys=keys)
    return Edit(source.path, finding.line, rewrite, (finding.fingerprint,))


def _insertion(finding: Finding, named: Mapping[str, NamedKey]) -> Insertion:
    site = finding.site
    key = named[finding.fingerprint].key
    return Insertion(site.start, site.end, key, finding.value.text, site.encoder, site.before, site.after)


def _inline_edits(
    settings: Settings, source: Source, findings: Sequence[Finding], named: Mapping[str, NamedKey]
) -> list[Edit]:
    """The edits of a file whose language reads the environment, in the order of the file."""
    module = inline_language(source.language)
    by_literal: dict[Literal, list[Finding]] = {}
    for finding in findings:
        by_literal.setdefault(finding.site.literal, []).append(finding)
    edits = []
    for literal, members in by_literal.items():
        insertions = [_insertion(finding, named) for finding in members]
        for rewrite in module.rewrite(source, literal, insertions, settings.namespace):
            inside = [f for f in members if rewrite.span.contains(f.span)]
            prints = tuple(f.fingerprint for f in inside)
            line = min((f.line for f in inside), default=source.line_of(rewrite.span.start))
            edits.append(Edit(source.path, line, rewrite, prints))
    return _without_overlaps(
        sorted(edits, key=lambda edit: (edit.rewrite.span.start, -edit.rewrite.span.end))
    )


def _without_overlaps(edits: Iterable[Edit]) -> list[Edit]:
    """The same edits; one that lies inside another's bytes is refused."""
    kept: list[Edit] = []
    end = -1
    for edit in edits:
        rewrite = edit.rewrite
        if rewrite.safety is not Safety.REFUSED and rewrite.span.start < end:
            reason = "it stands inside a text that is rewritten itself: apply again afterwards"
            rewrite = replace(rewrite, safety=Safety.REFUSED, reason=reason)
        elif rewrite.safety is not Safety.REFUSED:
            end = rewrite.span.end
        kept.append(replace(edit, rewrite=rewrite))
    return kept


def _chosen(edits: Sequence[Edit], choices: Choices) -> tuple[list[Edit], list[Edit]]:
    """The edits to make, and those that are left (to review, or refused)."""
    made: list[Edit] = []
    left: list[Edit] = []
    for edit in edits:
        trusted = choices.review or all(f in choices.trusted for f in edit.fingerprints)
        safety = edit.rewrite.safety
        take = safety is Safety.SAFE or (safety is Safety.REVIEW and trusted)
        (made if take else left).append(edit)
    return made, left


def _inline(
    settings: Settings, source: Source, edits: list[Edit], left: list[Edit]
) -> tuple[PlannedFile | None, list[Edit]]:
    """The file with its edits spliced in and the line that loads its values."""
    folder = posixpath.relpath(settings.values, posixpath.dirname(source.path) or ".")
    guard = inline_language(source.language).guard(source, folder)
    if guard is not None and guard.safety is Safety.REFUSED:
        refused = [
            replace(e, rewrite=replace(e.rewrite, safety=Safety.REFUSED, reason=guard.reason)) for e in edits
        ]
        return None, left + refused
    if guard is not None:
        edits = _without_overlaps([Edit(source.path, source.line_of(guard.span.start), guard), *edits])
        edits.sort(key=lambda edit: edit.rewrite.span.start)
    after, spans = splice(source.data, [edit.rewrite for edit in edits])
    return PlannedFile(source, source.path, after, tuple(edits), spans, True), left


def splice(data: bytes, rewrites: Sequence[Rewrite]) -> tuple[bytes, tuple[tuple[Span, Span], ...]]:
    """`data` with each rewrite in place, and for each its span before and after, in order."""
    out: list[bytes] = []
    spans = []
    at = length = 0
    for rewrite in rewrites:
        out.append(data[at : rewrite.span.start])
        length += len(out[-1])
        out.append(rewrite.replacement)
        spans.append((rewrite.span, Span(length, length + len(rewrite.replacement))))
        length += len(rewrite.replacement)
        at = rewrite.span.end
    out.append(data[at:])
    return b"".join(out), tuple(spans)


def _infos(
    keys: Mapping[str, NamedKey],
    findings: Sequence[Finding],
    named: Mapping[str, NamedKey],
    files: Sequence[PlannedFile],
) -> dict[str, KeyInfo]:
    """What each key is; keys that tell cases apart in one place must differ in every environment."""
    groups: dict[tuple[object, ...], set[str]] = {}
    for finding in findings:
        position = finding.site.literal.position
        if position in (Position.KEY, Position.CASE) and finding.names:
            group = groups.setdefault((finding.path, finding.names, position), set())
            group.add(named[finding.fingerprint].key.name)
    for file in files:
        for edit in file.edits:
            if edit.rewrite.claim is not None and edit.rewrite.claim.apart is not None:
                groups.setdefault((file.path, edit.rewrite.claim.apart.place), set()).update(
                    edit.rewrite.keys
                )
    distinct: dict[str, set[str]] = {}
    for group in groups.values():
        for name in group:
            distinct.setdefault(name, set()).update(group - {name})
    return {
        name: KeyInfo(n.key.service, n.category.value, n.kind, n.role, tuple(sorted(distinct.get(name, ()))))
        for name, n in keys.items()
    }


def _template(
    settings: Settings, source: Source, findings: Sequence[Finding], named: Mapping[str, NamedKey]
) -> tuple[PlannedFile | None, list[Edit]]:
    """The file as a template below the values folder; a template itself is edited where it stands."""
    folder = templates_folder(settings)
    own = source.path.startswith(folder + "/")
    target = source.path if own else f"{folder}/{source.path}"
    edits_at = [(f.site, named[f.fingerprint].key.name, f.value.text) for f in findings]
    made = templates.make_template(source, edits_at, existing=own)
    left = [_refused(source, findings[index], named, reason) for index, reason in made.refused]
    refused = {index for index, _ in made.refused}
    edits = []
    for index, finding in enumerate(findings):
        if index not in refused:
            keys = (named[finding.fingerprint].key.name,)
            rewrite = Rewrite(finding.span, b"", technique="template", keys=keys)
            edits.append(Edit(source.path, finding.line, rewrite, (finding.fingerprint,)))
    if not edits:
        return None, left
    return PlannedFile(source, target, made.data, tuple(edits), (), False), left
