"""A CODEOWNERS file in, who owns a path out: by GitHub's rules, with GitLab's sections.

Source of the form: GitHub's documentation, "About code owners"; GitLab's, "Syntax of CODEOWNERS file".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may lie, relative to the top of the repository; the first that is there counts."""

_SECTION = re.compile(r"\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>.*)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the file: which paths, and who owns them (in lower case; none: nobody)."""

    section: str
    paths: re.Pattern[str]
    owners: frozenset[str]


def find(top: Path) -> tuple[str, list[Rule]] | None:
    """The CODEOWNERS file of a repository, by its path, and its rules; None where there is none."""
    for place in PLACES:
        file = top / place
        if file.is_file():
            return place, parse(file.read_text("utf-8", "surrogateescape"))
    return None


def parse(text: str) -> list[Rule]:
    """The rules of a file, in order."""
    rules = []
    section, usual = "", ""
    for line in map(str.strip, text.splitlines()):
        heading = _SECTION.fullmatch(line)
        if not line or line.startswith("#"):
            continue
        if heading:
            section, usual = heading["name"].lower(), heading["owners"]
            continue
        pattern, owners = _split(line)
        named = (owners or usual).partition(" #")[0].split()
        rules.append(Rule(section, _paths(pattern), frozenset(owner.lower() for owner in named)))
    return rules


def owners(rules: Sequence[Rule], path: str) -> frozenset[str]:
    """Who owns a path (from the top of the repository): the last rule of each section says it."""
    last = {rule.section: rule.owners for rule in rules if rule.paths.fullmatch(path)}
    return frozenset().union(*last.values())


def _split(line: str) -> tuple[str, str]:
    """The pattern, whose spaces are written with a backslash, and the rest of the line."""
    found = re.match(r"(?:\\.|\S)+", line)
    pattern = found.group() if found else line
    return pattern, line[len(pattern) :].strip()


def _paths(pattern: str) -> re.Pattern[str]:
    """What a pattern means for whole paths of files.

    Without a slash it is sought in every folder; a name without a star is a file or all of a folder; `*`
    stays in its folder, so that `docs/*` takes no folder of docs.
    """
    anchored = "/" in pattern.rstrip("/")
    body = pattern.removeprefix("/")
    last = body.rstrip("/").rpartition("/")[2]
    end = ".*" if body.endswith("/") else "" if "*" in last else "(?:/.*)?"
    start = "" if anchored else "(?:.*/)?"
    return re.compile(start + "".join(_translated(body)) + end, re.DOTALL)


def _translated(pattern: str) -> Iterator[str]:
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\\.|.", pattern):
        known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        yield known.get(part) or re.escape(part[-1])
