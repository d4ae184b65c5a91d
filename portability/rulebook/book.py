"""Rule files in, a checked Rulebook out: what to look for, where, why, and lists of known hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from portability.errors import UsageError
from portability.model import Category, Safety, Whose
from portability.rulebook.expressions import Expression
from portability.rulebook.hosts import Known, KnownHosts
from portability.system.documents import Node, parse

KNOWN_HOSTS = "known-hosts"
"""The folder below a folder of rules that holds lists of hosts instead of rules."""


class Where(StrEnum):
    """What a rule looks at."""

    LITERALS = "literals"
    KEYS = "keys"
    CALLS = "calls"
    HOSTS = "hosts"
    REPEATS = "repeats"
    ENGINE = "engine"


WITHOUT_KEYWORDS = frozenset({Where.CALLS, Where.REPEATS, Where.HOSTS, Where.ENGINE})
"""Kinds of rules that find their files otherwise than by a word."""


class Judged(StrEnum):
    """What a host turns out to be, once the evidence is in, or its port: each has one rule."""

    OWN = "own"
    SERVICE = "service"
    ADDRESS = "address"
    LOOPBACK = "loopback"
    THIRD_PARTY = "third party"
    UNKNOWN = "unknown"
    EMAIL = "e-mail"
    PORT = "port"


class Role(StrEnum):
    """What an argument of a call is for."""

    HOST = "host"
    URL = "url"
    DSN = "dsn"
    USER = "user"
    PASSWORD = "password"
    PORT = "port"
    DATABASE = "database"
    BUCKET = "bucket"
    QUEUE = "queue"
    COOKIE_DOMAIN = "cookie-domain"
    ACCESS_KEY = "access-key"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class Example:
    """A small file and the values that a rule must find in it, in order: none for a counterexample.

    `own` are hosts that are taken for production's, as the settings would say.
    """

    path: str
    text: str
    finds: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class CallPattern:
    """A function, method or command and what its arguments are: by position (`0`) or by name (`host`).

    `receiver` must match what the method is called on, `named` the name before the argument
    (`CURLOPT_URL`), where they are given.
    """

    name: str
    arguments: Mapping[int | str, Role]
    receiver: Expression | None = None
    named: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for; see docs/rules.md for what each field means."""

    id: str
    title: str
    service: str
    kind: str
    category: Category
    where: Where
    why: str
    file: str
    languages: frozenset[str] = frozenset()
    role: str = ""
    find: Expression | None = None
    names: Expression | None = None
    unless: Expression | None = None
    unless_names: Expression | None = None
    calls: tuple[CallPattern, ...] = ()
    judged: Judged | None = None
    keywords: tuple[bytes, ...] = ()
    key: str = ""
    safety: Safety = Safety.SAFE
    confidence: float = 0.9
    references: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules that are on, by id, and what is known of hosts."""

    rules: Mapping[str, Rule]
    known: KnownHosts = field(default_factory=KnownHosts)

    def of(self, where: Where) -> tuple[Rule, ...]:
        """The rules of one kind, in the order of their ids."""
        return tuple(rule for rule in self.rules.values() if rule.where is where)

    def only(self, wanted: Iterable[str] = (), unwanted: Iterable[str] = ()) -> Rulebook:
        """The same book with only the wanted rules (none named: all) and without the unwanted."""
        chosen, left_out = self._known_ids(wanted), self._known_ids(unwanted)
        kept = {i: r for i, r in self.rules.items() if (not chosen or i in chosen) and i not in left_out}
        return Rulebook(kept, self.known)

    def _known_ids(self, ids: Iterable[str]) -> set[str]:
        found = set(ids)
        for unknown in sorted(found - set(self.rules)):
            raise UsageError(
                f"there is no rule {unknown}", hint="portability rules list shows all that are on"
            )
        return found


def load(folders: Sequence[Path], off: Iterable[str] = ()) -> Rulebook:
    """All rules of the folders, a later folder's replacing an earlier one's of the same id.

    UsageError, with file and line, for a file that is no rule and for an `off` that names none.
    """
    rules: dict[str, Rule] = {}
    known: list[Known] = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"there is no folder of rules {folder}")
        for file in files(folder):
            if KNOWN_HOSTS in file.relative_to(folder).parts:
                known += read_known(file)
            else:
                rule = read_rule(file)
                rules[rule.id] = rule
    book = Rulebook(dict(sorted(rules.items())), KnownHosts.of(known))
    return book.only((), off)


def files(folder: Path) -> list[Path]:
    """The files of a folder of rules, in order."""
    return sorted(folder.rglob("*.yaml"))


def read_known(file: Path) -> Iterator[Known]:
    """The hosts of one list."""
    parts = _parse(file).mapping(("whose", "why", "exact", "hosts"))
    exact = "exact" in parts and parts["exact"].boolean()
    whose = Whose(_required(parts, "whose", file).choice((Whose.REFERENCE, Whose.THIRD_PARTY)))
    for item in _required(parts, "hosts", file).items():
        if isinstance(item.value, str):
            yield _known(item.text(as_written=True), whose, "http", exact)
        else:
            entry = item.mapping(("host", "service"))
            yield _known(_required(entry, "host", file).text(), whose, _text(entry, "service", "http"), exact)


def _known(text: str, whose: Whose, service: str, exact: bool) -> Known:
    host, slash, path = text.partition("/")
    return Known(host.lower(), whose, service, slash + path, exact)


_FIELDS = (
    "id", "title", "service", "kind", "category", "role", "where", "languages", "find", "names", "unless",
    "unless_names", "calls", "judged", "keywords", "key", "safety", "confidence", "why", "references",
    "examples", "counterexamples",
)  # fmt: skip
_CREDENTIAL_KINDS = frozenset({"password", "token", "access-key", "secret", "user", "private-key"})


def read_rule(file: Path) -> Rule:
    """The rule in `file`; UsageError with the line for anything missing, unknown or of the wrong kind."""
    root = _parse(file)
    parts = root.mapping(_FIELDS)
    rule_id = _required(parts, "id", file).text()
    if rule_id != file.stem:
        raise parts["id"].error(f"must be {file.stem}, like the file's name")
    where = Where(_required(parts, "where", file).choice([w.value for w in Where]))
    kind = _text(parts, "kind", "credentials" if where is Where.CALLS else "host")
    default = Category.CREDENTIAL if kind in _CREDENTIAL_KINDS else Category.HOST
    rule = Rule(
        id=rule_id,
        title=_required(parts, "title", file).text(),
        service=_required(parts, "service", file).text(),
        kind=kind,
        category=Category(parts["category"].choice([c.value for c in Category]))
        if "category" in parts
        else default,
        where=where,
        why=_required(parts, "why", file).text().strip(),
        file=str(file),
        languages=frozenset(_texts(parts, "languages")),
        role=_text(parts, "role"),
        find=_pattern(parts.get("find")),
        names=_pattern(parts.get("names")),
        unless=_pattern(parts.get("unless")),
        unless_names=_pattern(parts.get("unless_names")),
        calls=tuple(_call(node) for node in _nodes(parts, "calls")),
        judged=Judged(parts["judged"].choice([j.value for j in Judged])) if "judged" in parts else None,
        keywords=tuple(text.lower().encode() for text in _texts(parts, "keywords")),
        key=_text(parts, "key"),
        safety=Safety(_text(parts, "safety", "safe")),
        confidence=_share(parts.get("confidence"), 0.9),
        references=_texts(parts, "references"),
        examples=tuple(_example(node, found=True) for node in _nodes(parts, "examples")),
        counterexamples=tuple(_example(node, found=False) for node in _nodes(parts, "counterexamples")),
    )
    _complete(rule, root)
    return rule


def _complete(rule: Rule, root: Node) -> None:
    """Raise UsageError where a rule lacks what its `where` needs, or its proof."""
    needed = {
        Where.LITERALS: ("find", rule.find is not None and "value" in rule.find.groupindex),
        Where.KEYS: ("names", rule.names is not None),
        Where.CALLS: ("calls", bool(rule.calls)),
        Where.HOSTS: ("judged", rule.judged is not None),
        Where.REPEATS: ("nothing more", True),
        Where.ENGINE: ("nothing more", True),
    }
    name, there = needed[rule.where]
    if not there:
        raise root.error(
            f"needs {name}", hint="find must hold a group (?P<value>…)" if name == "find" else ""
        )
    for name, examples in (("examples", rule.examples), ("counterexamples", rule.counterexamples)):
        if len(examples) < 2:
            raise root.error(f"needs at least 2 {name}", hint="they are the rule's own test")
    if not rule.keywords and rule.where not in WITHOUT_KEYWORDS:
        raise root.error(
            "needs keywords", hint="bytes of which one must be in a file for the rule to find anything"
        )
    if rule.keywords and rule.where in WITHOUT_KEYWORDS:
        raise root.error("takes no keywords", hint="a call is looked for by its own name")


def _parse(file: Path) -> Node:
    try:
        return parse(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {(error.strerror or 'unknown reason').lower()}") from None


def _required(parts: Mapping[str, Node], name: str, file: Path) -> Node:
    if name not in parts:
        raise UsageError(f"{name} is missing", where=str(file))
    return parts[name]


def _text(parts: Mapping[str, Node], name: str, default: str = "") -> str:
    return parts[name].text(as_written=True) if name in parts else default


def _nodes(parts: Mapping[str, Node], name: str) -> tuple[Node, ...]:
    return parts[name].items() if name in parts else ()


def _texts(parts: Mapping[str, Node], name: str) -> tuple[str, ...]:
    return tuple(node.text(as_written=True) for node in _nodes(parts, name))


def _pattern(node: Node | None) -> Expression | None:
    if node is None:
        return None
    try:
        return Expression.checked(node.text().strip(), re.VERBOSE if "\n" in node.text().strip() else 0)
    except re.error as error:
        raise node.error(f"is no regular expression: {error}") from None


def _share(node: Node | None, default: float) -> float:
    if node is None:
        return default
    try:
        share = float(node.text(as_written=True))
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise node.error("must be a number above 0, at most 1")
    return share


def _call(node: Node) -> CallPattern:
    parts = node.mapping(("name", "receiver", "named", "arguments"))
    if "name" not in parts or "arguments" not in parts:
        raise node.error("needs name and arguments")
    arguments: dict[int | str, Role] = {}
    for key, value in parts["arguments"].mapping().items():
        role = Role(value.choice([r.value for r in Role]))
        arguments[int(key) if key.isdigit() else key] = role
    receiver, named = _pattern(parts.get("receiver")), _pattern(parts.get("named"))
    return CallPattern(parts["name"].text().lower(), arguments, receiver, named)


def _example(node: Node, found: bool) -> Example:
    known = ("as", "text", "own", "finds") if found else ("as", "text", "own")
    parts = node.mapping(known)
    if "as" not in parts or "text" not in parts or (found and "finds" not in parts):
        raise node.error("needs as, text and finds" if found else "needs as and text")
    finds = _texts(parts, "finds")
    if found and not finds:
        raise node.error("must find something", hint="a text in which nothing is found is a counterexample")
    return Example(parts["as"].text(), parts["text"].text(), finds, _texts(parts, "own"), node.line)
