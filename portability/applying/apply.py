"""A proven plan in, written through the transaction; or undone to the last byte."""

from __future__ import annotations

import functools
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from portability.applying import transaction
from portability.applying.transaction import Change
from portability.errors import Refused
from portability.model import Category, EnvKey
from portability.planning.plans import Plan
from portability.planning.support import support_files
from portability.settings.attributes import FILE_NAME as ATTRIBUTES
from portability.settings.attributes import attributes, with_block
from portability.settings.placement import Store
from portability.settings.project import PRODUCTION, Settings
from portability.system.files import write_atomic
from portability.system.journal import Journal
from portability.values import environments, keeping, rendering
from portability.values.environments import KeyInfo
from portability.values.naming import NamedKey
from portability.values.outputs import rendered_paths, written

CODE = "apply"
IGNORED = ".gitignore"
WRITTEN = b"Written by `portability apply`"

_BEGIN, _END = "# portability: written for each environment", "# portability: end"


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: the changes to the tree; and what a store of AWS's was given."""

    changes: tuple[Change, ...]
    stored: keeping.Stored = field(default_factory=keeping.Stored)


def changes(settings: Settings, plan: Plan) -> list[Change]:
    """What `plan` writes: the values of each environment, then the code, as changes for the transaction.

    Where the repository holds several applications, all of theirs.
    """
    parts = _parts(settings, plan)
    touched = [(part, of_it) for part, of_it in parts if of_it.files]
    found = [
        change for part, of_it in parts if of_it.files or _lacking(part) for change in _values(part, of_it)
    ]
    found += [change for part, of_it in touched for change in _code(part, of_it)]
    found += outputs(settings, plan)
    if touched:
        about = _bytes(settings, IGNORED)
        made = {change.path for change in found}
        found += [Change(IGNORED, about, _ignore_file(about, parts))] if IGNORED not in made else []
        about = _bytes(settings, ATTRIBUTES)
        found.append(Change(ATTRIBUTES, about, attributes(settings, about or b"")))
    return [change for change in found if change.before != change.after]


def _parts(settings: Settings, plan: Plan) -> list[tuple[Settings, Plan]]:
    """Each application with its plan, which may be empty."""
    made = {part.application: (part, of_it) for part, of_it in plan.each(settings)}
    nothing = Plan((), (), {}, (), ())
    return [made.get(part.application, (part, nothing)) for part in settings.parts()]


def lacking(settings: Settings) -> dict[str, tuple[str, ...]]:
    """By path of its values, the keys of which an environment other than production has no line."""
    return {path: keys for part in settings.parts() for path, keys in _lacking(part).items()}


