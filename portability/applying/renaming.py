"""A key that code reads already and its new name in, the changes to every file that names it out.

Each environment keeps its values: the line of the old name becomes that of the new one (`merge`: both hold
the same, one goes; `inside` some paths only: the new one is a copy). What reads the key in another way than
apply writes it is refused, so that no place is left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch

from portability.applying.transaction import Change
from portability.errors import NothingExamined, Refused, Unfinished, UsageError
from portability.model import Claim, Scalar, Source, Span
from portability.proving.php import Php
from portability.proving.proof import prove
from portability.proving.proofs import FileChange, Shown
from portability.settings.project import FILE_NAME, Settings
from portability.syntax import inlineproof
from portability.syntax.shell.writer import PREFIX as SHELL
from portability.system.documents import parse
from portability.values import environments, templates
from portability.values.entries import Entry
from portability.values.environments import Environment, KeyInfo
from portability.values.rendering import templates_folder


@dataclass(frozen=True, slots=True)
class Wish:
    """The key `old` shall be called `new`; with `inside`, only in these paths (or patterns of them)."""

    old: str
    new: str
    inside: tuple[str, ...] = ()
    merge: bool = False

    def covers(self, path: str) -> bool:
        """Whether the file is one of those."""
        return not self.inside or any(
            path == word or path.startswith(word.rstrip("/") + "/") or fnmatch(path, word)
            for word in self.inside
        )


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file of code or a template, after; `change` is what has to be proven, None for a template."""

    source: Source
    after: bytes
    sites: int
    change: FileChange | None


INLINE = ("php", "python", "javascript", "shell")
"""The languages that read keys themselves."""


def code(settings: Settings, sources: Iterable[Source], wish: Wish) -> tuple[list[Renamed], list[str]]:
    """Every file that reads the key, rewritten, and the paths of others that speak of it, such as a manual.

    `settings` and `sources` are those of one application. Refused where code names the key in a way that
    can't be rewritten.
    """
    folder = templates_folder(settings) + "/"
    found, spoken = [], []
    for source in sources:
        path = source.path.removeprefix(folder)
        if wish.old.encode() not in source.data or not wish.covers(path):
            continue
        if source.path.startswith(folder):
            after, sites = _template(source, wish)
            change = None
        elif source.language not in INLINE:
            if re.search(rb"\b" + wish.old.encode() + rb"\b", source.data):
                spoken.append(source.path)
            continue
        else:
            after, sites, change = _inline(settings, source, wish)
        if sites:
            found.append(Renamed(source, after, sites, change))
    return found, spoken


def everywhere(
    settings: Settings, sources: Iterable[Source], wish: Wish
) -> tuple[list[Change], dict[str, list[Renamed]], list[str]]:
    """What changes beside the code, the code by application, and what speaks of the key, in all that have it.

    NothingExamined where no code reads it.
    """
    by_part: dict[str, list[Source]] = {}
    for source in sources:
        if wish.old.encode() in source.data:
            by_part.setdefault(settings.application_of(source.path), []).append(source)
    changes: dict[str, Change] = {}
    found: dict[str, list[Renamed]] = {}
    spoken: list[str] = []
    for part in settings.parts():
        mine, others = code(part, by_part.get(part.application, ()), wish)
        spoken += others
        if mine:
            changes |= {change.path: change for change in values(part, wish)}
            found[part.application] = mine
    if not found:
        where = f" in {' '.join(wish.inside)}" if wish.inside else ""
        raise NothingExamined(f"no code reads {wish.old}{where}")
    return list(changes.values()), found, spoken


def _template(source: Source, wish: Wish) -> tuple[bytes, int]:
    places = [p for p in templates.placeholders(source.data) if p.key == wish.old]
    return _spliced(source.data, [(p.span, replace(p, key=wish.new).text()) for p in places]), len(places)


def _inline(settings: Settings, source: Source, wish: Wish) -> tuple[bytes, int, FileChange]:
    read, named = _forms(settings, source, wish.old)
    spans = [Span(*match.span()) for match in re.finditer(read, source.data)]
    loose = [
        m for m in re.finditer(named, source.data) if not any(s.start <= m.start() < s.end for s in spans)
    ]
    if loose:
        raise Refused(
            f"{wish.old} is named in another way than apply writes it",
            where=f"{source.path}:{source.line_of(loose[0].start())}",
            hint="change that place by hand first, then rename",
        )
    texts = [source.data[s.start : s.end] for s in spans]
    new = [text.replace(wish.old.encode(), wish.new.encode()) for text in texts]
    after = _spliced(source.data, list(zip(spans, new, strict=True)))
    shift, pairs = 0, []
    for span, text in zip(spans, new, strict=True):
        pairs.append((span, Span(span.start + shift, span.start + shift + len(text))))
        shift += len(text) - len(span)
    markup = source.language == "shell"
    claims = tuple(Claim(old, text, markup) for old, text in zip(texts, new, strict=True))
    is_php = source.language == "php"
    return after, len(spans), FileChange(source.path, source.data, after, tuple(pairs), claims, is_php)


