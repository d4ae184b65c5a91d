"""The folders of `config_templates/` in, what each says of its stack out: one folder, one `stack.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portability.errors import Unfinished
from portability.settings.fields import each, read, text
from portability.system.documents import Node, parse
from portability.system.resources import config_templates_folder

FILE_NAME = "stack.yaml"
PLAIN_PHP = "plain_php"


@dataclass(frozen=True, slots=True)
class Mark:
    """Files, any of which marks a stack, what it must hold, and how that is said to a person.

    One that is `optional` is told where it is there, and proves nothing.
    """

    files: tuple[str, ...]
    holds: str = ""
    says: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """A constant that the stack's own files ask for first, so that nobody can enter them directly.

    It proves a file only in these folders, and only while no other file of the project than `defined_in`
    (patterns of paths) defines the constant.
    """

    constant: str
    below: tuple[str, ...]
    defined_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baked:
    """Files (a pattern) that the stack bakes values into, and the command that does it again.

    `ages`: one that is older than the rendered values was made of others. `left`: how the mark ends that
    stands beside a folder which is no longer used.
    """

    files: str
    again: str
    ages: bool = True
    left: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A file to write: its template in the stack's folder, its path, its permission bits.

    A line of the template with `@@KEY@@` is written once a key. `once`: it is people's after the first
    time.
    """

    template: str
    to: str
    mode: int
    once: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a `stack.yaml` says; every path is relative to the folder that the stack stands in.

    `marks` must all be there. `guard` gives sets of files (patterns), best first, that every entry into
    the application passes; the first set that is there carries the guard. `by_tool` are files that a
    command of the stack writes again, which therefore become templates, and `untouched` those that are
    never edited, both with the reason. `unfit` are folders that the values may not lie in, with the
    reason, and `values` is the folder to use then. `writes` come with `apply`, `renders` with `render`,
    where the settings name this stack under `outputs`.
    """

    name: str
    title: str
    marks: tuple[Mark, ...] = ()
    instead_of: tuple[str, ...] = ()
    guard: tuple[tuple[str, ...], ...] = ()
    door: Door | None = None
    by_tool: Mapping[str, str] | None = None
    untouched: Mapping[str, str] | None = None
    baked: tuple[Baked, ...] = ()
    unfit: Mapping[str, str] | None = None
    values: str = ""
    writes: tuple[Output, ...] = ()
    renders: tuple[Output, ...] = ()
    proposed: bool = False

    @property
    def is_output(self) -> bool:
        """Whether the settings may name it under `outputs`."""
        return bool(self.writes or self.renders)


@cache
def manifests() -> tuple[Manifest, ...]:
    """Every shipped stack by its name; Unfinished where the installation is damaged."""
    folder = config_templates_folder()
    return tuple(load(path.parent) for path in sorted(folder.glob(f"*/{FILE_NAME}")))


def stack_name(node: Node) -> str:
    """The name of a stack that can be detected."""
    return node.choice([manifest.name for manifest in manifests() if manifest.marks])


def output_name(node: Node) -> str:
    """The name of a stack that brings files to write."""
    return node.choice(output_names())


def output_names() -> tuple[str, ...]:
    """The stacks that the settings may name under `outputs`."""
    return tuple(manifest.name for manifest in manifests() if manifest.is_output)


def load(folder: Path) -> Manifest:
    """The stack that a folder describes; UsageError, with the line, for what is no manifest."""
    file = folder / FILE_NAME
    try:
        node = parse(file.read_bytes(), f"{folder.name}/{FILE_NAME}")
    except OSError as error:
        raise Unfinished(f"cannot read {file}: {error.strerror}", hint="install again") from None
    parts = node.mapping(_KEYS)
    if "title" not in parts:
        raise node.error("must have a title")
    return Manifest(
        folder.name,
        text(parts["title"]),
        marks=read(parts.get("marks"), each(_mark), ()),
        instead_of=read(parts.get("instead_of"), each(text), ()),
        guard=read(parts.get("guard"), each(each(text)), ()),
        door=read(parts.get("door"), _door, None),
        by_tool=read(parts.get("by_tool"), _reasons, None),
        untouched=read(parts.get("untouched"), _reasons, None),
        baked=read(parts.get("baked"), each(_baked), ()),
        unfit=read(parts.get("unfit"), _reasons, None),
        values=read(parts.get("values"), text, ""),
        writes=read(parts.get("writes"), each(lambda item: _output(item, 0o644)), ()),
        renders=read(parts.get("renders"), each(lambda item: _output(item, 0o640)), ()),
        proposed=read(parts.get("proposed"), Node.boolean, False),
    )


_KEYS = (
    *("title", "marks", "instead_of", "guard", "door", "by_tool", "untouched", "baked", "unfit", "values"),
    *("writes", "renders", "proposed"),
)


def _mark(node: Node) -> Mark:
    parts = node.mapping(("file", "holds", "says", "optional"))
    file = parts["file"]
    files = (text(file),) if isinstance(file.value, str) else each(text)(file)
    holds, says = (read(parts.get(name), text, "") for name in ("holds", "says"))
    return Mark(files, holds, says, read(parts.get("optional"), Node.boolean, False))


def _door(node: Node) -> Door:
    parts = node.mapping(("constant", "below", "defined_in"))
    return Door(text(parts["constant"]), each(text)(parts["below"]), each(text)(parts["defined_in"]))


def _reasons(node: Node) -> Mapping[str, str]:
    return {name: text(part) for name, part in node.mapping().items()}


def _baked(node: Node) -> Baked:
    parts = node.mapping(("files", "again", "ages", "left"))
    ages = read(parts.get("ages"), Node.boolean, True)
    left = read(parts.get("left"), text, "")
    return Baked(text(parts["files"]), text(parts["again"]), ages, left)


def _output(node: Node, mode: int) -> Output:
    parts = node.mapping(("template", "to", "executable", "once"))
    executable = read(parts.get("executable"), Node.boolean, False)
    return Output(
        text(parts["template"]),
        text(parts["to"]),
        mode | 0o111 if executable else mode,
        read(parts.get("once"), Node.boolean, False),
    )
