"""A plan in, proven and written through the transaction; or undone to the last byte."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from portability import environments, proof, rendering, transaction
from portability.environments import KeyInfo
from portability.errors import Refused
from portability.files import write_atomic
from portability.journal import Journal
from portability.model import Edit, Safety, Scalar
from portability.php import Php
from portability.plan import Plan, PlannedFile
from portability.proof import FileChange, ProofReport, Shown
from portability.settings import PRODUCTION, Settings
from portability.stacks import support_files
from portability.syntax import inlineproof
from portability.transaction import Change

CODE, VALUES = "apply", "values"
PHP = "php"
IGNORED = ".gitignore"
_BEGIN, _END = "# portability: written for each environment", "# portability: end"


@dataclass(frozen=True, slots=True)
class Proven:
    """A plan that is proven, what the proof counted, and the files it took out because they had none."""

    plan: Plan
    report: ProofReport | None
    unproven: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: the changes to the tree, without the values."""

    changes: tuple[Change, ...]


def secrets_folder(settings: Settings) -> str:
    """Where production's secrets are put when they leave the code, relative to the root; never in git.

    Where rendered values lie outside the root (the web server serves all of it), so do secrets.
    """
    inside = not settings.rendered.startswith(("/", ".."))
    return f"{settings.values if inside else settings.rendered}/secrets/{PRODUCTION}"


def prove(settings: Settings, plan: Plan, php: Php | None) -> Proven:
    """The plan without the files whose edits could not be proven; `php` None leaves PHP unproven.

    Templates prove themselves: each renders back to the very bytes that it was made of.
    """
    inline = [file for file in plan.files if file.inline]
    production = _production_values(settings, plan)
    shown = [_shown(file, production) for file in inline if file.source.language != PHP]
    report = None
    failed: dict[str, str] = {one.path: f"not proven: {one.problem}" for one in shown if one.problem}
    if inline:
        others = _other_values(settings, production)
        changed = [_change(file) for file in inline]
        report = proof.prove(php, changed, settings.namespace, production, others, shown)
        for failure in report.failures:
            failed.setdefault(failure.path, f"not proven (line {failure.line}): {failure.what}")
    unproven = tuple(
        replace(edit, rewrite=replace(edit.rewrite, safety=Safety.REFUSED, reason=failed[file.path]))
        for file in inline
        if file.path in failed
        for edit in file.edits
        if edit.rewrite.keys
    )
    kept = tuple(file for file in plan.files if file.path not in failed)
    return Proven(_with_files(plan, kept, unproven), report, unproven)


def needs_php(plan: Plan) -> bool:
    """Whether a file of PHP would change, which only PHP can prove."""
    return any(file.inline and file.source.language == PHP for file in plan.files)


MADE_UP = "made-up values"
"""What the environment is called whose every value is one that production can't have."""


def _other_values(settings: Settings, production: Mapping[str, Scalar]) -> dict[str, dict[str, Scalar]]:
    """The values of every other environment by its name: what people wrote, made up where nothing is yet.

    Secrets are made up too: they need not be fetched to see where they would stand.
    """
    made_up = {name: _another(name, value) for name, value in production.items()}
    found = {MADE_UP: made_up}
    for environment in settings.environments:
        if environment.name != PRODUCTION:
            values: dict[str, Scalar] = {}
            for key, entry in environments.load(settings, environment.name).entries.items():
                value = production.get(key) if entry.shared else entry.value
                if key in production and value is not None:
                    values[key] = value
            if values:
                found[environment.name] = {**made_up, **values}
    return found


def _with_files(plan: Plan, files: tuple[PlannedFile, ...], left: Iterable[Edit]) -> Plan:
    read = {key for file in files for key in file.keys}
    keys = tuple(named for named in plan.keys if named.key.name in read)
    infos = {name: info for name, info in plan.infos.items() if name in read}
    return replace(plan, files=files, keys=keys, infos=infos, left=(*plan.left, *left))


def _production_values(settings: Settings, plan: Plan) -> dict[str, Scalar]:
    values = environments.plain_values(environments.load(settings, PRODUCTION))
    return {**values, **{named.key.name: named.value for named in plan.keys}}


