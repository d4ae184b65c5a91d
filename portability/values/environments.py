"""The committed YAML of each environment in, its checked and typed values out.

`<values>/environments/<name>.yaml` holds one line a key: a value, `{secret: REFERENCE}`, or
`{shared: reason}` where an environment may use production's (see entries for what calls a third party).
`<values>/keys.yaml` says what each key is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from portability.errors import PortabilityError, Refused, Unfinished, UsageError
from portability.model import Category, Scalar
from portability.settings import bindings
from portability.settings.project import PRODUCTION, Settings
from portability.system import secrets
from portability.system.documents import parse, scalar
from portability.values import entries as lines_of
from portability.values import thirdparties
from portability.values.entries import Entry, quoted, written
from portability.values.naming import NamedKey


@dataclass(frozen=True, slots=True)
class Environment:
    """The entries of one environment by key, and the file they come from."""

    name: str
    file: str
    entries: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What a key is, and the keys whose values must differ from its own in every environment.

    `whose` is `unknown` where nothing told whose the value was when it was taken out of the code.
    """

    service: str
    category: str
    kind: str
    role: str = ""
    distinct: tuple[str, ...] = ()
    whose: str = ""


_WORDS = ("service", "category", "kind", "role", "whose")


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
    return Environment(name, relative, {key: lines_of.entry(key, node) for key, node in parts.items()})


def load_keys(settings: Settings) -> dict[str, KeyInfo]:
    """What each key is; {} before the first apply."""
    relative = keys_path(settings)
    data = _read(settings, relative)
    if data is None:
        return {}
    found = {}
    for name, node in parse(data, relative).mapping().items():
        parts = node.mapping((*_WORDS, "distinct"))
        service, category, kind, role, whose = (parts[w].text() if w in parts else "" for w in _WORDS)
        distinct = tuple(item.text() for item in parts["distinct"].items()) if "distinct" in parts else ()
        found[name] = KeyInfo(service, category, kind, role, distinct, whose)
    return found


def applied(settings: Settings) -> tuple[Settings, ...]:
    """The settings of each application that has keys; these, where none has any yet."""
    return tuple(part for part in settings.parts() if load_keys(part)) or (settings,)


def _read(settings: Settings, relative: str) -> bytes | None:
    try:
        return (settings.root / relative).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot read the values: {reason}", relative) from None


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
        elif entry.word and environment.name == PRODUCTION:
            found.append(f"{entry.where}: {key} can't be {entry.word} in production")
        elif entry.value is not None and keys[key].category == Category.CREDENTIAL:
            found.append(f"{entry.where}: {key} is a credential: give {{secret: REFERENCE}}, never the value")
    if environment.name != PRODUCTION:
        production = load(settings, PRODUCTION)
        outside = list(thirdparties.problems(environment.entries, production.entries, keys))
        told = {problem.partition(": ")[0] for problem in outside}
        same = _same_as_production(environment, production, keys)
        found += [*outside, *(one for one in same if one.partition(": ")[0] not in told)]
    return found + _not_distinct(environment, keys)


def _same_as_production(
    environment: Environment, production: Environment, keys: Mapping[str, KeyInfo]
) -> list[str]:
    """What is production's; a port may be: it leads to production only together with a host."""
    ports = {key for key, info in keys.items() if info.kind == "port"}
    texts = {
        e.value: key
        for key, e in production.entries.items()
        if isinstance(e.value, str) and len(e.value) > 3 and key not in ports
    }
    found = []
    for key, entry in environment.entries.items():
        theirs = production.entries.get(key, Entry(""))
        if entry.by or key in ports:
            continue
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
    UsageError where secrets can't be fetched, Unfinished where AWS may answer the next time.
    """
    environment = load(settings, name)
    known = load_keys(settings)
    if not known:
        raise UsageError(
            "there are no keys yet", where=keys_path(settings), hint="run portability apply first"
        )
    _refuse(environment, len(known), problems(settings, environment, known))
    bindings.refuse_other_account(settings, name)
    production = environment if name == PRODUCTION else load(settings, PRODUCTION)
    entries = {
        key: _meant(key, info, environment.entries[key], production.entries.get(key))
        for key, info in known.items()
    }
    fetched, missing = _fetch(settings, name, entries)
    if missing:
        hints = list(dict.fromkeys(error.hint for error in missing if error.hint))
        kind = Unfinished if any(isinstance(error, Unfinished) for error in missing) else UsageError
        raise kind(
            f"{_some(len(missing), 'secret')} of {name} can't be read",
            where=_listed([_told(error) for error in missing]),
            hint="; ".join(hints[:3]) or f"put them where {environment.file} says, or change what it says",
        )
    _refuse(environment, len(known), same_secrets(settings, environment, fetched))
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


def _meant(key: str, info: KeyInfo, entry: Entry, production: Entry | None) -> Entry:
    """The entry that holds the value: production's for one that is shared, the word's for one that is off."""
    if entry.off:
        theirs = production.value if production else None
        return replace(entry, value=thirdparties.off_value(key, info, theirs))
    return (production or Entry(entry.where)) if entry.shared else entry


def _fetch(
    settings: Settings, name: str, entries: Mapping[str, Entry]
) -> tuple[dict[str, Scalar], list[PortabilityError]]:
    """Each key's value, and an error for each whose value can't be had; `name` tells where AWS is asked."""
    found: dict[str, Scalar] = {}
    missing: list[PortabilityError] = []
    wanted = []
    for key, entry in entries.items():
        if entry.secret is not None:
            wanted.append(secrets.Wanted(entry.secret, key, entry.where))
        elif entry.value is not None:
            found[key] = entry.value
        else:
            missing.append(UsageError(f"{key} is shared, but production has no value", entry.where))
    fetched, problems = secrets.fetch(wanted, settings.root, settings.region(name))
    return {
        key: fetched[key] if key in fetched else found[key] for key in entries if key in {**found, **fetched}
    }, [
        *missing,
        *problems,
    ]


def _told(error: PortabilityError) -> str:
    return f"{error.where}: {error.message}"


def unreadable_secrets(settings: Settings, environment: Environment) -> list[str]:
    """The secrets of an environment that can't be fetched here, each as a line with its place."""
    problems = _fetch(settings, environment.name, _secret(environment))[1]
    return [_told(error) + (f" ({error.hint})" if error.hint else "") for error in problems]


