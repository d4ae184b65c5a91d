"""A folder in, what git knows of it out: the only runner of git, which never asks, hangs or changes it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portability.errors import Refused, Unfinished, UsageError
from portability.system.processes import Done, run

TIMEOUT = 120.0
"""Seconds after which a git command is ended."""


@dataclass(frozen=True, slots=True)
class NoRepository:
    """Git can tell nothing of the folder, and why: it is not installed, or there is no work tree."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dirty:
    """A path, relative to the folder asked about, that differs from HEAD; `untracked`: git has no copy."""

    path: str
    untracked: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A path that a commit holds, relative to the folder asked about; `submodule`: another repository's."""

    path: str
    submodule: bool


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree as seen from `folder`; every path in and out is relative to that, posix, as os.fsdecode.

    Each method raises Unfinished if git fails or takes longer than TIMEOUT.
    """

    folder: Path
    prefix: str
    binary: str

    def dirty(self) -> tuple[Dirty, ...]:
        """Changed, staged and untracked (not ignored) files below the folder, sorted."""
        options = ["--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=none"]
        options += ["--no-renames", "--", "."]
        entries = self._lines(["status", *options])
        found = (Dirty(entry[3:].removeprefix(self.prefix), entry[:2] == "??") for entry in entries)
        return tuple(sorted(found, key=lambda dirty: dirty.path))

    def tracked(self) -> tuple[str, ...]:
        """The files below the folder that the index holds, sorted."""
        return tuple(sorted(set(self._lines(["ls-files", "-z", "--", "."]))))

    def ignored(self, *paths: str) -> frozenset[str]:
        """Those of `paths` that git ignores; a tracked path is never ignored."""
        data = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
        entries = self._lines(["check-ignore", "-z", "--stdin"], data, accepted=(0, 1))
        return frozenset(entry.removeprefix("./") for entry in entries)

    def new_lines(self, reference: str) -> dict[str, frozenset[int] | None]:
        """By file that exists and differs from the commit, the 1-based lines that are new; None: all of them.

        UsageError where `reference` names no commit.
        """
        commit = self._commit(reference)
        names = self._lines(["diff", "--name-only", "-z", *_DIFF, commit, "--", "."])
        options = ["--unified=0", "--no-color", "--no-textconv", "--submodule=short"]
        told = self._run(["diff", *options, *_DIFF, commit, "--", "."]).output
        parts = re.split(rb"^diff --(?=git |cc |combined )", told, flags=re.MULTILINE)[1:]
        known = [_added(part) for part in parts] if len(parts) == len(names) else [None] * len(names)
        return {**dict(zip(names, known, strict=True)), **dict.fromkeys(self._untracked())}

    def _commit(self, reference: str) -> str:
        name = f"{reference}^{{commit}}"
        done = self._run(["rev-parse", "--verify", "--quiet", "--end-of-options", name], accepted=(0, 1, 128))
        if done.code:
            raise UsageError(f"git knows no commit {reference}", where=str(self.folder))
        return os.fsdecode(done.output.strip())

    def _untracked(self) -> list[str]:
        return self._lines(["ls-files", "-z", "--others", "--exclude-standard", "--", "."])

    def tracked_but_ignored(self) -> tuple[str, ...]:
        """The files below the folder that git holds although .gitignore names them, sorted."""
        options = ["-z", "--cached", "--ignored", "--exclude-standard", "--", "."]
        return tuple(sorted(set(self._lines(["ls-files", *options]))))

    def head(self) -> str | None:
        """The commit that is checked out, in full; None before the first one."""
        done = self._run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], accepted=(0, 1, 128))
        return None if done.code else os.fsdecode(done.output.strip())

    def subjects(self, since: str, until: str, most: int) -> tuple[str, ...] | None:
        """`abc1234 what it says` of the commits up to `until` that `since` does not hold, the newest first.

        They touch the folder; of merges only what they merge. None where git doesn't know one of the two.
        """
        options = [f"--max-count={most}", "--no-merges", "--abbrev=7", "--format=%h %s", "-z"]
        end = ["--end-of-options", f"{since}..{until}", "--", "."]
        done = self._run(["log", *options, *end], accepted=(0, 128))
        if done.code:
            return None
        return tuple(entry.decode("utf-8", "replace") for entry in done.output.split(b"\0") if entry)

    def listed(self, commit: str) -> tuple[Listed, ...]:
        """What a commit holds below the folder, sorted."""
        found = []
        for line in self._lines(["ls-tree", "-r", "-z", commit, "--", "."]):
            words, _, path = line.partition("\t")
            found.append(Listed(path, submodule=words.split(" ")[1] == "commit"))
        return tuple(sorted(found, key=lambda one: one.path))

    def archive(self, commit: str, file: Path) -> None:
        """Writes the folder as a commit holds it to `file`, as a tar archive that is always the same.

        Its paths begin with `prefix`, for only from the top are all .gitattributes heeded. What they mark
        export-ignore is left out; a submodule is an empty folder.
        """
        above = Path(*[".."] * self.prefix.count("/"))
        part = ["--", f":(literal){self.prefix}"] if self.prefix else []
        written = ["--format=tar", f"--output={file.resolve()}", commit, *part]
        replace(self, folder=self.folder / above)._run(["archive", *written])

    def _lines(
        self, arguments: Sequence[str], data: bytes = b"", accepted: tuple[int, ...] = (0,)
    ) -> list[str]:
        done = self._run(arguments, data, accepted)
        return [os.fsdecode(entry) for entry in done.output.split(b"\0") if entry]

    def _run(self, arguments: Sequence[str], data: bytes = b"", accepted: tuple[int, ...] = (0,)) -> Done:
        done = _git(self.binary, self.folder, arguments, data)
        if done.code not in accepted:
            raise Unfinished(
                f"git {arguments[0]} failed: {done.first_line.removeprefix('fatal: ')}",
                where=str(self.folder),
            )
        return done


_DIFF = ("--no-renames", "--no-ext-diff", "--relative", "--diff-filter=d")
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def _added(part: bytes) -> frozenset[int] | None:
    """The lines that one file's part of a diff adds; None where it tells none, as of binary files."""
    if b"\nBinary files " in part or not part.startswith(b"git "):
        return None
    found: set[int] = set()
    for hunk in _HUNK.finditer(part):
        start, count = int(hunk.group(1)), int(hunk.group(2) or 1)
        found.update(range(start, start + count))
    return frozenset(found)