def _another(name: str, value: Scalar) -> Scalar:
    """A value of the same type that production can't have."""
    if isinstance(value, str):
        return f"{name.lower().replace('_', '-')}.elsewhere.invalid"
    return not value if isinstance(value, bool) else value + 1


def _change(file: PlannedFile) -> FileChange:
    claims = tuple(edit.rewrite.claim for edit in file.edits if edit.rewrite.claim is not None)
    is_php = file.source.language == PHP
    return FileChange(file.path, file.source.data, file.after, file.spans, claims, is_php)


def _shown(file: PlannedFile, production: Mapping[str, Scalar]) -> Shown:
    """What the languages that need no interpreter show of a file."""
    claims = [edit.rewrite.claim for edit in file.edits if edit.rewrite.claim is not None]
    return Shown(file.path, inlineproof.problem(file.source.language, file.after, claims, production))


def changes(settings: Settings, plan: Plan) -> tuple[list[Change], list[Change]]:
    """What `plan` writes: (the values of each environment, the code), as changes for the transaction."""
    return _values(settings, plan), _code(settings, plan)


def _values(settings: Settings, plan: Plan) -> list[Change]:
    found = []
    for name in [environment.name for environment in settings.environments]:
        path = environments.path_of(settings, name)
        known = environments.load(settings, name)
        before = _bytes(settings, path)
        text = (before or b"").decode("utf-8")
        after = environments.with_keys(text, known, plan.keys, secrets_folder(settings), plan.shared)
        found.append(Change(path, before, after.encode("utf-8")))
    path = environments.keys_path(settings)
    infos = _merged(environments.load_keys(settings), plan.infos)
    found.append(Change(path, _bytes(settings, path), environments.keys_yaml(infos).encode("utf-8")))
    found += [change for change in _secrets(settings, plan) if not _outside(change)]
    return [change for change in found if change.before != change.after]


def _secrets(settings: Settings, plan: Plan) -> list[Change]:
    """The files of production's secrets that are new, in a folder that git ignores wherever it lies.

    Refused where a file of that name holds something else, which production may need.
    """
    known = environments.load(settings, PRODUCTION).entries
    found = []
    for named in plan.keys:
        if not named.key.secret or named.key.name in known:
            continue
        path = f"{secrets_folder(settings)}/{named.key.name}"
        data = str(named.value).encode("utf-8", "surrogateescape") + b"\n"
        before = _bytes(settings, path)
        if before not in (None, data):
            raise Refused(
                "a secret's file is there already and holds something else",
                where=path,
                hint="move it away, or choose another name in portability-decisions.yaml",
            )
        found.append(Change(path, before, data, 0o600))
    ignore = f"{settings.values}/secrets/{IGNORED}"
    return [*found, Change(ignore, _bytes(settings, ignore), b"*\n")] if found else []


def _merged(known: Mapping[str, KeyInfo], new: Mapping[str, KeyInfo]) -> dict[str, KeyInfo]:
    merged = {**new, **known}
    for name, info in new.items():
        distinct = tuple(sorted({*merged[name].distinct, *info.distinct}))
        merged[name] = replace(merged[name], distinct=distinct)
    return merged


def _code(settings: Settings, plan: Plan) -> list[Change]:
    found = []
    for file in plan.files:
        if file.target == file.path:
            found.append(Change(file.path, file.source.data, file.after))
            continue
        mode = _mode(settings, file.path)
        found.append(Change(file.path, file.source.data, None))
        found.append(Change(file.target, _bytes(settings, file.target), file.after, mode))
    if not found:
        return []
    languages = frozenset(file.source.language for file in plan.files if file.inline)
    support = [(item.path, item.data) for item in support_files(settings, languages)]
    support.append((IGNORED, _ignore_file(settings, plan)))
    for path, data in support:
        found.append(Change(path, _bytes(settings, path), data))
    return [change for change in found if change.before != change.after]


def _mode(settings: Settings, path: str) -> int:
    try:
        return stat.S_IMODE((settings.root / path).stat().st_mode)
    except OSError:
        raise Refused("this file went away meanwhile", path, "make the plan again") from None


