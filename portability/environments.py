"""The committed YAML of each environment in, its checked and typed values out.

`<values>/environments/<name>.yaml` holds one line a key: a value, `{secret: REFERENCE}`, or
`{shared: reason}` where an environment may use production's. `<values>/keys.yaml` says what each key is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portability import secrets
from portability.documents import Node, parse, scalar
from portability.errors import Refused, UsageError
from portability.model import Category, Scalar
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
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot read the values: {reason}", relative) from None


def _entry(key: str, node: Node) -> Entry:
    if isinstance(node.value, str):
        return Entry(node.where, None if node.is_null else _scalar(node))
    parts = node.mapping(("secret", "shared")) if isinstance(node.value, Mapping) else {}
    if len(parts) != 1:
        raise node.error("must be a value, {secret: REFERENCE} or {shared: reason}")
    if "secret" in parts:
        return Entry(node.where, secret=secrets.parse(parts["secret"].text(), key, node.where))
    reason = parts["shared"].text(as_written=True)
    if not reason.strip():
        raise parts["shared"].error("must say why production's value may be used here")
    return Entry(node.where, shared=reason)


_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?|-?[0-9](?:\.[0-9]+)?[eE][-+]?[0-9]+")
_LIKE_NUMBER = re.compile(r"(?!\d+(?:\.\d+){2,}\Z)[-+]?[.\d][\d_.,:]*(?:[eE][-+]?\d+)?", re.ASCII)
"""What someone may take for a number; 10.0.0.1, of two dots or more, is one to nobody."""


def _scalar(node: Node) -> Scalar:
    """A text, a number or a switch; what may be read as either of two is an error that asks for quotes."""
    text = str(node.value)
    if not node.plain:
        return text
    if text in ("true", "false"):
        return node.boolean()
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise node.error("must be a finite number")
        return number
    if _LIKE_NUMBER.fullmatch(text):
        raise node.error("may be a number or a text", hint="put a text in quotes")
    return node.text()


_LACKING = " is not there"
_ADDS = "; portability apply adds the lines that it lacks"


def problems(settings: Settings, environment: Environment, keys: Mapping[str, KeyInfo]) -> list[str]:
    """What keeps an environment from being rendered: each with its place, never with a value.

    A key without a value, one that no code reads, a credential in plain text, a value that is
    production's but not declared shared, and two values that must differ but don't.
    """
    found = [f"{environment.file}: {key}{_LACKING}" for key in keys if key not in environment.entries]
    for key, entry in environment.entries.items():
        if key not in keys:
            found.append(f"{entry.where}: {key} is read nowhere")
        elif entry.missing:
            found.append(f"{entry.where}: {key} has no value")
        elif entry.shared and environment.name == PRODUCTION:
            found.append(f"{entry.where}: {key} is production's own value and can't be shared with it")
        elif entry.value is not None and keys[key].category == Category.CREDENTIAL:
            found.append(f"{entry.where}: {key} is a credential: give {{secret: env:NAME}} or a file:PATH")
    return found + _same_as_production(settings, environment) + _not_distinct(environment, keys)


def _same_as_production(settings: Settings, environment: Environment) -> list[str]:
    if environment.name == PRODUCTION:
        return []
    production = load(settings, PRODUCTION)
    texts = {
        e.value: key for key, e in production.entries.items() if isinstance(e.value, str) and len(e.value) > 3
    }
    found = []
    for key, entry in environment.entries.items():
        theirs = production.entries.get(key, Entry(""))
        if isinstance(entry.value, str) and entry.value == theirs.value:
            found.append(
                f"{entry.where}: {key} is equal to production's; give the replica's, or {{shared: reason}}"
            )
        elif isinstance(entry.value, str) and entry.value in texts:
            found.append(f"{entry.where}: {key} is production's {texts[entry.value]}")
        elif entry.secret is not None and entry.secret == theirs.secret:
            found.append(f"{entry.where}: {key} refers to production's secret")
    return found


def _not_distinct(environment: Environment, keys: Mapping[str, KeyInfo]) -> list[str]:
    found = []
    for key, info in keys.items():
        for other in info.distinct:
            mine, theirs = environment.entries.get(key), environment.entries.get(other)
            if mine and theirs and mine.value is not None and mine.value == theirs.value and key < other:
                found.append(f"{theirs.where}: {other} and {key} must differ: code tells cases apart by them")
    return found


def values(settings: Settings, name: str) -> dict[str, Scalar]:
    """Every key's value in the environment `name`, secrets fetched.

    Refused (with all problems) where the environment is incomplete or holds production's values;
    UsageError where secrets can't be fetched.
    """
    environment = load(settings, name)
    known = load_keys(settings)
    if not known:
        raise UsageError(
            "there are no keys yet", where=keys_path(settings), hint="run portability apply first"
        )
    _refuse(environment, len(known), problems(settings, environment, known))
    production = environment if name == PRODUCTION else load(settings, PRODUCTION)
    entries = {key: _meant(environment.entries[key], production.entries.get(key)) for key in known}
    fetched, missing = _fetch(settings, entries)
    if missing:
        raise UsageError(
            f"{_some(len(missing), 'secret')} of {name} can't be read",
            where=_listed(missing),
            hint=f"put them where {environment.file} says, or change what it says",
        )
    _refuse(environment, len(known), same_secrets(settings, environment))
    return fetched


def _refuse(environment: Environment, keys: int, wrong: Sequence[str]) -> None:
    if wrong:
        raise Refused(
            f"{environment.name} can't be rendered: {_some(len(wrong), 'problem')} in {_some(keys, 'key')}",
            where=_listed(wrong),
            hint=f"edit {environment.file}" + (_ADDS if wrong[0].endswith(_LACKING) else ""),
        )


def _some(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(lines: Sequence[str], most: int = 20) -> str:
    """The lines below each other, as `where` shows them, those after `most` as a number."""
    rest = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return "\n         ".join([*lines[:most], *rest])


def _meant(entry: Entry, production: Entry | None) -> Entry:
    """The entry that holds the value: production's for one that is shared."""
    return (production or Entry(entry.where)) if entry.shared else entry


