"""Findings of one file in, the same with fingerprints that survive moved lines and hold no secret out.

They survive apply as well: a line is taken as it was, whether a value beside it still stands in it or is
read from a key by now.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from portability.model import HOLE, Finding

MASK, OTHER = "\N{FULL BLOCK}", "\N{MEDIUM SHADE}"
"""Stand for the value in the line that a fingerprint is made of, and for what is, or was, beside it."""

LONGEST = 2_000
"""Characters of a line up to which it is settled; a longer one is of a file that is all one line."""

AROUND = 400
"""Characters before and behind a value that tell its place in a longer line."""

READS = re.compile(
    rb"\\(?:[A-Za-z_]\w*\\)+[A-Z][A-Z0-9_]+\b|\bAppEnv\.[A-Z][A-Z0-9_]+\b|\$\{[A-Z][A-Z0-9_]*:\?\}|"
    + re.escape(HOLE.encode())
    + b"+"
)
"""Where code reads a key: PHP's constant, Python's attribute, the shell's variable, a blanked placeholder."""

_READS = re.compile(READS.pattern.decode("ascii"))
_GUARD = re.compile(
    r"<\?php require_once __DIR__ \. '[^']*/bootstrap\.php';(?: echo \"[^\"]*\";)? \?>"
    r"|require_once __DIR__ \. '[^']*/bootstrap\.php';"
    r"|_portability=\"[^;]*\"; \. \"\$_portability/app_env\.sh\"; "
    r"|import os as _os, sys as _sys; .*?; import app_env as AppEnv"
)
_SHOWN = re.compile(rf"<\?=\s*({OTHER}|{MASK})(?:, \"[^\"]*\")?\s*\?>")
_SIGNS = ("bootstrap.php", "app_env", "\\", "AppEnv.", "${", HOLE, "<?=")
"""Something of each of these patterns."""

_JOINTS = re.compile(r"[\s'\"().+{}]")
"""What comes and goes where a text is cut in two, with a key between: quotes, joining signs, spaces."""


def masked(line: str, start: int, end: int) -> str:
    """The line with characters `start` to `end` masked and its spaces settled."""
    return re.sub(r"\s+", " ", line[:start] + MASK + line[end:]).strip()


def settled(line: str, start: int, end: int, others: Iterable[tuple[int, int]]) -> str:
    """The line as it is before and after apply: the value masked, so is what else is a value or a key.

    `others` are the characters of further values of the line. Of one that is too long only what stands
    around the value is taken, and masked.
    """
    if len(line) > LONGEST:
        low = max(0, start - AROUND)
        return masked(line[low : end + AROUND], start - low, end - low)
    at, parts = 0, []
    for low, high in sorted({(start, end), *others}):
        if low < at:
            continue
        parts += [line[at:low], MASK if (low, high) == (start, end) else OTHER]
        at = high
    text = "".join([*parts, line[at:]])
    if any(sign in text for sign in _SIGNS):
        text = _SHOWN.sub(r"\1", _READS.sub(OTHER, _GUARD.sub("", text)))
    return _JOINTS.sub("", text)


def fingerprinted(
    findings: Iterable[Finding],
    context: Callable[[Finding, Sequence[Finding]], str],
    path: str,
    reads: Iterable[tuple[int, str]] = (),
) -> list[Finding]:
    """The findings with their fingerprints: rule, `path` and a digest of the settled line.

    `context` gives that line, told all findings of it. Equal lines of one file are told apart by
    their order, in which `reads` count too: the bytes at which keys are read, with the line of each.
    """
    findings = list(findings)
    beside: dict[int, list[Finding]] = {}
    for finding in findings:
        beside.setdefault(finding.line, []).append(finding)
    texts = [context(f, beside[f.line]) for f in findings]
    wanted = set(texts)
    earlier = sorted(read for read in reads if read[1] in wanted)
    seen: Counter[str] = Counter()
    done, at = [], 0
    for finding, text in zip(findings, texts, strict=True):
        while at < len(earlier) and earlier[at][0] < finding.span.start:
            seen[earlier[at][1]] += 1
            at += 1
        written = "\0".join((finding.rule, path, text, str(seen[text])))
        seen[text] += 1
        digest = sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:20]
        done.append(finding.known_as(digest))
    return done
