"""Findings and people's decisions in, the edits of each file with their keys out; nothing is written."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from portability.languages import LANGUAGES, Mode, inline_language, language
from portability.model import (
    UNREAD,
    Category,
    Edit,
    Finding,
    Insertion,
    Literal,
    Position,
    Rewrite,
    Safety,
    Source,
    Whose,
)
from portability.planning import fileplans, fronts, stacks
from portability.planning.plans import Plan, PlannedFile, joined, splice
from portability.planning.stacks import Stack
from portability.reading.overrides import rewritten_by_tools
from portability.settings.project import Settings
from portability.syntax import serialised
from portability.values import templates
from portability.values.environments import KeyInfo
from portability.values.naming import NamedKey
from portability.values.rendering import templates_folder

_GONE = "its file went away, or can't be read any more, since it was scanned"
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


def make_plan(
    settings: Settings,
    sources: Mapping[str, Source],
    findings: Sequence[Finding],
    named: Mapping[str, NamedKey],
    choices: Choices,
    known: Sequence[Stack] = (),
) -> Plan:
    """The plan for `findings`; `named` gives each its key, `sources` the files by path.

    `known` are the project's stacks: their guard files carry the guard as soon as a file of theirs is
    edited, and a file that nobody can enter but through them needs none of its own.
    """
    if settings.applications:
        by_part: dict[str, list[Finding]] = {}
        for finding in findings:
            by_part.setdefault(settings.application_of(finding.path), []).append(finding)
        parts = [part for part in settings.parts() if part.application in by_part]
        made_of = [
            _of_one(part, sources, by_part[part.application], named, choices, _within(settings, part, known))
            for part in parts
        ]
        return replace(joined(zip(parts, made_of, strict=True)), stacks=tuple(known))
    return _of_one(settings, sources, findings, named, choices, known)


def _within(settings: Settings, part: Settings, known: Sequence[Stack]) -> list[Stack]:
    """The stacks as one application can rely on them: a guard file of another's loads the other's values."""
    return [
        stack
        if all(settings.application_of(path) == part.application for path in stack.guards)
        else replace(stack, guards=())
        for stack in known
    ]


def _of_one(
    settings: Settings,
    sources: Mapping[str, Source],
    findings: Sequence[Finding],
    named: Mapping[str, NamedKey],
    choices: Choices,
    known: Sequence[Stack],
) -> Plan:
    """The plan of one application."""
    by_file: dict[str, list[Finding]] = {}
    beyond: dict[str, int] = {}
    for finding in findings:
        if finding.fingerprint in choices.skipped:
            continue
        if not wanted(finding, named[finding.fingerprint].key.name, choices.only):
            beyond[finding.path] = beyond.get(finding.path, 0) + 1
        else:
            by_file.setdefault(finding.path, []).append(finding)
    files: list[PlannedFile] = []
    left: list[Edit] = []
    behind = fronts.behind(settings, sources, by_file, known)
    at_hand: dict[str, Source] = {}
    for path in sorted(by_file):
        try:
            at_hand[path] = sources[path]
        except KeyError:
            left += [_refused(path, finding, named, _GONE) for finding in by_file[path]]

    def planned(path: str) -> tuple[PlannedFile | None, list[Edit]]:
        site = _Site(stacks.of(known, path), path in behind)
        return _file(settings, at_hand[path], by_file[path], named, choices, site)

    for file, others in fileplans.each_of(planned, at_hand, by_file):
        left += others
        if file is not None:
            files.append(file)
    edited = {file.path for file in files if file.inline and file.source.language == "php"}
    files += [
        _of_guard(source, rewrite) for source, rewrite in fronts.guards(settings, sources, edited, known)
    ]
    files.sort(key=lambda file: file.path)
    read = {key for file in files for key in file.keys}
    keys = {n.key.name: n for n in (named[f.fingerprint] for f in findings) if n.key.name in read}
    apart = [f for f in findings if f.names and f.site.literal.position in _APART]
    made = _made(files, apart, choices.shared)
    told = {named[f.fingerprint].key.name for f in findings if f.value.whose is not Whose.UNKNOWN}
    infos = _infos(keys, [f for f in apart if f.fingerprint in made], named, files, told)
    shared = {named[f].key.name: reason for f, reason in choices.shared.items() if f in made}
    inline = {file.path for file in files if file.inline}
    return Plan(
        tuple(files),
        tuple(keys[name] for name in sorted(keys)),
        infos,
        tuple(left),
        (),
        shared,
        beyond,
        tuple(known),
        {path: stack for path, stack in behind.items() if path in inline},
    )


_OWNED = (Category.HOST, Category.THIRD_PARTY)
"""What is somebody's."""

_APART = (Position.KEY, Position.CASE)
"""Where texts tell cases apart."""


def _made(files: Iterable[PlannedFile], findings: Iterable[Finding], shared: Mapping[str, str]) -> set[str]:
    """The fingerprints that are edited, as far as one is asked for: one of `findings` or of `shared`."""
    asked = {finding.path for finding in findings}
    return {
        print_
        for file in files
        if shared or file.path in asked
        for edit in file.edits
        for print_ in edit.fingerprints
    }