def _forms(settings: Settings, source: Source, name: str) -> tuple[bytes, bytes]:
    """Two patterns: how apply writes a reading of the key in this language, and any way to name it."""
    key, end = name.encode(), rb"(?![A-Za-z0-9_\x80-\xff])"
    if source.language == "python":
        return rb"\bAppEnv\." + key + end, rb"\bapp_env\.[A-Za-z_]*" + key + end
    if source.language == "javascript":
        taken = rb"\bAppEnv\s*(?:(?:\?\.\s*)?\[\s*['\"`]|\??\.)\s*" + key + end
        unpacked = rb"\{[^{}]*(?<![A-Za-z0-9_$])" + key + end + rb"[^{}]*\}\s*=\s*AppEnv\b"
        return rb"\bAppEnv\." + key + end, taken + rb"|" + unpacked
    if source.language == "shell":
        variable = SHELL.encode() + key
        return rb"\$\{" + variable + rb":\?\}", rb"\b" + variable + end
    parts = [re.escape(part.encode()) for part in settings.namespace.split("\\")]
    written = rb"\\" + rb"\\".join(parts) + rb"\\" + key + end
    return rb"(?<![A-Za-z0-9_\\\x80-\xff])" + written, rb"\\+".join([*parts, key]) + end


def _spliced(data: bytes, edits: Sequence[tuple[Span, bytes]]) -> bytes:
    parts, at = [], 0
    for span, text in edits:
        parts += [data[at : span.start], text]
        at = span.end
    return b"".join([*parts, data[at:]])


def values(settings: Settings, wish: Wish) -> list[Change]:
    """The environments, what each key is, and the settings' probes, changed alike.

    UsageError for a key that is not there; Refused where `new` is there and is not to be merged with, or
    does not hold the same everywhere.
    """
    infos = environments.load_keys(settings)
    _refuse_unfit(settings, infos, wish)
    found = []
    for name in [environment.name for environment in settings.environments]:
        path = environments.path_of(settings, name)
        before = _bytes(settings, path)
        if before is not None:
            after = _entries(before, wish)
            _refuse_others_changed(before, after, path, wish)
            found.append(Change(path, before, after))
    path = environments.keys_path(settings)
    known = environments.keys_yaml(_infos(infos, wish)).encode("utf-8")
    found.append(Change(path, _bytes(settings, path), known))
    probes = _bytes(settings, FILE_NAME)
    if probes is not None and not wish.inside:
        pattern = rb"(\bkey:[ \t]*['\"]?)" + re.escape(wish.old.encode()) + rb"\b"
        found.append(Change(FILE_NAME, probes, re.sub(pattern, rb"\g<1>" + wish.new.encode(), probes)))
    return [change for change in found if change.before != change.after]


def _refuse_unfit(settings: Settings, infos: Mapping[str, KeyInfo], wish: Wish) -> None:
    if wish.old not in infos:
        raise UsageError(f"there is no key {wish.old}", where=environments.keys_path(settings))
    if wish.new not in infos:
        return
    if not wish.merge:
        raise Refused(f"{wish.new} is there already", hint="--merge makes one key of the two")
    if {infos[wish.old].category, infos[wish.new].category} != {infos[wish.old].category}:
        raise Refused(f"{wish.old} and {wish.new} are of different kinds", hint="one of them is a credential")
    for name in [environment.name for environment in settings.environments]:
        known = environments.load(settings, name)
        if not _same(settings, known, wish.old, wish.new):
            raise Refused(
                f"{wish.old} and {wish.new} hold different values in {name}",
                where=known.file,
                hint="make them equal first, where they really are one",
            )


def _same(settings: Settings, known: Environment, one: str, other: str) -> bool:
    """Whether two keys hold the same in an environment, as far as it can be read here."""
    first, second = (known.entries.get(key, Entry("")) for key in (one, other))
    if replace(first, where="") == replace(second, where=""):
        return type(first.value) is type(second.value)
    if first.secret is None or second.secret is None:
        return False
    held = environments.held_by(settings, known.name, (one, other))
    return held[one] is not None and held[one] == held[other]


