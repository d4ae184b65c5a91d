"""A literal of a shell script and the keys to read in it, the rewrites that read them out.

Every place becomes `${AppEnv_KEY:?}`: an unset or empty key ends the script with an error. The guard's
file sets those variables and no others, so a script that knows a `KEY` of its own keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from portability.model import (
    Claim,
    Encoder,
    Insertion,
    Literal,
    Position,
    Rewrite,
    Safety,
    Segment,
    Source,
    Span,
)
from portability.syntax import trees

GRAMMAR = "bash"
PREFIX = "AppEnv_"
"""What a shell variable that holds a value is named with, before its key."""

FOLDER = "_portability"
"""The variable by which the guard tells the file that it loads where it lies."""

_PLAIN = re.compile(r"[\w.:/@%+=,-]+", re.ASCII)
_SETS = re.compile(PREFIX.encode() + rb"\w*\+?=")
_BASH = re.compile(rb"#![^\r\n]*\bbash\b")
_BACKTICKS = re.compile(rb"`[^`]*`", re.S)
_QUOTED = {"double": b"%s", "heredoc": b"%s", "word": b'"%s"', "single": b"'\"%s\"'", "ansi": b"'\"%s\"$'"}


def rewrite(source: Source, literal: Literal, insertions: Sequence[Insertion]) -> list[Rewrite]:
    """One rewrite for each insertion; Safety.REFUSED with the reason where the place can't read a key."""
    return [_one(source, literal, insertion) for insertion in insertions]


def guard(source: Source, folder: str) -> Rewrite | None:
    """The commands that load `folder`/app_env.sh before the first command, on its line; None if there.

    Refused without a `#!` line (who sources the file is not known) and where the script can't be read.
    """
    own = "${BASH_SOURCE:-$0}" if _BASH.match(source.data) else "$0"
    written = folder.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    place = f'"$(dirname "$(readlink -f "{own}")")/{written}"'
    commands = f'{FOLDER}={place}; . "${FOLDER}/app_env.sh"; '.encode()
    if commands in source.data:
        return None
    root = trees.parse(GRAMMAR, source.data)
    first = next((node for node in root.children if node.type != "comment"), None)
    if not source.data.startswith(b"#!"):
        return _refused(Span(0, 0), "the script has no #! line: another may load it from another folder")
    if root.has_error or first is None:
        return _refused(Span(0, 0), "the script can't be read to its end")
    if all(node.type in _SETTING for node in root.named_children):
        return _refused(Span(0, 0), "the script only sets variables: another may load it from another folder")
    return Rewrite(Span(first.start_byte, first.start_byte), commands, technique="guard")


_SETTING = frozenset(
    "comment variable_assignment variable_assignments declaration_command function_definition".split()
)


def _one(source: Source, literal: Literal, insertion: Insertion) -> Rewrite:
    segment = literal.segment_at(insertion.start)
    if segment is None or insertion.end > segment.end:
        return _refused(literal.span, "the value is written by several strings")
    span = Span(segment.byte(insertion.start), segment.byte(insertion.end))
    reason = _hindrance(source, literal, segment, insertion, span)
    if reason:
        return _refused(span, reason)
    read = b"${" + PREFIX.encode() + insertion.key.name.encode() + b":?}"
    default = segment.form == "default"
    form = ("double" if _inside_string(source, span) else "word") if default else segment.form
    replacement = _QUOTED[form] % read
    span, replacement = _without_empty_quotes(source.data, segment, span, replacement)
    shown = literal.span if not default and segment.form != "heredoc" else segment.span
    before = source.data[shown.start : shown.end]
    after = source.data[shown.start : span.start] + replacement + source.data[span.end : shown.end]
    claim = Claim(before, after, markup=segment.form == "heredoc" or (default and form == "double"))
    keys = (insertion.key.name,)
    return Rewrite(span, replacement, technique="shell variable", claim=claim, keys=keys)


def _hindrance(source: Source, literal: Literal, segment: Segment, insertion: Insertion, span: Span) -> str:
    """Why a place can't read its key, '' where it can."""
    name, value, unquoted = insertion.key.name, insertion.value, segment.form in {"word", "default"}
    written = source.data[span.start : span.end].decode(source.encoding, "replace")
    other = insertion.encoder is not Encoder.PLAIN or literal.text[insertion.start : insertion.end] != value
    backticks = (m.start() <= span.start < m.end() for m in _BACKTICKS.finditer(source.data))
    checks = (
        (literal.position is Position.COMMENT, "it stands in a comment"),
        (other, "the script writes the value in an encoded form"),
        (segment.form == "heredoc-quoted", "a here-document with a quoted end mark reads no variables"),
        (segment.form not in {*_QUOTED, "default"}, "it stands in a pattern"),
        (
            unquoted and not (_PLAIN.fullmatch(written) and written == value),
            "the unquoted value has signs that the shell may expand",
        ),
        (not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII), "the key is no name of a shell variable"),
        (any(backticks), "it stands between backticks, where quotes mean something else"),
        (_SETS.search(source.data), f"the script sets variables named {PREFIX}… itself"),
    )
    return next((reason for hinders, reason in checks if hinders), "")


def _inside_string(source: Source, span: Span) -> bool:
    """True where bytes stand inside double quotes."""
    node: Node | None = trees.parse(GRAMMAR, source.data).descendant_for_byte_range(span.start, span.end)
    while node is not None:
        if node.type == "string":
            return True
        if node.type == "command_substitution":
            return False
        node = node.parent
    return False


def _without_empty_quotes(
    data: bytes, segment: Segment, span: Span, replacement: bytes
) -> tuple[Span, bytes]:
    """The same edit without a `''` where it begins or ends a quoted token."""
    if segment.form not in {"single", "ansi"}:
        return span, replacement
    opening = 1 if segment.form == "single" else 2
    start, end = span.start, span.end
    if start == segment.span.start + opening:
        start, replacement = segment.span.start, replacement[1:]
    if end == segment.span.end - 1:
        end, replacement = segment.span.end, replacement[:-opening]
    return Span(start, end), replacement


def _refused(span: Span, reason: str) -> Rewrite:
    return Rewrite(span, b"", Safety.REFUSED, reason)
