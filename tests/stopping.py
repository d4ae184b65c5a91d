"""Ways to stop a commit in the middle: a hook before every call of the system, and a child to kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portability.applying.transaction import commit
from tests.oddtree import make

STEPS = (
    "open",
    "write",
    "fsync",
    "rename",
    "replace",
    "unlink",
    "mkdir",
    "rmdir",
    "chmod",
    "ftruncate",
    "symlink",
)
"""The calls of `os` by which a commit changes anything."""


def committing(root: Path) -> Callable[[], object]:
    changes = make(root)
    return lambda: commit(root, changes, "apply")


@contextmanager
def hooked(hook: Callable[[str], None]) -> Iterator[None]:
    """Calls `hook` with the name of each call in STEPS before it is made."""
    originals = {name: getattr(os, name) for name in STEPS}

    def wrap(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            hook(name)
            return originals[name](*arguments, **options)

        return call

    try:
        for name in STEPS:
            setattr(os, name, wrap(name))
        yield
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def at(step: int, do: Callable[[], None], always: bool = False) -> Callable[[str], None]:
    """A hook that calls `do` at call number `step` (and, if `always`, at every later one)."""
    count = 0

    def hook(_: str) -> None:
        nonlocal count
        count += 1
        if count == step or (always and count > step):
            do()

    return hook


def killed(action: Callable[[], object], hook: Callable[[str], None]) -> bool:
    """Runs `action` under `hook` in a child process; whether a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            with hooked(hook):
                action()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