def _entries(text: bytes, wish: Wish) -> bytes:
    """The lines of an environment with the old key's entry renamed, copied or taken out."""
    lines = text.splitlines(keepends=True)
    first = re.compile(rb"(['\"]?)" + re.escape(wish.old.encode()) + rb"\1[ \t]*:")
    there = any(re.match(rb"(['\"]?)" + re.escape(wish.new.encode()) + rb"\1[ \t]*:", line) for line in lines)
    made: list[bytes] = []
    at = 0
    while at < len(lines):
        if not first.match(lines[at]):
            made.append(lines[at])
            at += 1
            continue
        end = at + 1
        while end < len(lines) and lines[end][:1] in (b" ", b"\t") and lines[end].strip():
            end += 1
        entry = lines[at:end]
        new = [entry[0].replace(wish.old.encode(), wish.new.encode(), 1), *entry[1:]]
        if wish.inside:
            ending = b"" if entry[-1].endswith(b"\n") else b"\n"
            made += [*entry[:-1], entry[-1] + ending]
        if not there:
            made += new
        at = end
    return b"".join(made)


def _refuse_others_changed(before: bytes, after: bytes, path: str, wish: Wish) -> None:
    """Refused where the file reads otherwise than it should: it is written in a way not known here."""
    old, new = (_plain(data, path) for data in (before, after))
    wanted = {key: text for key, text in old.items() if key != wish.old or wish.inside}
    if wish.old in old:
        wanted.setdefault(wish.new, old[wish.old])
    if new != wanted:
        raise Refused(
            f"the entry of {wish.old} can't be renamed as it is written",
            where=path,
            hint="begin it on a line of its own",
        )


def _plain(data: bytes, path: str) -> dict[str, object]:
    return {key: _content(node.value) for key, node in parse(data, path).mapping().items()}


def _content(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _content(node.value) for name, node in value.items()}
    return value


def _infos(infos: Mapping[str, KeyInfo], wish: Wish) -> dict[str, KeyInfo]:
    """What each key is, under the new name; keys that must differ from the old one do from the new."""
    found = {name: info for name, info in infos.items() if name != wish.old or wish.inside}
    info = infos[wish.old]
    other = infos.get(wish.new, info)
    distinct = tuple(sorted({*info.distinct, *other.distinct} - {wish.old, wish.new}))
    found[wish.new] = replace(other, distinct=distinct)
    for name, one in found.items():
        if wish.old in one.distinct:
            kept = {*one.distinct} if wish.inside else {*one.distinct} - {wish.old}
            found[name] = replace(one, distinct=tuple(sorted({*kept, wish.new} - {name})))
    return found


def _bytes(settings: Settings, path: str) -> bytes | None:
    try:
        return (settings.root / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(
            f"this file can't be read: {(error.strerror or 'unknown reason').lower()}", path
        ) from None


def _shown(found: Sequence[Renamed], production: Mapping[str, Scalar], wish: Wish) -> list[Shown]:
    """What the languages that need no interpreter show of the files; the new key holds what the old does."""
    values = _with_new(production, wish)
    problems = []
    for one in found:
        if one.change is not None and not one.change.is_php:
            what = inlineproof.problem(one.source.language, one.after, one.change.claims, values)
            problems.append(Shown(one.source.path, what))
    return problems


def proven(
    settings: Settings,
    found: Sequence[Renamed],
    production: Mapping[str, Scalar],
    wish: Wish,
    php: Php | None,
) -> None:
    """Unfinished where a file is not shown to do what it did; `php` None leaves PHP unproven."""
    told = _shown(found, production, wish)
    failed = [(one.path, one.problem) for one in told if one.problem]
    changes = [one.change for one in found if one.change is not None and one.change.is_php]
    if php is not None and changes:
        report = prove(php, changes, settings.namespace, _with_new(production, wish), {}, told)
        failed += [(f"{failure.path}:{failure.line}", failure.what) for failure in report.failures]
    if failed:
        raise Unfinished(f"not proven, so nothing was written: {failed[0][1]}", where=failed[0][0])


def _with_new(production: Mapping[str, Scalar], wish: Wish) -> dict[str, Scalar]:
    value = production.get(wish.old, "production-holds-this")
    return {**production, wish.old: value, wish.new: value}
