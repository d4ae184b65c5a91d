"""Side effects have one place each: the source of every module is read for calls that write files."""

from __future__ import annotations

import ast
from pathlib import Path

import portability

PACKAGE = Path(portability.__file__).parent
WRITES = {"write_text", "write_bytes", "unlink", "rename", "rmdir", "mkdir", "touch", "chmod", "symlink_to"}
OS_WRITES = {
    "replace",
    "rename",
    "remove",
    "unlink",
    "rmdir",
    "mkdir",
    "makedirs",
    "truncate",
    "ftruncate",
    "write",
}
ALLOWED = {
    "applying/transaction.py": "the scanned tree",
    "system/journal.py": "its own folder below the scanned tree",
    "system/lasting.py": "new files of the journal and of the transaction",
    "system/files.py": "outputs, by one helper",
    "proving/proof.py": "a temporary folder for the compile lint",
    "delivery/undoing.py": "what was begun on a target, to take it back",
    "campaign/portability_hooks.py": "what a generator measures, beside its record",
    "campaign/portability_launch.py": "a sealed scenario, opened beside its bundle while it runs",
    "campaign/store.py": "what a killed writer left in the campaigns' folder",
    "delivery/caretaker.py": "the guardian's record and log in the target's folder",
    "delivery/guardian.py": "the guardian's record and lock in the target's folder",
    "delivery/release.py": "a release's new folder",
    "targets/local.py": "the target's folder",
    "commands/render.py": "what it has just rendered, when it can't go on",
}
"""The modules that may write, and where."""


def writes(tree: ast.AST) -> list[int]:
    """The lines of calls that write to the disk."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id == "open":
            found.append(node.lineno)
        elif isinstance(function, ast.Attribute):
            on_os = isinstance(function.value, ast.Name) and function.value.id in ("os", "shutil")
            if function.attr in WRITES or (on_os and function.attr in OS_WRITES):
                found.append(node.lineno)
    return found


def test_only_the_modules_that_may_write_do() -> None:
    guilty = {}
    for path in PACKAGE.rglob("*.py"):
        lines = writes(ast.parse(path.read_text("utf-8")))
        if lines and path.relative_to(PACKAGE).as_posix() not in ALLOWED:
            guilty[path.relative_to(PACKAGE).as_posix()] = lines
    assert guilty == {}


def test_no_module_has_an_allowance_that_it_does_not_need() -> None:
    idle = [name for name in ALLOWED if not writes(ast.parse((PACKAGE / name).read_text("utf-8")))]
    assert idle == []
