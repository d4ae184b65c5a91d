"""Names in Parameter Store and Secrets Manager in, their values out, or why there are none; and the way in.

GetParameters takes 10 names a call, BatchGetSecretValue 20. Where a whole call fails for one name (a
right that is missing for it), each name is asked for by itself, so that the right one is told. To store
is to compare first: what is there already is never overwritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portability.system import aws
from portability.system.aws import Failure, Kind

PARAMETERS_A_CALL = 10
SECRETS_A_CALL = 20
ARN = re.compile(r"arn:aws[\w-]*:secretsmanager:(?P<region>[\w-]+):(?P<account>\d{12}):secret:[\w/+=.@-]+")
_ALONE = (Kind.DENIED, Kind.KEY_DENIED, Kind.DELETED, Kind.OTHER)
"""Failures of a whole call that may be one name's fault."""

STANDARD_PARAMETER = 4096
"""Bytes that a standard parameter holds; a larger one is an advanced one, of at most 8,192."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value could not be had, in words that follow `and`, and what to do about it.

    `missing`: there is none; `passing`: it may be had the next time, as nothing is wrong with the name.
    """

    problem: str
    hint: str = ""
    missing: bool = False
    passing: bool = False

    @staticmethod
    def of(failure: Failure) -> Unread:
        """Why a call gave no value."""
        return Unread(failure.problem, failure.hint, passing=failure.passing)


Told = Mapping[str, str | Unread]


def parameters(names: Iterable[str], region: str | None) -> Told:
    """The value of each parameter, decrypted, or why there is none."""
    return _each_batch("ssm", list(dict.fromkeys(names)), PARAMETERS_A_CALL, region, _get_parameters)


def _get_parameters(client: Any, names: Sequence[str]) -> dict[str, str | Unread]:
    answer = aws.call(client.get_parameters, "Parameters", Names=list(names), WithDecryption=True)
    values: dict[str, str] = {}
    for one in sorted(answer["Parameters"], key=lambda one: int(one["Version"])):
        name, selector = one["Name"], one.get("Selector", "")
        values |= {name + selector: str(one["Value"]), f"{name}:{one['Version']}": str(one["Value"])}
    return {name: values[name] if name in values else _nowhere(client, "Parameter Store") for name in names}


def _nowhere(client: Any, store: str) -> Unread:
    return Unread(
        f"there is none in {store} ({aws.whereabouts(client)})",
        "put it there, or use the account and the region that hold it",
        missing=True,
    )


def secrets(targets: Iterable[str], region: str | None) -> Told:
    """The value of each secret, or of one key of it, or why there is none; an ARN tells its own region."""
    targets = list(dict.fromkeys(targets))
    by_region: dict[str | None, list[str]] = {}
    for target in targets:
        name = split(target)[0]
        found = ARN.fullmatch(name)
        by_region.setdefault(found["region"] if found else region, []).append(name)
    told: dict[tuple[str | None, str], str | Unread] = {}
    for where, names in by_region.items():
        unique = list(dict.fromkeys(names))
        answers = _each_batch("secretsmanager", unique, SECRETS_A_CALL, where, _get_secrets)
        told |= {(where, name): answer for name, answer in answers.items()}
    by_name = {name: answer for (_, name), answer in told.items()}
    return {target: _part(by_name[split(target)[0]], split(target)[1]) for target in targets}


def split(target: str) -> tuple[str, str]:
    """The name or ARN of a secret and the key inside of it, '' for all of it."""
    if target.startswith("arn:"):
        parts = target.split(":")
        return ":".join(parts[:7]), ":".join(parts[7:])
    name, _, key = target.partition(":")
    return name, key


