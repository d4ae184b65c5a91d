"""A script and its tree in, how Node loads it out; or why it is not Node's for sure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from tree_sitter import Node

from portability.model import Source


class Modules(Enum):
    """How a script loads others: with `require`, or with `import`."""

    COMMON = "CommonJS"
    STANDARD = "ECMAScript"


_ONLY_NODES = frozenset(
    "fs fs/promises net tls dns dns/promises child_process cluster dgram http2 inspector readline "
    "readline/promises repl v8 worker_threads async_hooks perf_hooks".split()
)
"""Modules of Node for which no bundler has a stand-in (those of webpack 4 and browserify left out)."""

_COMPILED = (".ts", ".tsx", ".mts", ".cts", ".jsx")
_BROWSER = re.compile(rb"(?<![\w$.])(?:window|document)\s*[.\[]")
_OWN_REQUIRE = re.compile(rb"\b(?:var|let|const|function)\s+require\b")
_MOST_NODES = 200_000


def modules(source: Source, root: Node) -> Modules | str:
    """How Node loads the script, or the reason why it can't be told that Node does."""
    path = source.path.lower()
    if path.endswith(_COMPILED):
        return "a compiler puts the script somewhere else, from where it would not find the values"
    if _BROWSER.search(source.data):
        return "the script may run in a browser, which has no environment"
    loaded, standard, common = _loaded(source, root)
    standard = standard or path.endswith(".mjs")
    shown = any(name.startswith("node:") or name in _ONLY_NODES for name in loaded)
    runs = path.endswith(".cjs") or source.data.startswith(b"#!")
    if not shown and not runs:
        return "nothing shows that Node runs the script: a browser has no environment"
    if standard:
        return Modules.STANDARD
    if common or path.endswith(".cjs"):
        own = _OWN_REQUIRE.search(source.data)
        return "the script has a require of its own" if own else Modules.COMMON
    return "nothing shows how the script loads others: by require or by import"


def _loaded(source: Source, root: Node) -> tuple[set[str], bool, bool]:
    """The modules that a script loads by name, and whether it does so by import, by require."""
    names: set[str] = set()
    standard = common = False
    for node in _nodes(root):
        if node.type in {"import_statement", "export_statement"}:
            standard = True
            origin = node.child_by_field_name("source")
        else:
            function = node.child_by_field_name("function")
            arguments = node.child_by_field_name("arguments")
            if function is None or arguments is None or function.text != b"require":
                continue
            common = True
            origin = arguments.named_child(0)
        if origin is not None and origin.type == "string":
            names.add(source.data[origin.start_byte + 1 : origin.end_byte - 1].decode("latin-1"))
    return names, standard, common


def _nodes(root: Node) -> Iterator[Node]:
    """The imports, exports and calls of a script, without recursion."""
    stack, left = [root], _MOST_NODES
    while stack and left:
        node = stack.pop()
        left -= 1
        if node.type in {"import_statement", "export_statement", "call_expression"}:
            yield node
        stack.extend(node.named_children)
