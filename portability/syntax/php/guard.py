"""A PHP file in, the place and text of the line that loads its environment out.

The guard stands on the line of the open tag, so that no line number changes. What PHP allows before
`declare` and `namespace`, and that `?>` swallows one line end, decides the place.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from portability.model import Rewrite, Safety, Source, Span
from portability.syntax.php.lexer import short_tag
from portability.syntax.php.reader import parse
from portability.syntax.php.strings import LINE_END, NEWLINES

_FIRST_STATEMENTS = frozenset({"declare_statement", "namespace_definition"})
_BLOCKS = frozenset({"compound_statement", "colon_block", ":"})
_GAP = rb"(?:\s|(?://|#(?!\[))(?:[^\n\r?]|\?(?!>))*[\n\r]|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)*"
_FIRST = rb"(?:declare\s*\(\s*[a-z_]+\s*=\s*\d+\s*\)|namespace\s+[a-z_][a-z0-9_]*(?:\\[a-z_][a-z0-9_]*)*)\s*;"
_PLAIN = re.compile(
    rb"(<\?php)(?=\s)(?:" + _GAP + b"(" + _FIRST + b"))*" + _GAP + rb"(?![\s/#]|\?>|\Z)"
    rb"(?!(?:declare|namespace)(?![a-z0-9_\x80-\xff\\]))",
    re.IGNORECASE,
)
"""A beginning of PHP that tells enough: `declare` and `namespace` stand there in their usual form, or not."""

SHORT_TAG = "PHP begins with <? here, which it reads only where short_open_tag is on"


def guard(source: Source, folder: str) -> Rewrite | None:
    """The insertion that loads `folder`/bootstrap.php (a path relative to the file); None where it has one.

    A file that holds no PHP, or only what PHP can't be put before, gives Safety.REFUSED.
    """
    statement = b"require_once __DIR__ . '/" + folder.encode("utf-8") + b"/bootstrap.php';"
    if statement in source.data:
        return None
    reason = SHORT_TAG if short_tag(source.data) is not None else ""
    plain = _PLAIN.match(source.data)
    if plain is not None:
        at = plain.end(2) if plain[2] else plain.end(1)
        return Rewrite(Span(at, at), b" " + statement, reason=reason, technique="guard")
    root = parse(source.data)
    tag = next((node for node in root.children if node.type in ("php_tag", "text_interpolation")), None)
    lead = _leading_text(source.data)
    if lead is not None:
        swallowed = LINE_END.match(source.data, lead)
        echo = b' echo "' + NEWLINES[swallowed.group()] + b'";' if swallowed else b""
        text = b"<?php " + statement + echo + b" ?>"
        return Rewrite(Span(lead, lead), text, technique="guard")
    if tag is None or tag.type != "php_tag":
        return Rewrite(
            Span(0, 0), b"", Safety.REFUSED, "the file has no place for the line that loads its values"
        )
    at = _after_first_statements(root, tag)
    return Rewrite(Span(at, at), b" " + statement, reason=reason, technique="guard")


def _leading_text(data: bytes) -> int | None:
    """The byte at which page text (or `<?=`) stands before any PHP; None where `<?php` comes first."""
    start = (data.find(b"\n") + 1 or len(data)) if data.startswith(b"#!") else 0
    after_mark = start + 3 if data[start : start + 3] == b"\xef\xbb\xbf" else start
    if re.match(rb"<\?(php\b|(?![=x]))", data[after_mark:], re.IGNORECASE):
        return None
    return start


def _after_first_statements(root: Node, tag: Node) -> int:
    """Behind the tag, or behind `declare` and `namespace`, which PHP wants to be first.

    Where one of them has a block, the line stands at its beginning.
    """
    at = tag.end_byte
    for node in root.children:
        if node.start_byte < tag.end_byte or node.type == "comment":
            continue
        if node.type not in _FIRST_STATEMENTS:
            break
        block = next((child for child in node.children if child.type in _BLOCKS), None)
        if block is not None:
            return block.start_byte + 1
        at = node.end_byte
    return at