def refuse_dirty(folder: Path, paths: Collection[str]) -> None:
    """Refused where git knows uncommitted changes to one of the files, relative to the folder.

    Also where it can't tell, though there is a repository.
    """
    repository = find(folder)
    if isinstance(repository, NoRepository):
        if any((place / ".git").exists() for place in (folder.resolve(), *folder.resolve().parents)):
            raise Refused(
                f"nothing tells whether files have uncommitted changes: {repository.reason}",
                where=str(folder),
                hint="mend that, or add --allow-dirty",
            )
        return
    dirty = sorted(_dirty_of(repository, set(paths)))
    if dirty:
        more = f" and {len(dirty) - 5} more" if len(dirty) > 5 else ""
        files = "1 file to edit has" if len(dirty) == 1 else f"{len(dirty)} files to edit have"
        raise Refused(
            f"{files} uncommitted changes",
            where=", ".join(map(_one_line, dirty[:5])) + more,
            hint="commit or stash them, or add --allow-dirty",
        )


def _dirty_of(repository: Repository, paths: Collection[str]) -> Iterator[str]:
    """Those of the paths that differ from HEAD, in repositories inside this one too (submodules)."""
    for entry in repository.dirty():
        inside = f"{entry.path.rstrip('/')}/"
        within = {path.removeprefix(inside) for path in paths if path.startswith(inside)}
        if entry.path in paths:
            yield entry.path
        elif within:
            nested = find(repository.folder / inside)
            if isinstance(nested, Repository) and not nested.prefix:
                within = set(_dirty_of(nested, within))
            yield from (inside + path for path in within)


def _one_line(path: str) -> str:
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in path)


def find(folder: Path) -> Repository | NoRepository:
    """The repository whose work tree `folder` lies in, or why there is none.

    Refused where git distrusts the repository because it belongs to somebody else.
    """
    binary = shutil.which("git")
    if binary is None:
        return NoRepository("git is not installed")
    done = _git(binary, folder, ["rev-parse", "--is-inside-work-tree", "--show-prefix"], b"")
    if b"dubious ownership" in done.errors:
        raise Refused(
            "git does not trust this repository, because it belongs to another user",
            where=str(folder),
            hint=f"if it is yours: git config --global --add safe.directory {folder.resolve()}",
        )
    answer, _, prefix = done.output.partition(b"\n")
    if done.code or answer != b"true":
        return NoRepository("this is no git work tree")
    return Repository(folder, os.fsdecode(prefix.removesuffix(b"\n")), binary)


def _git(binary: str, folder: Path, arguments: Sequence[str], data: bytes) -> Done:
    command = [
        binary,
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.quotePath=false",
        "-c",
        "tar.umask=0022",
        *arguments,
    ]
    return run(f"git {arguments[0]}", command, folder, dict(_environment()), data, TIMEOUT)


def _environment() -> Iterator[tuple[str, str]]:
    """This process's variables without those that point git at another repository or let it ask."""
    for name, value in os.environ.items():
        if not name.startswith("GIT_") or name.startswith(("GIT_CONFIG", "GIT_CEILING")):
            yield name, value
    yield from {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }.items()