def _get_secrets(client: Any, names: Sequence[str]) -> dict[str, str | Unread]:
    if len(names) == 1:
        return {names[0]: _get_secret(client, names[0])}
    answer = aws.call(client.batch_get_secret_value, "SecretValues Errors", SecretIdList=list(names))
    found: dict[str, str | Unread] = {}
    for one in answer.get("SecretValues", ()):
        value = _text(one)
        found |= {one["Name"]: value, one["ARN"]: value, one["ARN"][:-7]: value}
    for one in answer.get("Errors", ()):
        found[one["SecretId"]] = _unread(client, _of_batch(one))
    return {name: found[name] if name in found else _get_secret(client, name) for name in names}


def _of_batch(error: Mapping[str, Any]) -> Failure:
    code = str(error["ErrorCode"])
    return Failure(aws.kind_of(code, str(error.get("Message", ""))), code)


def _get_secret(client: Any, name: str) -> str | Unread:
    try:
        return _text(aws.call(client.get_secret_value, "VersionId", SecretId=name))
    except Failure as failure:
        if failure.kind not in (*_ALONE, Kind.MISSING):
            raise
        return _unread(client, failure)


def _text(answer: Mapping[str, Any]) -> str | Unread:
    if "SecretString" in answer:
        return str(answer["SecretString"])
    return Unread("it holds bytes and no text", "store it as text")


def _unread(client: Any, failure: Failure) -> Unread:
    if failure.kind == Kind.MISSING:
        return _nowhere(client, "Secrets Manager")
    return Unread.of(failure)


def _part(value: str | Unread, key: str) -> str | Unread:
    """One key of a secret that holds a JSON object."""
    if isinstance(value, Unread) or not key:
        return value
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return Unread("it holds no JSON object, so it has no keys", "leave out the key")
    part = content.get(key)
    if isinstance(part, bool) or not isinstance(part, str | int | float):
        return Unread(f"its JSON object has no text {key}", "see which keys it has", missing=part is None)
    return part if isinstance(part, str) else json.dumps(part)


def _each_batch(
    service: str,
    names: Sequence[str],
    size: int,
    region: str | None,
    ask: Callable[[Any, Sequence[str]], dict[str, str | Unread]],
) -> dict[str, str | Unread]:
    """What `ask` tells of all names, `size` a call; a failure that is all names' is told once for each."""
    found: dict[str, str | Unread] = {}
    if not names:
        return found
    try:
        client = aws.client(service, region)
        for start in range(0, len(names), size):
            found |= _asked(client, names[start : start + size], ask)
    except Failure as failure:
        rest = [name for name in names if name not in found]
        found |= dict.fromkeys(rest, Unread.of(failure))
    return found


def _asked(
    client: Any, names: Sequence[str], ask: Callable[[Any, Sequence[str]], dict[str, str | Unread]]
) -> dict[str, str | Unread]:
    try:
        return ask(client, names)
    except Failure as failure:
        if failure.kind not in _ALONE:
            raise
        if len(names) == 1:
            return {names[0]: _unread(client, failure)}
    found: dict[str, str | Unread] = {}
    for name in names:
        found |= _asked(client, [name], ask)
    return found


def put(service: str, name: str, value: str, region: str | None, key: str | None) -> None:
    """Stores a value under a name that nobody has; Failure where that can't be done.

    `key` is the KMS key to encrypt with, None for the account's own. One that is there by now stays.
    """
    client = aws.client(service, region)
    try:
        if service == "ssm":
            _put_parameter(client, name, value, key)
        else:
            more = {"KmsKeyId": key} if key else {}
            aws.call(client.create_secret, "ARN", Name=name, SecretString=value, **more)
    except Failure as failure:
        if failure.kind != Kind.EXISTS:
            raise


def _put_parameter(client: Any, name: str, value: str, key: str | None) -> None:
    more = {"KeyId": key} if key else {}
    tier = "Advanced" if len(value.encode()) > STANDARD_PARAMETER else "Standard"
    aws.call(
        client.put_parameter,
        "Version",
        Name=name,
        Value=value,
        Type="SecureString",
        Overwrite=False,
        Tier=tier,
        **more,
    )
