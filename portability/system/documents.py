"""YAML bytes that a person wrote in, checked values with their lines out: no guessing, no construction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from portability.errors import UsageError

if TYPE_CHECKING:
    import yaml

DEEPEST = 40
"""Levels of nesting beyond which a document is refused."""

_STRING = "tag:yaml.org,2002:str"
_READ_AS = {
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:null": "nothing",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a document: a scalar's text, a list's parts or a mapping's; its path of keys; its line.

    Every reading method raises UsageError with `file:line` where the part is of another kind. A
    message never quotes a value, since it may be a secret.
    """

    value: str | tuple[Node, ...] | Mapping[str, Node]
    path: str
    file: str
    line: int
    plain: bool = False

    @property
    def where(self) -> str:
        """The place as messages name it, `file:line`."""
        return f"{self.file}:{self.line}"

    @property
    def is_null(self) -> bool:
        """Whether nothing (or null, or ~) is written here."""
        return self.plain and _tag(self.value) == "tag:yaml.org,2002:null"

    def error(self, message: str, hint: str = "") -> UsageError:
        """The error to raise for this part: `message` begins with what the part is called."""
        return UsageError(f"{self.path or 'the document'} {message}", where=self.where, hint=hint)

    def mapping(self, known: Collection[str] | None = None) -> Mapping[str, Node]:
        """The parts by key, in order; with `known`, any other key is an error that proposes one."""
        if self.is_null:
            return {}
        if not isinstance(self.value, Mapping):
            raise self.error("must be a mapping (name: value)")
        if known is not None:
            for key, node in self.value.items():
                if key not in known:
                    raise UsageError(f"unknown key {node.path}", where=node.where, hint=_proposal(key, known))
        return self.value

    def items(self) -> tuple[Node, ...]:
        """The parts of a list; nothing written is an empty list."""
        if self.is_null:
            return ()
        if not isinstance(self.value, tuple):
            raise self.error("must be a list", hint="write [one, two], or one '- value' a line")
        return self.value

    def text(self, as_written: bool = False) -> str:
        """A scalar's text; `as_written` also takes what YAML would read as a number or a date."""
        if not isinstance(self.value, str):
            raise self.error("must be a text")
        tag = _tag(self.value) if self.plain else _STRING
        if tag != _STRING and not (as_written and tag in _WRITTEN):
            raise self.error(f"must be a text, and YAML reads this as {_READ_AS.get(tag, tag)}", _QUOTES)
        return self.value

    def integer(self) -> int:
        """A whole number in plain decimal digits."""
        if not isinstance(self.value, str) or not self.plain or not self.value.isascii():
            raise self.error("must be a whole number")
        digits = self.value.removeprefix("-")
        if not digits.isdigit() or len(digits) > 18 or (digits[0] == "0" and digits != "0"):
            raise self.error("must be a whole number")
        return int(self.value)

    def boolean(self) -> bool:
        """`true` or `false`; YAML's other words for them are refused."""
        if self.plain and self.value in ("true", "false"):
            return self.value == "true"
        raise self.error("must be true or false")

    def choice(self, known: Sequence[str]) -> str:
        """One of `known`."""
        text = self.text(as_written=True)
        if text not in known:
            raise self.error(f"must be {' or '.join(known)}", hint=_proposal(text, known))
        return text

    def day(self) -> date:
        """A day, written 2026-12-31."""
        text = self.text(as_written=True)
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            raise self.error("must be a day, such as 2026-12-31") from None


_WRITTEN = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}
_QUOTES = "put the value in quotes"