def _fetch(settings: Settings, entries: Mapping[str, Entry]) -> tuple[dict[str, Scalar], list[str]]:
    """Each key's value, and the keys whose value can't be fetched, each as a line with its place."""
    found: dict[str, Scalar] = {}
    missing = []
    for key, entry in entries.items():
        if entry.secret is None and entry.value is None:
            missing.append(f"{entry.where}: {key} is shared, but production has no value")
        elif entry.secret is None:
            assert entry.value is not None
            found[key] = entry.value
        else:
            try:
                found[key] = secrets.resolve(entry.secret, key, settings.root, entry.where)
            except UsageError as error:
                missing.append(f"{error.where}: {error.message}")
    return found, missing


def unreadable_secrets(settings: Settings, environment: Environment) -> list[str]:
    """The secrets of an environment that can't be fetched here, each as a line with its place."""
    entries = {key: entry for key, entry in environment.entries.items() if entry.secret is not None}
    return _fetch(settings, entries)[1]


def same_secrets(settings: Settings, environment: Environment) -> list[str]:
    """The keys whose secret is production's, though it is kept elsewhere; only what can be read here."""
    if environment.name == PRODUCTION:
        return []
    production = load(settings, PRODUCTION).entries
    theirs = _fetch(settings, {key: entry for key, entry in production.items() if entry.secret})[0]
    mine = _fetch(settings, {key: entry for key, entry in environment.entries.items() if entry.secret})[0]
    return [
        f"{environment.entries[key].where}: {key} holds production's secret; "
        "give the replica its own, or {shared: reason}"
        for key, value in mine.items()
        if value != "" and theirs.get(key) == value
    ]


def held(settings: Settings, environment: Environment) -> dict[str, Scalar | None]:
    """What an environment holds by key, secrets fetched; None for what can't be read here."""
    fetched = _fetch(settings, environment.entries)[0]
    return {key: fetched.get(key) for key in environment.entries}


def plain_values(environment: Environment) -> dict[str, Scalar]:
    """The values that stand in the file itself, without secrets."""
    return {key: e.value for key, e in environment.entries.items() if e.value is not None}


def with_keys(
    text: str,
    environment: Environment,
    keys: Sequence[NamedKey],
    secrets_folder: str,
    shared: Mapping[str, str] | None = None,
) -> str:
    """The YAML of `environment` with the keys it lacks added at its end; what people wrote stays.

    Production gets its values, a secret a reference to a file of `secrets_folder`. Any other
    environment gets lines without a value, for people to fill in; where `shared` gives a reason
    for the key, it stands there instead.
    """
    lines = []
    for named in keys:
        name = named.key.name
        if name in environment.entries:
            continue
        if environment.name != PRODUCTION:
            reason = (shared or {}).get(name)
            lines.append(f"{name}: {{shared: {_quoted(reason)}}}" if reason else f"{name}:")
        elif named.key.secret:
            lines.append(f"{name}: {{secret: {_quoted(f'file:{secrets_folder}/{name}')}}}")
        else:
            lines.append(f"{name}: {_yaml(named.value)}")
    if not lines:
        return text
    head = text if text else _HEADS[environment.name == PRODUCTION].format(name=environment.name)
    end = "\r\n" if "\r\n" in head else "\n"
    gap = "" if head.endswith("\n") else end
    return head + gap + "".join(line + end for line in lines)


def _yaml(value: Scalar) -> str:
    """A value as it reads back: the same text, the same number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    return _quoted(value) if _LIKE_NUMBER.fullmatch(value) else scalar(value)


def _quoted(text: str) -> str:
    """The same in quotes, also where it could do without: inside braces, or like a number."""
    written = scalar(text)
    return f"'{text}'" if written == text else written


_HEADS = {
    True: "# What production holds. A secret stands here by reference only (env:NAME, file:PATH).\n",
    False: "# What {name} holds: one value a key, {{secret: env:NAME}}, or {{shared: reason}}\n"
    "# where it may really use production's. Without all values it can't be rendered.\n",
}


KEYS_HEAD = "# What each key is."
"""How `keys.yaml` begins, by which a folder of values is recognised wherever it lies."""


def keys_yaml(known: Mapping[str, KeyInfo]) -> str:
    """`keys.yaml` for `known`, sorted, one line a key."""
    lines = [f"{KEYS_HEAD} `distinct` names keys whose values must differ in every environment."]
    for name, info in sorted(known.items()):
        words = (info.service, info.category, info.kind, info.role)
        parts = [f"{word}: {scalar(text)}" for word, text in zip(_WORDS, words, strict=True) if text]
        if info.distinct:
            parts.append(f"distinct: [{', '.join(sorted(info.distinct))}]")
        lines.append(f"{name}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"
