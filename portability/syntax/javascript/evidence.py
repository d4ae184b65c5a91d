"""A script in, how Node loads it out; or why it is not Node's for sure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from tree_sitter import Node

from portability.syntax import trees


class Modules(Enum):
    """How a script loads others: with `require`, or with `import`."""

    COMMON = "CommonJS"
    STANDARD = "ECMAScript"


_ONLY_NODES = frozenset(
    "fs fs/promises net tls dns dns/promises child_process cluster dgram http2 inspector readline "
    "readline/promises repl v8 worker_threads async_hooks perf_hooks".split()
)
"""Modules of Node for which no bundler has a stand-in (those of webpack 4 and browserify left out)."""

_NAMES_ONE = re.compile(
    rb"['\"](?:node:[\w/]+|" + "|".join(sorted(_ONLY_NODES)).encode("ascii") + rb")['\"]", re.A
)
"""A cheap look before a script is parsed."""

_COMPILED = (".ts", ".tsx", ".mts", ".cts", ".jsx")
_BROWSER = re.compile(rb"(?<![\w$.])(?:window|document)\s*[.\[]")
_OWN_REQUIRE = re.compile(rb"\b(?:var|let|const|function)\s+require\b")
_MOST_NODES = 200_000


@lru_cache(maxsize=8)
def modules(path: str, data: bytes) -> Modules | str:
    """How Node loads the script, or the reason why it can't be told that Node does."""
    name = path.lower()
    if reason := _elsewhere(name, data):
        return reason
    runs = name.endswith(".cjs") or data.startswith(b"#!")
    unknown = "nothing shows that Node runs the script: a browser has no environment"
    if not runs and not _NAMES_ONE.search(data):
        return unknown
    loaded, standard, common = _loaded(data, trees.parse("javascript", data))
    if not runs and not any(one.startswith("node:") or one in _ONLY_NODES for one in loaded):
        return unknown
    if standard or name.endswith(".mjs"):
        return Modules.STANDARD
    if common or name.endswith(".cjs"):
        own = _OWN_REQUIRE.search(data)
        return "the script has a require of its own" if own else Modules.COMMON
    return "nothing shows how the script loads others: by require or by import"


def _elsewhere(name: str, data: bytes) -> str:
    """Why the script runs elsewhere than where it stands, '' where nothing says so."""
    if name.endswith(_COMPILED):
        return "a compiler puts the script somewhere else, from where it would not find the values"
    return "the script may run in a browser, which has no environment" if _BROWSER.search(data) else ""


def _loaded(data: bytes, root: Node) -> tuple[set[str], bool, bool]:
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
            names.add(data[origin.start_byte + 1 : origin.end_byte - 1].decode("latin-1"))
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
