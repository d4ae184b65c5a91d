"""The committed YAML of each environment in, its checked and typed values out.

`<values>/environments/<name>.yaml` holds one line a key: a value, `{secret: REFERENCE}`, or
`{shared: reason}` where an environment may use production's. `<values>/keys.yaml` says what each key is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portability import secrets
from portability.documents import Node, parse, scalar
from portability.errors import Refused, UsageError
from portability.model import Scalar
from portability.naming import NamedKey
from portability.settings import PRODUCTION, Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """What one environment says of one key: a value, where a secret is kept, why it is shared, or nothing."""

    where: str
    value: Scalar | None = None
    secret: secrets.Reference | None = None
    shared: str = ""

    @property
    def missing(self) -> bool:
        return self.value is None and self.secret is None and not self.shared


@dataclass(frozen=True, slots=True)
class Environment:
    """The entries of one environment by key, and the file they come from."""

    name: str
    file: str
    entries: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What a key is, and the keys whose values must differ from its own in every environment."""

    service: str
    category: str
    kind: str
    role: str = ""
    distinct: tuple[str, ...] = ()


_WORDS = ("service", "category", "kind", "role")


def path_of(settings: Settings, name: str) -> str:
    """Where an environment's values stand, relative to the root."""
    return f"{settings.values}/environments/{name}.yaml"


def keys_path(settings: Settings) -> str:
    """Where it stands what each key is, relative to the root."""
    return f"{settings.values}/keys.yaml"


def load(settings: Settings, name: str) -> Environment:
    """The environment `name`; without a file it has no entries. UsageError for a file that is wrong."""
    settings.environment(name)
    relative = path_of(settings, name)
    data = _read(settings, relative)
    if data is None:
        return Environment(name, relative)
    parts = parse(data, relative).mapping()
    return Environment(name, relative, {key: _entry(key, node) for key, node in parts.items()})


def load_keys(settings: Settings) -> dict[str, KeyInfo]:
    """What each key is; {} before the first apply."""
    relative = keys_path(settings)
    data = _read(settings, relative)
    if data is None:
        return {}
    found = {}
    for name, node in parse(data, relative).mapping().items():
        parts = node.mapping((*_WORDS, "distinct"))
        service, category, kind, role = (parts[w].text() if w in parts else "" for w in _WORDS)
        distinct = tuple(item.text() for item in parts["distinct"].items()) if "distinct" in parts else ()
        found[name] = KeyInfo(service, category, kind, role, distinct)
    return found


def _read(settings: Settings, relative: str) -> bytes | None:
    try:
        return (settings.root / relative).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {relative}: {(error.strerror or '').lower()}") from None


def _entry(key: str, node: Node) -> Entry:
    if isinstance(node.value, str):
        return Entry(node.where, None if node.is_null else _scalar(node))
    parts = node.mapping(("secret", "shared"))
    if len(parts) != 1:
        raise node.error("must be a value, {secret: REFERENCE} or {shared: reason}")
    if "secret" in parts:
        return Entry(node.where, secret=secrets.parse(parts["secret"].text(), key, node.where))
    return Entry(node.where, shared=parts["shared"].text())


def _scalar(node: Node) -> Scalar:
    text = str(node.value)
    if not node.plain:
        return text
    if text in ("true", "false"):
        return node.boolean()
    if text.lstrip("-").isdigit():
        return node.integer()
    try:
        number = float(text)
    except ValueError:
        return node.text()
    if not math.isfinite(number):
        raise node.error("must be a finite number")
    return number


def problems(settings: Settings, environment: Environment, keys: Iterable[str]) -> list[str]:
    """What keeps an environment from being rendered: each with its place, never with a value.

    A key without a value, one that no code reads, a value that is production's but not declared
    shared, and two values that must differ but don't.
    """
    known = list(keys)
    found = [f"{environment.file}: {key} is not there" for key in known if key not in environment.entries]
    for key, entry in environment.entries.items():
        if key not in known:
            found.append(f"{entry.where}: {key} is read nowhere")
        elif entry.missing:
            found.append(f"{entry.where}: {key} has no value")
        elif entry.shared and environment.name == PRODUCTION:
            found.append(f"{entry.where}: {key} is production's own value and can't be shared with it")
    return found + _same_as_production(settings, environment) + _not_distinct(settings, environment)