def _secret(environment: Environment) -> dict[str, Entry]:
    return {key: entry for key, entry in environment.entries.items() if entry.secret is not None}


def same_secrets(
    settings: Settings, environment: Environment, mine: Mapping[str, Scalar] | None = None
) -> list[str]:
    """The keys whose secret is production's, though it is kept elsewhere; only what can be read here.

    `mine` are the environment's values, where they are known already.
    """
    own = _secret(environment)
    if environment.name == PRODUCTION or not own:
        return []
    production = load(settings, PRODUCTION)
    accounts = {settings.environment(name).binding.account for name in (PRODUCTION, environment.name)}
    apart = len(accounts - {None}) == 2
    wanted = {
        key: e for key, e in _secret(production).items() if not (apart and e.secret and e.secret.remote)
    }
    theirs = _fetch(settings, PRODUCTION, wanted)[0]
    held = _fetch(settings, environment.name, own)[0] if mine is None else mine
    return [
        f"{entry.where}: {key} holds production's secret; give the replica its own, or {{shared: reason}}"
        for key, entry in own.items()
        if held.get(key, "") != "" and theirs.get(key) == held[key]
    ]


def held(settings: Settings, environment: Environment, far: bool = False) -> dict[str, Scalar | None]:
    """What an environment holds by key, secrets fetched; None for what can't be read here.

    What AWS keeps is asked for only if `far` says so.
    """
    wanted = {k: e for k, e in environment.entries.items() if far or not (e.secret and e.secret.remote)}
    fetched = _fetch(settings, environment.name, wanted)[0]
    return {key: fetched.get(key) for key in environment.entries}


def held_by(settings: Settings, name: str, keys: Collection[str]) -> dict[str, Scalar | None]:
    """What the environment `name` holds for those of `keys` that it has, AWS asked where it keeps them."""
    environment = load(settings, name)
    entries = {key: entry for key, entry in environment.entries.items() if key in keys}
    return held(settings, replace(environment, entries=entries), far=True)


def plain_values(environment: Environment) -> dict[str, Scalar]:
    """The values that stand in the file itself, without secrets."""
    return {key: e.value for key, e in environment.entries.items() if e.value is not None}


def with_keys(
    text: str,
    environment: Environment,
    keys: Sequence[NamedKey],
    kept: Callable[[str], secrets.Reference],
    shared: Mapping[str, str] | None = None,
) -> str:
    """The YAML of `environment` with the keys it lacks added at its end; what people wrote stays.

    Production gets its values, a secret the reference that `kept` gives for its name. Any other
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
            outside = "  # a third party's" if named.category is Category.THIRD_PARTY else ""
            lines.append(f"{name}: {{shared: {quoted(reason)}}}" if reason else f"{name}:{outside}")
        elif named.key.secret:
            lines.append(f"{name}: {{secret: {quoted(str(kept(name)))}}}")
        else:
            lines.append(f"{name}: {written(named.value)}")
    if not lines:
        return text
    head = text if text else _HEADS[environment.name == PRODUCTION].format(name=environment.name)
    end = "\r\n" if "\r\n" in head else "\n"
    gap = "" if head.endswith("\n") else end
    return head + gap + "".join(line + end for line in lines)


_HEADS = {
    True: "# What production holds. A secret stands here by reference only: env:NAME, file:PATH, ssm:NAME,\n"
    "# secretsmanager:ID.\n",
    False: "# What {name} holds: one value a key, {{secret: REFERENCE}}, or {{shared: reason}} where it may\n"
    "# really use production's. What calls a third party: {{sandbox: VALUE}}, {{sink: VALUE}} or\n"
    "# {{off: reason}}. Without all values it can't be rendered.\n",
}


KEYS_HEAD = "# What each key is."
"""How `keys.yaml` begins, by which a folder of values is recognised wherever it lies."""


def keys_yaml(known: Mapping[str, KeyInfo]) -> str:
    """`keys.yaml` for `known`, sorted, one line a key."""
    lines = [f"{KEYS_HEAD} `distinct` names keys whose values must differ in every environment."]
    for name, info in sorted(known.items()):
        words = (info.service, info.category, info.kind, info.role, info.whose)
        parts = [f"{word}: {scalar(text)}" for word, text in zip(_WORDS, words, strict=True) if text]
        if info.distinct:
            parts.append(f"distinct: [{', '.join(sorted(info.distinct))}]")
        lines.append(f"{name}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"