def wanted(finding: Finding, key: str, only: Sequence[str]) -> bool:
    """Whether `only` (keys, services, paths, with or without a line, and patterns of paths) takes it."""
    return not only or any(
        word in (key, finding.value.service)
        or word in (finding.path, f"{finding.path}:{finding.line}")
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
    site: _Site,
) -> tuple[PlannedFile | None, list[Edit]]:
    """The planned file (None: nothing to do in it) and the edits that are not made.

    A script that can't read all its values itself, or has no place for the line that loads them, becomes
    a template; PHP stays PHP, but where a command of its stack writes it again. Of several applications
    only PHP's constants are told apart, so their scripts become templates too.
    """
    reason = fronts.unwritable(source) or site.untouched(source.path)
    if not reason and not site.by_tool(source.path):
        reason = rewritten_by_tools(source.path, source.data)
    if reason:
        return None, [_refused(source.path, finding, named, reason) for finding in findings]
    unread = [_refused(source.path, f, named, _UNREAD) for f in findings if f.site.literal.language == UNREAD]
    if unread:
        readable = [f for f in findings if f.site.literal.language != UNREAD]
        planned, left = _file(settings, source, readable, named, choices, site) if readable else (None, [])
        return planned, unread + left
    module = language(source.language) if source.language in LANGUAGES else None
    if module is not None and module.MODE is Mode.REPORT:
        return None, [_refused(source.path, finding, named, module.WHY_NOT) for finding in findings]
    apart = source.language != "php" and bool(settings.applications or settings.application)
    if module is None or module.MODE is Mode.TEMPLATE or apart or site.by_tool(source.path):
        return _template(settings, source, findings, named)
    edits, left = _chosen(_inline_edits(settings, source, findings, named), choices)
    planned, left = _inline(settings, source, edits, left, site.behind) if edits else (None, left)
    if left and source.language != "php":
        whole, refused = _template(settings, source, findings, named)
        if whole is not None and len(refused) < len(left):
            return whole, refused
    return planned, left


@dataclass(frozen=True, slots=True)
class _Site:
    """The stack that a file belongs to, and whether only the stack's guard leads to it."""

    stack: Stack | None
    behind: bool

    def untouched(self, path: str) -> str:
        return self.stack.why(path, self.stack.manifest.untouched) if self.stack else ""

    def by_tool(self, path: str) -> str:
        return self.stack.why(path, self.stack.manifest.by_tool) if self.stack else ""


def _refused(path: str, finding: Finding, named: Mapping[str, NamedKey], reason: str) -> Edit:
    keys = (named[finding.fingerprint].key.name,)
    rewrite = Rewrite(finding.span, b"", Safety.REFUSED, reason, keys=keys)
    return Edit(path, finding.line, rewrite, (finding.fingerprint,))


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
        if source.language != "php" and (reason := serialised.why_not(literal.text, insertions)):
            edits += [_refused(source.path, finding, named, reason) for finding in members]
            continue
        for rewrite in module.rewrite(source, literal, insertions, settings.namespace):
            inside = [f for f in members if rewrite.span.contains(f.span)]
            prints = tuple(f.fingerprint for f in inside)
            line = min((f.line for f in inside), default=0) or source.line_of(rewrite.span.start)
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
            kept.append(replace(edit, rewrite=replace(rewrite, safety=Safety.REFUSED, reason=reason)))
            continue
        if rewrite.safety is not Safety.REFUSED:
            end = rewrite.span.end
        kept.append(edit)
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
    settings: Settings, source: Source, edits: list[Edit], left: list[Edit], behind: bool
) -> tuple[PlannedFile | None, list[Edit]]:
    """The file with its edits spliced in and, if it is not `behind` one, the line that loads its values."""
    guard = None if behind else fronts.guard(settings, source)
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


def _of_guard(source: Source, guard: Rewrite) -> PlannedFile:
    """A file that gets its stack's guard, and nothing else."""
    after, spans = splice(source.data, [guard])
    edit = Edit(source.path, source.line_of(guard.span.start), guard)
    return PlannedFile(source, source.path, after, (edit,), spans, True)


def _infos(
    keys: Mapping[str, NamedKey],
    findings: Sequence[Finding],
    named: Mapping[str, NamedKey],
    files: Sequence[PlannedFile],
    told: Collection[str],
) -> dict[str, KeyInfo]:
    """What each key is; keys that tell cases apart in one place must differ in every environment.

    `findings` are those that name such a case; of the keys `told` it is known whose their values are.
    """
    groups: dict[tuple[object, ...], set[str]] = {}
    for finding in findings:
        group = groups.setdefault((finding.path, finding.names, finding.site.literal.position), set())
        group.add(named[finding.fingerprint].key.name)
    for file in files:
        for place, names in file.about.apart:
            groups.setdefault((file.path, place), set()).update(names)
    distinct: dict[str, set[str]] = {}
    for group in groups.values():
        for name in group:
            distinct.setdefault(name, set()).update(group - {name})
    found = {}
    for name, one in keys.items():
        whose = "" if name in told or one.category not in _OWNED else Whose.UNKNOWN.value
        others = tuple(sorted(distinct.get(name, ())))
        found[name] = KeyInfo(one.key.service, one.category.value, one.kind, one.role, others, whose)
    return found


def _template(
    settings: Settings, source: Source, findings: Sequence[Finding], named: Mapping[str, NamedKey]
) -> tuple[PlannedFile | None, list[Edit]]:
    """The file as a template below the values folder; a template itself is edited where it stands."""
    folder = templates_folder(settings)
    own = source.path.startswith(folder + "/")
    target = source.path if own else f"{folder}/{source.path}"
    edits_at = [(f.site, named[f.fingerprint].key.name, f.value.text) for f in findings]
    made = templates.make_template(source, edits_at, existing=own)
    left = [_refused(source.path, findings[index], named, reason) for index, reason in made.refused]
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