def _same_as_production(settings: Settings, environment: Environment) -> list[str]:
    if environment.name == PRODUCTION:
        return []
    production = load(settings, PRODUCTION)
    hosts = {
        e.value: key for key, e in production.entries.items() if isinstance(e.value, str) and len(e.value) > 3
    }
    found = []
    for key, entry in environment.entries.items():
        theirs = production.entries.get(key)
        if (
            entry.value is not None
            and theirs is not None
            and _counts(entry.value)
            and entry.value == theirs.value
        ):
            found.append(
                f"{entry.where}: {key} is equal to production's; give the replica's, or {{shared: reason}}"
            )
        elif isinstance(entry.value, str) and entry.value in hosts:
            found.append(f"{entry.where}: {key} is production's {hosts[entry.value]}")
        elif entry.secret is not None and theirs is not None and entry.secret == theirs.secret:
            found.append(f"{entry.where}: {key} refers to production's secret")
    return found


def _counts(value: Scalar) -> bool:
    """Whether an equal value ties two environments together: a port or a switch doesn't."""
    return isinstance(value, str)


def _not_distinct(settings: Settings, environment: Environment) -> list[str]:
    found = []
    for key, info in load_keys(settings).items():
        for other in info.distinct:
            mine, theirs = environment.entries.get(key), environment.entries.get(other)
            if mine and theirs and mine.value is not None and mine.value == theirs.value and key < other:
                found.append(f"{theirs.where}: {other} and {key} must differ: code tells cases apart by them")
    return found


def values(settings: Settings, name: str) -> dict[str, Scalar]:
    """Every key's value in the environment `name`, secrets fetched.

    Refused (with all problems) where the environment is incomplete or holds production's values.
    """
    environment = load(settings, name)
    known = load_keys(settings)
    if not known:
        raise UsageError(
            "there are no keys yet", where=keys_path(settings), hint="run portability apply first"
        )
    wrong = problems(settings, environment, known)
    if wrong:
        raise Refused(
            f"{name} can't be rendered: {len(wrong)} of {len(known)} keys are not ready",
            where="\n         ".join(
                wrong[:20] + ([f"… and {len(wrong) - 20} more"] if len(wrong) > 20 else [])
            ),
            hint=f"edit {environment.file}",
        )
    production = environment if name == PRODUCTION else load(settings, PRODUCTION)
    return {key: _value(settings, key, environment.entries[key], production) for key in known}


def _value(settings: Settings, key: str, entry: Entry, production: Environment) -> Scalar:
    if entry.shared:
        entry = production.entries[key]
    if entry.secret is not None:
        return secrets.resolve(entry.secret, key, settings.root, entry.where)
    assert entry.value is not None
    return entry.value


def plain_values(environment: Environment) -> dict[str, Scalar]:
    """The values that stand in the file itself, without secrets."""
    return {key: e.value for key, e in environment.entries.items() if e.value is not None}


def with_keys(text: str, environment: Environment, keys: Sequence[NamedKey], secrets_folder: str) -> str:
    """The YAML of `environment` with the keys it lacks added at its end; what people wrote stays.

    Production gets its values, a secret a reference to a file of `secrets_folder`; any other
    environment gets lines without a value, for people to fill in.
    """
    lines = []
    for named in keys:
        name = named.key.name
        if name in environment.entries:
            continue
        if environment.name != PRODUCTION:
            lines.append(f"{name}:")
        elif named.key.secret:
            lines.append(f"{name}: {{secret: {scalar(f'file:{secrets_folder}/{name}')}}}")
        else:
            lines.append(f"{name}: {_yaml(named.value)}")
    if not lines:
        return text
    head = text if text else _HEADS[environment.name == PRODUCTION].format(name=environment.name)
    return head.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def _yaml(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return scalar(value) if isinstance(value, str) else repr(value)


_HEADS = {
    True: "# What production holds. A secret stands here by reference only (env:NAME, file:PATH).\n",
    False: "# What {name} holds: one value a key, {{secret: env:NAME}}, or {{shared: reason}}\n"
    "# where it may really use production's. Without all values it can't be rendered.\n",
}


def keys_yaml(known: Mapping[str, KeyInfo]) -> str:
    """`keys.yaml` for `known`, sorted, one line a key."""
    lines = ["# What each key is. `distinct` names keys whose values must differ in every environment."]
    for name, info in sorted(known.items()):
        words = (info.service, info.category, info.kind, info.role)
        parts = [f"{word}: {scalar(text)}" for word, text in zip(_WORDS, words, strict=True) if text]
        if info.distinct:
            parts.append(f"distinct: [{', '.join(sorted(info.distinct))}]")
        lines.append(f"{name}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"
