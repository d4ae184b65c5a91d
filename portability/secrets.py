"""A reference to a secret in, its value out; a value never stands in a message."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portability.errors import UsageError

LARGEST = 65_536
"""Bytes that a secret's file may hold."""

_LATER = ("ssm", "secretsmanager")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is kept: `env` and the name of a variable, or `file` and a path."""

    scheme: str
    target: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.target}"


def parse(reference: str, key: str, where: str = "") -> Reference:
    """The reference that `key` gives as text; UsageError, without that text, if it is none."""
    scheme, colon, target = reference.partition(":")
    if colon and scheme == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", target):
        return Reference(scheme, target)
    if colon and scheme == "file" and target and target.isprintable():
        return Reference(scheme, target)
    if colon and scheme in _LATER:
        raise UsageError(
            f"the secret {key} is kept under {scheme}:, which this version cannot read",
            where,
            "ssm: and secretsmanager: come with the AWS part; until then use env:NAME or file:PATH",
        )
    raise UsageError(
        f"the secret {key} is not given by a reference",
        where,
        "write env:NAME or file:PATH (ssm: and secretsmanager: come with the AWS part), never the value",
    )


def resolve(
    reference: Reference, key: str, root: Path, where: str = "", environment: Mapping[str, str] | None = None
) -> str:
    """The value behind `reference`; a file is relative to `root`, and one line end at its end is dropped.

    UsageError, naming `key` and the reference, where there is no value that can be read.
    """
    if reference.scheme == "env":
        value = (os.environ if environment is None else environment).get(reference.target)
        if value is None:
            raise UsageError(f"the secret {key} refers to {reference}, which is not set", where)
        return value
    problem = f"the secret {key} refers to {reference}, "
    try:
        data = _read(root / reference.target)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise UsageError(f"{problem}which cannot be read: {reason}", where) from None
    if data is None:
        raise UsageError(f"{problem}which is no regular file of at most {LARGEST} bytes", where)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{problem}which is not UTF-8 text", where) from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _read(path: Path) -> bytes | None:
    """The bytes of a regular file that is not too large; None for anything else, such as a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        data = stream.read(LARGEST + 1)
    return data if len(data) <= LARGEST else None
