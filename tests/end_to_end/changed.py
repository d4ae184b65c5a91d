"""An attestation changed in every place in, how the gate answers to each change out; runs inside a lab.

The order stands on standard input, in JSON: `app`, `file`, `key` (private), and which `changes` are asked:
`bytes` (each byte's bit, and a byte less or a space more at some), or `fields` (each value, signed anew).
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from portability.attestation import signing
from portability.attestation.envelopes import wrap
from portability.cli import run

EVERY = 41
"""At each so manieth byte, one is taken out, a space is put in, and the campaign itself is asked."""


class Gate:
    """Asks with a file that may be changed, and puts it back."""

    def __init__(self, app: str, file: str, key: str, commit: str) -> None:
        self.file, self.whole = Path(file), Path(file).read_bytes()
        trusted = ["--key", f"{key}.pub", "--env", "loadtest"]
        self.check = ["-q", "-C", app, "attest", "check", file, *trusted, "--commit", commit]
        load = ["--users", "1", "--rate", "1", "--time", "15s"]
        self.campaign = ["-q", "-C", app, "campaign", "run", "--attestation", file, *trusted, *load]

    def ask(self, data: bytes, call: list[str]) -> tuple[int, str]:
        self.file.write_bytes(data)
        told = io.StringIO()
        try:
            with redirect_stdout(told), redirect_stderr(told):
                code = run(call)
        finally:
            self.file.write_bytes(self.whole)
        return code, told.getvalue()


def byte_by_byte(gate: Gate) -> dict[str, Any]:
    """The changes that were not refused as a signature that is not to be believed, and how many were made."""
    let: list[str] = []
    count = 0
    whole = gate.whole
    for at in range(len(whole)):
        changed = bytes([whole[at] ^ (1 << at % 8)])
        ways = {"bit": whole[:at] + changed + whole[at + 1 :]}
        if at % EVERY == 0:
            ways["less"] = whole[:at] + whole[at + 1 :]
            ways["space"] = whole[:at] + b" " + whole[at:]
        for way, data in ways.items():
            count += 1
            code, told = gate.ask(data, gate.check)
            if code != 1 or "signature      FAIL  it is not to be believed" not in told:
                let.append(f"{way} at {at}: {code} {told[:200]}")
        if at % (EVERY * 4) == 0:
            count += 1
            code, told = gate.ask(ways["bit"], gate.campaign)
            if code != 4 or "not attested: it is not to be believed" not in told:
                let.append(f"campaign, bit at {at}: {code} {told[:200]}")
    return {"let": let, "count": count, "length": len(whole)}


def field_by_field(gate: Gate, key: str) -> dict[str, list[str]]:
    """What the gate says to each field that is another or missing, in a statement that is signed anew."""
    signer = signing.private_key(key, Path("/"))
    statement = json.loads(base64.b64decode(json.loads(gate.whole)["payload"]))
    found: dict[str, list[str]] = {}
    for path in leaves(statement):
        for way in ("another", "missing"):
            changed = json.loads(json.dumps(statement))
            alter(changed, path, way)
            body = json.dumps(changed).encode("ascii")
            code, told = gate.ask(wrap(body, signer), gate.check)
            refused = [line for line in told.splitlines() if " FAIL  " in line]
            found[f"{'.'.join(map(str, path))} {way}"] = [str(code), *refused]
    return found


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to every text; of a list of names the first only."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list):
        names_only = all(isinstance(one, str) for one in value)
        for number, part in enumerate(value[:1] if names_only else value):
            yield from leaves(part, (*path, number))
    else:
        yield path


def alter(value: Any, path: tuple[str | int, ...], way: str) -> None:
    """Makes one text another of the same kind (a digest, a time, a word), or takes it out."""
    for step in path[:-1]:
        value = value[step]
    old = str(value[path[-1]])
    if way == "missing":
        del value[path[-1]]
    elif old.endswith("Z") and old[:2] == "20":
        value[path[-1]] = f"2020{old[4:]}"
    elif len(old) in (40, 64) and set(old) <= set("0123456789abcdef"):
        value[path[-1]] = ("0" if old[0] != "0" else "1") + old[1:]
    else:
        value[path[-1]] = {"PASSED": "FAILED", "WARNED": "FAILED", "PASS": "FAIL"}.get(old, f"{old}x")


def main() -> None:
    order = json.load(sys.stdin)
    gate = Gate(order["app"], order["file"], order["key"], order["commit"])
    told = byte_by_byte(gate) if order["changes"] == "bytes" else field_by_field(gate, order["key"])
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
