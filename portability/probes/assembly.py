"""A key and a bootstrap in, the one PHP file to deploy out; what is deployed holds no code that writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from portability.errors import UsageError

_FOLDER = Path(__file__).resolve().parents[1] / "_php" / "probe"
SERVICES = ("mysql", "redis", "rabbitmq", "http", "smtp", "credentials", "aws", "s3", "sqs", "sns")
SEEDS = ("mysql", "redis", "rabbitmq", "s3", "sqs")
"""The files below `_php/probe/seeds`, which write: they are in no file that is deployed."""
KEY_VARIABLE = "PORTABILITY_PROBE_KEY"
"""The environment variable that holds the key, in hexadecimal, where the deployed file doesn't."""
PARTS = ("given", "context", "link", "peers", "dns", *SERVICES, "answer", "web")
"""The files below `_php/probe`, in the order in which they are put together."""

_HEAD = re.compile(r"\A<\?php\n/\*.*?\*/\n\nnamespace PortabilityProbe;\n", re.DOTALL)


def probe_file(
    key: bytes | None,
    namespace: str,
    bootstrap: str,
    root: str,
    shared: Mapping[str, str] | None = None,
    seeding: bool = False,
) -> bytes:
    """The deployed file: every part in one, then the call that serves one request.

    `bootstrap` and `root` (the release's root, which files of secrets are relative to) are absolute or
    relative to the folder that the file is put into. `shared` are further namespaces whose values the
    application reads, each with its bootstrap. `key` has at least 32 bytes; None: it is the one in
    the environment variable KEY_VARIABLE, and without one the file answers nobody.
    `seeding`: it sets beacons too; for a file that is run once and stands nowhere.
    """
    if key is not None and len(key) < 32:
        raise UsageError("the probe's key must have 32 bytes or more")
    names = [*PARTS, *(f"seeds/{name}" for name in SEEDS)] if seeding else PARTS
    parts = [_body((_FOLDER / f"{name}.php").read_text("utf-8")) for name in names]
    given = f"key_of({_quoted(KEY_VARIABLE)})" if key is None else _quoted(key.hex())
    further = ", ".join(f"{_quoted(one)} => {_place(file)}" for one, file in (shared or {}).items())
    call = ", ".join(
        [given, _quoted(namespace), _place(bootstrap), _place(root)] + ([f"[{further}]"] if further else [])
    )
    return f"<?php\nnamespace PortabilityProbe;\n{''.join(parts)}\nserve({call});\n".encode()


def probe_stub(path: str) -> bytes:
    """A file for a document root that does no more than call the deployed file at `path`.

    So the key stands outside of every document root, and a host that shows PHP's text instead of running
    it tells nothing. `path` is absolute or relative to the folder that the stub is put into.
    """
    return f"<?php\nrequire {_place(path)};\n".encode()


def _body(text: str) -> str:
    return _HEAD.sub("", text, count=1)


def _place(path: str) -> str:
    return _quoted(path) if path.startswith("/") else f"__DIR__ . {_quoted(f'/{path}')}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