def parse(data: bytes, file: str) -> Node:
    """The one document in `data`; UsageError for text that is not UTF-8, not YAML, or uses its tricks.

    Refused are aliases, tags, a key given twice, several documents and more than DEEPEST levels.
    An empty file is a null document.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError("this is not UTF-8 text", where=f"{file}:{line}") from None
    yaml = _yaml()
    try:
        return _Builder(file).build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = getattr(error.problem_mark, "line", 0) + 1
        raise UsageError(f"this is not valid YAML: {error.problem}", where=f"{file}:{line}") from None
    except yaml.YAMLError:
        raise UsageError("this is not valid YAML: it holds a character that YAML forbids", file) from None


def scalar(text: str) -> str:
    """`text` as one line of YAML that reads back as the same text; quoted only where it must be."""
    if text and _tag(text) == _STRING and all(c.isascii() and (c.isalnum() or c in "_./-") for c in text):
        return text if text[0] != "-" else f"'{text}'"
    style = "'" if text.isprintable() else '"'
    dumped: str = _yaml().dump(
        text, Dumper=_yaml().CSafeDumper, default_style=style, allow_unicode=True, width=_NO_WRAP
    )
    return dumped.rstrip("\n")


_NO_WRAP = 2**31 - 1


class _Builder:
    """Turns YAML's events into Nodes without recursion, so that no document can exhaust the stack."""

    def __init__(self, file: str) -> None:
        self._yaml = _yaml()
        self._file = file
        self._open: list[_Open] = []
        self._done: list[Node] = []

    def build(self, events: Iterator[yaml.Event]) -> Node:
        """The document that `events` write; UsageError for what is refused."""
        for event in events:
            line = getattr(event.start_mark, "line", 0) + 1
            self._refuse_tricks(event, line)
            if isinstance(event, self._yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, self._yaml.CollectionStartEvent):
                self._start(isinstance(event, self._yaml.MappingStartEvent), line)
            elif isinstance(event, self._yaml.CollectionEndEvent):
                closed = self._open.pop()
                value = closed.parts if closed.is_mapping else tuple(closed.parts.values())
                self._add(Node(value, closed.path, self._file, closed.line))
        return self._done[0] if self._done else Node("", "", self._file, 1, plain=True)

    def _refuse_tricks(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, self._yaml.DocumentStartEvent) and self._done:
            raise UsageError("only one YAML document may stand here", where=f"{self._file}:{line}")
        if isinstance(event, self._yaml.AliasEvent) or getattr(event, "anchor", None):
            problem = "anchors and aliases (& and *) are not read here"
        elif getattr(event, "tag", None):
            problem = "tags (!) are not read here"
        elif len(self._open) > DEEPEST:
            problem = "this is nested too deeply"
        else:
            return
        raise UsageError(problem, where=f"{self._file}:{line}", hint=_QUOTES)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._open and self._open[-1].wants_key:
            top = self._open[-1]
            if event.value in top.parts:
                raise UsageError(f"{event.value} stands here twice", where=f"{self._file}:{line}")
            top.key = event.value
        else:
            self._add(Node(event.value, self._path(), self._file, line, plain=event.style in (None, "")))

    def _start(self, is_mapping: bool, line: int) -> None:
        if self._open and self._open[-1].wants_key:
            raise UsageError("a key must be a text", where=f"{self._file}:{line}")
        self._open.append(_Open(is_mapping, self._path(), line))

    def _path(self) -> str:
        if not self._open:
            return ""
        top = self._open[-1]
        if not top.is_mapping:
            return f"{top.path}[{len(top.parts)}]"
        return f"{top.path}.{top.key}" if top.path else str(top.key)

    def _add(self, node: Node) -> None:
        if not self._open:
            self._done.append(node)
        else:
            self._open[-1].take(node)


class _Open:
    """A list or mapping whose end has not come yet; a list's parts are keyed by their index."""

    def __init__(self, is_mapping: bool, path: str, line: int) -> None:
        self.is_mapping = is_mapping
        self.path = path
        self.line = line
        self.key: str | None = None
        self.parts: dict[str, Node] = {}

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and self.key is None

    def take(self, node: Node) -> None:
        self.parts[self.key if self.key is not None else str(len(self.parts))] = node
        self.key = None


@cache
def _yaml() -> Any:
    """The library, loaded where there is something to read: a project may have no file of ours."""
    return import_module("yaml")


@cache
def _resolve() -> Callable[[type[yaml.Node], str, tuple[bool, bool]], str]:
    resolve: Callable[[type[yaml.Node], str, tuple[bool, bool]], str] = _yaml().resolver.Resolver().resolve
    return resolve


def _tag(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return _resolve()(_yaml().ScalarNode, value, (True, False))


def _proposal(word: str, known: Collection[str]) -> str:
    close = import_module("difflib").get_close_matches(word, list(known), n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(known)}"
