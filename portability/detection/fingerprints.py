"""Findings of one file in, the same with fingerprints that survive moved lines and hold no secret out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256

from portability.model import Finding

MASK = "\N{FULL BLOCK}"
"""Stands for the value in the line that a fingerprint is made of."""


def masked(line: str, start: int, end: int) -> str:
    """The line with characters `start` to `end` masked and its spaces settled."""
    return re.sub(r"\s+", " ", line[:start] + MASK + line[end:]).strip()


def fingerprinted(findings: Iterable[Finding], context: Callable[[Finding], str], path: str) -> list[Finding]:
    """The findings with their fingerprints: rule, `path` and a digest of the masked line.

    `context` gives that line. Equal lines of one file are told apart by their order.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    done = []
    for finding in findings:
        text = context(finding)
        key = (finding.rule, path, text)
        written = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        digest = sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:20]
        done.append(replace(finding, fingerprint=digest))
    return done
