"""Files in, what a secret scanner that is installed beside us takes for credentials in them out.

It knows the formats of some hundred vendors. It gets the texts through a pipe, never a name, no environment
and no folder of the project, so it knows of no history and no settings; it is asked for no network.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portability.errors import Unfinished, UsageError
from portability.model import Sighting, Skipped, Source

if TYPE_CHECKING:
    from portability.system.processes import Done

RULE = "secrets-engine"
"""The rule of ours that its findings belong to; also what a row of what it left out is of."""

NAME = "betterleaks"
HINT = "pip install 'portability-toolkit[secrets]'"
PATIENCE = 120.0
"""Seconds that it may take for one batch of files."""

BATCH = 16 * 1024 * 1024
"""Bytes that it is given at once, one file at least."""

_GUESSES = ("generic-api-key", "generic-credential-uri", "generic-password", "generic-username")
"""Its rules that know no vendor: these our own rules judge better."""

_OPTIONS = (
    *("--output", "-", "--jsonl", "--no-banner", "--log-level", "fatal", "--exit-code", "0"),
    *("--max-decode-depth", "0", "--no-allow-signatures", "--ignore-file", "/dev/null"),
    *("--disable-rule", ",".join(_GUESSES)),
)
_NOWHERE = Path("/")
_SURENESS = {"high": 0.9, "medium": 0.7}
_UNSURE = 0.4

GAP = 12
"""Empty lines between two files: further apart than what the engine takes for belonging together."""

Read = Callable[[str], Source | None]
"""Gives a file's text in UTF-8 or single bytes, None where it can't be looked at."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The scanner's program; `only` are the files to look at, None: all that it is asked for."""

    program: Path
    only: frozenset[str] | None = None
    patience: float = PATIENCE

    def look(self, paths: Iterable[str], read: Read) -> Iterator[Sighting | Skipped]:
        """What it sees in the files, and why it did not see all: it is not asked again once it fails.

        It gets texts through a pipe, many files at once: named one by one, each would cost it 40 ms.
        """
        asked = (path for path in paths if self.only is None or path in self.only)
        for batch in batches(source for path in asked if (source := read(path)) is not None):
            for item in self._asked(batch):
                yield item
                if isinstance(item, Skipped):
                    return

    def _asked(self, batch: Batch) -> Iterator[Sighting | Skipped]:
        try:
            from portability.system.processes import run  # noqa: PLC0415 - few scans ask an engine

            done = run(NAME, (str(self.program), "stdin", *_OPTIONS), _NOWHERE, {}, batch.data, self.patience)
        except Unfinished as error:
            yield Skipped(RULE, error.message)
            return
        seen, problem = sightings(done)
        yield from filter(None, map(batch.placed, seen))
        if problem:
            yield Skipped(RULE, problem)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several files as one text: `first` and `last` are the lines of each, `paths` their names."""

    data: bytes
    paths: Sequence[str]
    first: Sequence[int]
    last: Sequence[int]

    def placed(self, sighting: Sighting) -> Sighting | None:
        """The sighting with its file and the lines there; None for one that does not lie in one file."""
        at = bisect_right(self.first, sighting.line) - 1
        if at < 0 or sighting.end_line > self.last[at]:
            return None
        before = self.first[at] - 1
        line, end_line = sighting.line - before, sighting.end_line - before
        return replace(sighting, path=self.paths[at], line=line, end_line=end_line)


def batches(sources: Iterable[Source]) -> Iterator[Batch]:
    """The files in order, together as long as they are no longer than BATCH."""
    together: list[Source] = []
    size = 0
    for source in sources:
        if together and size + len(source.data) > BATCH:
            yield _batch(together)
            together, size = [], 0
        together.append(source)
        size += len(source.data)
    if together:
        yield _batch(together)


def _batch(sources: Sequence[Source]) -> Batch:
    gap = b"\n" * GAP
    first, last, line = [], [], GAP + 1
    for source in sources:
        first.append(line)
        line += source.data.count(b"\n")
        last.append(line)
        line += GAP
    data = gap + b"".join(source.data + gap for source in sources)
    return Batch(data, [source.path for source in sources], first, last)


def found(only: Collection[str] | None = None) -> Engine:
    """The engine that is installed; UsageError where none is."""
    program = installed()
    if program is None:
        raise UsageError("the secrets engine is asked for, but not installed", hint=HINT)
    return Engine(program, None if only is None else frozenset(only))


def installed() -> Path | None:
    """The scanner's program where Python's packages are; never one of the folder that we are called in."""
    import site  # noqa: PLC0415
    import sysconfig  # noqa: PLC0415

    folders = [sysconfig.get_path("platlib"), sysconfig.get_path("purelib"), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    programs = (Path(folder) / NAME / "bin" / NAME for folder in folders)
    return next((program for program in programs if program.is_file()), None)


def sightings(done: Done) -> tuple[list[Sighting], str]:
    """What the engine's report says, and what is wrong with it ('' for nothing): no word of it is quoted."""
    seen: list[Sighting] = []
    complete = False
    for line in done.output.splitlines():
        try:
            entry = json.loads(line)
            if "scan" in entry:
                complete = entry["scan"]["state"] == "complete"
            elif not entry["finding"]["rule_id"].startswith("generic-"):
                seen.append(_sighting(entry["finding"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return seen, f"{NAME} printed what is no report of its findings"
    if done.code:
        from portability.system.processes import ending  # noqa: PLC0415

        return seen, f"{NAME} ended with {ending(done.code)}"
    return seen, "" if complete else f"{NAME} did not look at everything"


def _sighting(finding: dict[str, Any]) -> Sighting:
    place, rule, text = finding["location"], finding["rule_id"], finding["match"]["value"]
    line, column, end_line = (int(place[name]) for name in ("start_line", "start_column", "end_line"))
    if not (isinstance(text, str) and text) or min(line, column) < 1:
        raise ValueError
    return Sighting("", rule, text, line, column, end_line, _confidence(rule, finding["confidence"]))


def _confidence(rule: str, said: object) -> float:
    """How sure it is; the name of an account or a key that everybody may know is hardly a credential."""
    bare = rule.rstrip("0123456789").removesuffix(".")
    is_name = bare.endswith(("-id", "-username", "-domain", "-pub-key", "-public-key", "-public-api-token"))
    return _UNSURE if is_name else _SURENESS.get(str(said), _UNSURE)
