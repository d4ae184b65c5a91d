"""A project's .gitattributes in, the same with our block out: git keeps both sides' lines of our files.

Each of these files holds one line a key, decision or path, so that the lines of two branches together are
what both meant; two lines that disagree are an error of the next run.
"""

from __future__ import annotations

import os
import re

from portability.settings.project import Settings

FILE_NAME = ".gitattributes"
BEGIN, END = "# portability: git keeps the lines of both sides", "# portability: end"


def block(text: str, begin: str, end: str) -> tuple[str, list[str], str]:
    """What stands before the block between two marks, its lines, and what stands behind it."""
    found = re.search(rf"^{re.escape(begin)}\r?\n(.*?)^{re.escape(end)}(?:\r?\n|\Z)", text, re.M | re.S)
    if found is None:
        return text, [], ""
    return text[: found.start()], found[1].splitlines(), text[found.end() :]


def with_block(data: bytes, begin: str, end: str, lines: set[str]) -> bytes:
    """The file with these lines in its block, those that are there too; all else stays as it is."""
    text = os.fsdecode(data)
    head, there, tail = block(text, begin, end)
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = newline if head and not head.endswith("\n") else ""
    return os.fsencode(head + gap + newline.join([begin, *sorted({*there, *lines}), end, ""]) + tail)


def attributes(settings: Settings, data: bytes) -> bytes:
    """`.gitattributes` with what our files need; `data` b'' where there is none."""
    names = ["portability-decisions.yaml", ".gitignore"]
    for part in settings.parts():
        names += [f"{part.values}/keys.yaml", f"{part.values}/environments/*.yaml"]
    return with_block(data, BEGIN, END, {f"{_quoted('/' + name)} merge=union" for name in names})


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
