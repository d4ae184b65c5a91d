"""References to secrets in, their values out, in batches; a value never stands in a message.

`env:NAME`, `file:PATH`, `ssm:NAME` (Systems Manager Parameter Store) and `secretsmanager:ID[:jsonKey]`
(ID is a name or an ARN, jsonKey a key of a secret that holds a JSON object).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portability.errors import PortabilityError, Unfinished, UsageError
from portability.system import awssecrets
from portability.system.awssecrets import ARN, Unread

LARGEST = 65_536
"""Bytes that a secret's file may hold."""

AWS = ("ssm", "secretsmanager")
"""The schemes whose values are kept at AWS."""

SCHEMES = ("env", "file", *AWS)

_PARAMETER = re.compile(r"/?[\w.-]+(?:/[\w.-]+)*(?::[\w.-]+)?", re.ASCII)
_SECRET = re.compile(r"[\w/+=.@-]+(?::[^:\s]+)?", re.ASCII)
_SECRET_ARN = re.compile(ARN.pattern + r"(?::[^:\s]+)?", re.ASCII)
_MEANT = "write env:NAME, file:PATH, ssm:NAME or secretsmanager:ID, never the value"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is kept: the scheme, and the name of it there."""

    scheme: str
    target: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.target}"

    @property
    def remote(self) -> bool:
        """Whether it takes the network to read it."""
        return self.scheme in AWS


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reference, the key that it is the value of, and the place that says so."""

    reference: Reference
    key: str
    where: str = ""


def parse(reference: str, key: str, where: str = "") -> Reference:
    """The reference that `key` gives as text; UsageError, without that text, if it is none."""
    scheme, colon, target = reference.partition(":")
    fits = {
        "env": re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", target),
        "file": target and target.isprintable(),
        "ssm": _PARAMETER.fullmatch(target) and not target.lower().lstrip("/").startswith(("aws", "ssm")),
        "secretsmanager": (_SECRET_ARN if target.startswith("arn:") else _SECRET).fullmatch(target),
    }
    if colon and fits.get(scheme):
        return Reference(scheme, target)
    if colon and scheme in AWS:
        names = {
            "ssm": "a name such as ssm:/shop/production/DB_PASSWORD, with a :version if need be",
            "secretsmanager": "a name or an ARN, then :key for one key of a JSON object",
        }
        raise UsageError(f"the secret {key} is kept under {scheme}:, with no such name", where, names[scheme])
    raise UsageError(f"the secret {key} is not given by a reference", where, _MEANT)


def fetch(
    wanted: Iterable[Wanted],
    root: Path,
    region: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], list[PortabilityError]]:
    """The values by key, and an error for each that can't be read; what AWS keeps is asked for in batches.

    Each error is a UsageError, or Unfinished where AWS may answer the next time.
    A file is relative to `root`, and one line end at its end is dropped. `region` is where AWS is asked.
    """
    wanted = list(wanted)
    values: dict[str, str] = {}
    problems: dict[str, PortabilityError] = {}
    remote = {scheme: [w.reference.target for w in wanted if w.reference.scheme == scheme] for scheme in AWS}
    answers = {
        **{("ssm", name): told for name, told in awssecrets.parameters(remote["ssm"], region).items()},
        **{
            ("secretsmanager", name): told
            for name, told in awssecrets.secrets(remote["secretsmanager"], region).items()
        },
    }
    for one in wanted:
        try:
            told = answers.get((one.reference.scheme, one.reference.target))
            if isinstance(told, Unread):
                message = f"the secret {one.key} refers to {one.reference}, and {told.problem}"
                raise (Unfinished if told.passing else UsageError)(message, one.where, told.hint)
            values[one.key] = _local(one, root, environment) if told is None else told
        except PortabilityError as error:
            problems[one.key] = error
    return values, list(problems.values())


def resolve(
    reference: Reference, key: str, root: Path, where: str = "", environment: Mapping[str, str] | None = None
) -> str:
    """The value behind one reference; UsageError, naming `key` and the reference, where there is none."""
    values, problems = fetch([Wanted(reference, key, where)], root, environment=environment)
    if problems:
        raise problems[0]
    return values[key]


def _local(one: Wanted, root: Path, environment: Mapping[str, str] | None) -> str:
    reference, where = one.reference, one.where
    problem = f"the secret {one.key} refers to {reference}, "
    if reference.scheme == "env":
        value = (os.environ if environment is None else environment).get(reference.target)
        if value is None:
            raise UsageError(f"{problem}which is not set", where)
        return value
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
