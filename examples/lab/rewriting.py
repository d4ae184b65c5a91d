"""An application of production in, a copy for the replica out: every listed value replaced in the text.

It stands in for a replica that people made by hand; what it misses, they miss too.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

# What the list gives only as a whole; the folder of the application keeps its name on every machine.
_PIECES = {"d1fakestarclub": "d2fakestarclublt"}
_PASSWORD = re.compile(rb"(?<=')root(?=')|(?<=^password = )root$", re.MULTILINE)
_SERIALISED = re.compile(rb's:(\d+):(\\?")')
_SHORTEST = 8


def rewrite(data: bytes, values: Mapping[str, str]) -> bytes:
    """Return a file's bytes with the replica's values; lengths inside serialised PHP are kept true."""
    known = {name: value for name, value in {**values, **_PIECES}.items() if len(name) >= _SHORTEST}
    longest = sorted(known, key=len, reverse=True)
    parts = [re.escape(name).replace(r"\.", r"\\?\.").replace("/", r"\\?/") for name in longest]
    pattern = re.compile(rf"(?<![\w-])(?<!/var/www/)(?:{'|'.join(parts)})(?!\w)".encode())

    def other(found: re.Match[bytes]) -> bytes:
        text = found[0].decode()
        value = known[text.replace("\\", "")]
        for mark in "./":
            value = value.replace(mark, "\\" + mark) if "\\" + mark in text else value
        return value.encode()

    def plain(text: bytes) -> bytes:
        return pattern.sub(other, text)

    return _PASSWORD.sub(values["root"].encode(), _serialised(data, plain))


def _serialised(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change a text; where a serialised string is inside, count it anew."""
    found = _SERIALISED.search(data)
    if found is None:
        return change(data)
    end = found.end() + int(found[1])
    if data[end : end + len(found[2])] != found[2]:
        return change(data[: found.end()]) + _serialised(data[found.end() :], change)
    inner = change(data[found.end() : end])
    head = b"s:%d:%s" % (len(inner), found[2])
    return change(data[: found.start()]) + head + inner + _serialised(data[end:], change)


def copy(source: Path, target: Path, values: Mapping[str, str]) -> None:
    """Copy an application and rewrite each of its files."""
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("truth.yaml", ".git"))
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            before = path.read_bytes()
            after = rewrite(before, values)
            if after != before:
                path.write_bytes(after)