def _bytes(settings: Settings, path: str) -> bytes | None:
    try:
        return (settings.root / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Refused(f"this file would change, but can't be read: {reason}", path) from None


def _ignore_file(settings: Settings, plan: Plan) -> bytes:
    """The root's .gitignore with our block: rendered files, secrets, and files that became templates."""
    text = os.fsdecode(_bytes(settings, IGNORED) or b"")
    block = re.compile(rf"^{re.escape(_BEGIN)}\r?\n(.*?)^{re.escape(_END)}(?:\r?\n|\Z)", re.M | re.S)
    found = block.search(text)
    head, tail = (text[: found.start()], text[found.end() :]) if found else (text, "")
    lines = set(found[1].splitlines()) if found else set()
    lines |= {f"/{settings.values}/secrets/", "/.portability/"}
    if not settings.rendered.startswith(("/", "..")):
        lines.add(f"/{settings.rendered}/")
    lines |= {"/" + _pattern(file.path) for file in plan.files if file.target != file.path}
    end = "\r\n" if "\r\n" in text else "\n"
    gap = end if head and not head.endswith("\n") else ""
    return os.fsencode(head + gap + end.join([_BEGIN, *sorted(lines), _END, ""]) + tail)


def _pattern(path: str) -> str:
    """A path as .gitignore writes it: its special signs escaped."""
    return "".join("\\" + c if c in "*?[\\ !#" else c for c in path)


def _outside(change: Change) -> bool:
    return change.path.startswith(("/", ".."))


def write(settings: Settings, plan: Plan) -> Applied:
    """Writes the plan: first the values, then the code, each as one transaction.

    Where the code can't be written, or somebody interrupts, the values go again too; but for secrets
    that are kept outside the root, which no transaction reaches: those stay.
    """
    values, code = changes(settings, plan)
    for secret in _secrets(settings, plan):
        if _outside(secret) and secret.before is None and secret.after is not None:
            write_atomic(settings.root / secret.path, secret.after, 0o600)
    written = ""
    try:
        with transaction.undisturbed():
            written = transaction.commit(settings.root, values, VALUES) if values else ""
        if code:
            transaction.commit(settings.root, code, CODE)
    except BaseException:
        last = transaction.last(settings.root)
        if last is not None and last.id == written:
            transaction.undo(settings.root)
        raise
    return Applied(tuple(code))


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo gave back, and the value files that people have edited since, which it kept."""

    paths: tuple[str, ...]
    kept: tuple[str, ...]


def undo(settings: Settings) -> Undone:
    """The tree as it was before the last apply; rendered files go, values that people wrote stay.

    Refused where code was changed since.
    """
    transaction.recover(settings.root)
    result = transaction.undo(settings.root, _rendered(settings, transaction.last(settings.root)))
    paths = list(result.paths)
    kept: tuple[str, ...] = ()
    if result.label == CODE and _follows(settings, VALUES):
        try:
            paths += transaction.undo(settings.root).paths
        except transaction.ChangedSince as changed:
            kept = tuple(changed.paths)
    return Undone(tuple(sorted(set(paths))), kept)


def _follows(settings: Settings, label: str) -> bool:
    last = transaction.last(settings.root)
    return last is not None and last.label == label


def _rendered(settings: Settings, last: Journal | None) -> dict[str, str]:
    """What `render` wrote here and undo takes away, each with its digest.

    That is the files that stand where a template came from; after the first apply all of them, with
    their manifest, since no key is left then.
    """
    rendered = rendering.load_manifest(settings)
    if rendered is None or last is None:
        return {}
    first = f"{settings.values}/.htaccess"
    if not any(entry.path == first and entry.old is None for entry in last.entries):
        back = {entry.path for entry in last.entries if entry.new is None}
        return {path: digest for path, digest in rendered.files.items() if path in back}
    manifest = f"{settings.rendered}/{rendering.MANIFEST}"
    return {**rendered.files, manifest: rendering.digest((settings.root / manifest).read_bytes())}