def _lacking(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The same of one application."""
    keys = environments.load_keys(settings)
    found = {}
    for name in [environment.name for environment in settings.environments if environment.name != PRODUCTION]:
        entries = environments.load(settings, name).entries
        missing = tuple(key for key in keys if key not in entries)
        if missing:
            found[environments.path_of(settings, name)] = missing
    return found


def _values(settings: Settings, plan: Plan) -> list[Change]:
    found = []
    missing = _lacking(settings)
    known_keys = environments.load_keys(settings)
    for name in [environment.name for environment in settings.environments]:
        path = environments.path_of(settings, name)
        known = environments.load(settings, name)
        before = _bytes(settings, path)
        text = (before or b"").decode("utf-8")
        late = [_known_key(key, known_keys[key]) for key in missing.get(path, ())]
        keys = (*late, *(named for named in plan.keys if named.key.name not in missing.get(path, ())))
        kept = functools.partial(keeping.reference, settings)
        after = environments.with_keys(text, known, keys, kept, plan.shared)
        found.append(Change(path, before, after.encode("utf-8")))
    path = environments.keys_path(settings)
    infos = _merged(environments.load_keys(settings), plan.infos)
    found.append(Change(path, _bytes(settings, path), environments.keys_yaml(infos).encode("utf-8")))
    found += [change for change in _secrets(settings, plan) if not _outside(change)]
    return [change for change in found if change.before != change.after]


def _known_key(name: str, info: KeyInfo) -> NamedKey:
    """A key that is there already, for an environment that gets a line without a value."""
    category = Category(info.category) if info.category in tuple(Category) else Category.HOST
    return NamedKey(EnvKey(name, info.service), "", category, info.kind, info.role)


def _secrets(settings: Settings, plan: Plan) -> list[Change]:
    """The files of production's secrets that are new, in a folder that git ignores wherever it lies.

    Refused where a file of that name holds something else, which production may need.
    """
    found = []
    for named in new_secrets(settings, plan) if settings.secrets.store is Store.FILE else ():
        path = f"{keeping.folder(settings)}/{named.key.name}"
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


def new_secrets(settings: Settings, plan: Plan) -> list[NamedKey]:
    """The credentials of one application's plan that production's values don't refer to yet."""
    known = environments.load(settings, PRODUCTION).entries
    return [named for named in plan.keys if named.key.secret and named.key.name not in known]


def going(settings: Settings, plan: Plan) -> list[tuple[Settings, NamedKey]]:
    """The same of all applications, each with the settings of its own."""
    return [(part, named) for part, one in plan.each(settings) for named in new_secrets(part, one)]


def _merged(known: Mapping[str, KeyInfo], new: Mapping[str, KeyInfo]) -> dict[str, KeyInfo]:
    merged = {**new, **known}
    for name, info in new.items():
        distinct = tuple(sorted({*merged[name].distinct, *info.distinct}))
        whose = merged[name].whose if info.whose else ""
        merged[name] = replace(merged[name], distinct=distinct, whose=whose)
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
    for item in support_files(settings, languages):
        found.append(Change(item.path, _bytes(settings, item.path), item.data))
    return [change for change in found if change.before != change.after]


def outputs(settings: Settings, plan: Plan) -> list[Change]:
    """What the settings' `outputs` ask for and is missing or older than the keys; none before there are keys.

    Refused where a file of that name is people's own; what was written here before tells it itself.
    """
    parts = _parts(settings, plan)
    infos = {part.application: _merged(environments.load_keys(part), of_it.infos) for part, of_it in parts}
    every = {name: info for known in infos.values() for name, info in known.items()}
    if not settings.outputs or not every:
        return []
    found = []
    for part, _ in parts:
        for file in written(part, _secrecy(infos[part.application]), _secrecy(every)):
            before = _bytes(settings, file.path)
            if before is None or not file.once:
                if before is not None and WRITTEN not in before[:400]:
                    raise Refused(
                        "a file of this name is there already, and portability did not write it",
                        where=file.path,
                        hint="move it away, or take its output out of the settings",
                    )
                found.append(Change(file.path, before, file.data, file.mode))
    about = _bytes(settings, IGNORED)
    found.append(Change(IGNORED, about, _ignore_file(about, parts)))
    return [change for change in found if change.before != change.after]


def _secrecy(infos: Mapping[str, KeyInfo]) -> dict[str, bool]:
    """Of each key, whether it is a credential."""
    return {name: info.category == Category.CREDENTIAL for name, info in sorted(infos.items())}


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


def _ignore_file(data: bytes | None, parts: Sequence[tuple[Settings, Plan]]) -> bytes:
    """The root's .gitignore with our block: rendered files, secrets, and files that became templates."""
    lines = {"/.portability/"}
    for part, plan in parts:
        if not plan.files and not environments.load_keys(part):
            continue
        lines.add(f"/{part.values}/secrets/")
        if not part.rendered.startswith(("/", "..")):
            lines.add(f"/{part.rendered}/")
        outside = [path for path in rendered_paths(part) if not _inside_rendered(part, path)]
        lines |= {f"/{_pattern(path)}" for path in outside}
        lines |= {"/" + _pattern(file.path) for file in plan.files if file.target != file.path}
    return with_block(data or b"", _BEGIN, _END, lines)


def _inside_rendered(settings: Settings, path: str) -> bool:
    return path.startswith((f"{settings.rendered}/", "/", "../"))


def _pattern(path: str) -> str:
    """A path as .gitignore writes it: its special signs escaped."""
    return "".join("\\" + c if c in "*?[\\ !#" else c for c in path)


def _outside(change: Change) -> bool:
    return change.path.startswith(("/", ".."))


def write(settings: Settings, plan: Plan) -> Applied:
    """Writes the plan, values and code, as one transaction.

    Secrets that are kept outside the root or at AWS, which no transaction reaches, are put there first:
    they stay where the rest can't be written, and the next run finds them.
    """
    made = changes(settings, plan)
    stored = keeping.store(settings, keeping.targets(going(settings, plan)))
    for secret in [secret for part, one in plan.each(settings) for secret in _secrets(part, one)]:
        if _outside(secret) and secret.before is None and secret.after is not None:
            write_atomic(settings.root / secret.path, secret.after, 0o600)
    if made:
        transaction.commit(settings.root, made, CODE)
    return Applied(tuple(made), stored)


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
    rendered = _rendered(settings, transaction.last(settings.root))
    result = transaction.undo(settings.root, rendered, lambda path: _is_value(settings, path))
    return Undone(result.paths, result.edited)


def _is_value(settings: Settings, path: str) -> bool:
    """Whether people write into a file: the values of an environment, or a secret of production's."""
    return any(
        path.startswith((f"{part.values}/environments/", f"{part.values}/secrets/"))
        or path == environments.keys_path(part)
        for part in settings.parts()
    )


def _rendered(settings: Settings, last: Journal | None) -> dict[str, str]:
    """What `render` wrote here and undo takes away, each with its digest.

    That is the files that stand where a template came from; after the first apply all of them, with
    their manifest, since no key is left then.
    """
    found: dict[str, str] = {}
    for part in settings.parts() if last is not None else ():
        rendered = rendering.load_manifest(part)
        if rendered is None or last is None:
            continue
        first = f"{part.values}/.htaccess"
        if not any(entry.path == first and entry.old is None for entry in last.entries):
            back = {entry.path for entry in last.entries if entry.new is None}
            found |= {path: digest for path, digest in rendered.files.items() if path in back}
            continue
        manifest = f"{part.rendered}/{rendering.MANIFEST}"
        digest = rendering.digest((part.root / manifest).read_bytes())
        found |= {**rendered.files, manifest: digest}
    return found
