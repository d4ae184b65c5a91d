"""A scan's question, settings and answer in, a file of the cache folder out, that `replay` can say again.

Only an answer that would come again is kept: nothing changed while the scan ran, nor so shortly before
that a later change could look the same; nothing was left out for a reason that may pass.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portability.errors import PortabilityError
from portability.model import Skipped
from portability.reading.sources import LEFT_OUT, Walk
from portability.reading.sources import paths as paths_of
from portability.settings import decisions
from portability.settings.project import PRODUCTION, Settings
from portability.system import kept, watch
from portability.system.files import keep
from portability.system.replay import SECONDS, Answer, Asked
from portability.system.resources import rules_folder
from portability.values import environments, rendering

MOST = 64
"""Answers that are kept, of all projects."""

ALL = 64 * 1024 * 1024
"""Bytes that all answers may take together."""

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest answer that is kept."""

_TICK = 50_000_000
_COARSE = 2_000_000_000
"""Nanoseconds within which two changes may bear one time, and where a file system counts in seconds."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What an answer is going to come from, and its state before anything was read."""

    asked: Asked
    folders: tuple[tuple[str, str], ...]
    left_out: frozenset[str]
    files: tuple[str, ...]
    unset: tuple[str, ...]
    before: bytes

    def keep(self, code: int, out: str, err: str, took: str = "") -> None:
        """Keeps the answer if it would come again; `took` stands in it for its seconds.

        Where it can't be kept, nothing happens.
        """
        try:
            state = list(watch.rows(self.folders, self.left_out, self.files))
        except OSError:
            return
        times = (time for _, rows in state for row in rows for time in watch.changes(row))
        if watch.digest(state) != self.before or any(map(self._is_fresh, times)):
            return
        if took:
            head, _, tail = out.rpartition(took)
            out = head + SECONDS + tail
        answer = Answer(
            code=int(code),
            digest=self.before,
            err=err,
            files=self.files,
            folders=self.folders,
            left_out=tuple(sorted(self.left_out)),
            out=out,
            question=self.asked.question,
            unset=self.unset,
        )
        data = answer.packed()
        if len(data) <= LARGEST:
            keep(Path(self.asked.file), data, MOST, ALL)

    def _is_fresh(self, changed: int) -> bool:
        """Whether it was after the call, or so shortly before that a later change may bear the same time."""
        return changed >= self.asked.began - (_TICK if changed % 1_000_000_000 else _COARSE)


def begin(
    asked: Asked, root: Path, settings: Settings, paths: Sequence[Path], apart: bool
) -> Recording | None:
    """What the answer to a scan of `root` depends on; None where it can't be kept.

    A secret that a variable holds is one reason: what is made of it must leave no trace.
    """
    try:
        return _begun(asked, root, settings, paths, watch.APART if apart else watch.PROJECT)
    except (PortabilityError, OSError, RuntimeError):  # a loop of links is the last
        return None


def _begun(
    asked: Asked, root: Path, settings: Settings, paths: Sequence[Path], kind: str
) -> Recording | None:
    parts = settings.parts()
    held = [entry for part in parts for entry in environments.load(part, PRODUCTION).entries.values()]
    secrets = [entry.secret for entry in held if entry.secret]
    variables = tuple(secret.target for secret in secrets if secret.scheme == "env")
    if any(name in os.environ for name in variables) or not kept.has_place(asked.folder, str(settings.root)):
        return None
    named = [settings.root / path for path in (*map(str, paths), *settings.scan.paths)]
    starts = [path.resolve() for path in named] + ([] if settings.scan.paths else [settings.root])
    code = Path(watch.__file__).parents[1]
    ours = [*(part.values_folder for part in parts), rules_folder()]
    ours += [settings.root / path for path in settings.rules.extra]
    files = [root, *named, *ours, *_libraries(), *(file for part in parts for file in _single(part))]
    files += [settings.root / secret.target for secret in secrets if secret.scheme == "file"]
    folders = [(str(start), kind) for start in starts if start.is_dir()]
    folders += [(str(folder.resolve()), watch.ALL) for folder in ours if folder.is_dir()]
    folders.append((str(code), watch.CODE))
    left_out = frozenset(_left_out(settings, starts, kind == watch.APART))
    watched = tuple(folders), left_out, tuple(map(str, files))
    return Recording(asked, *watched, variables, watch.digest(watch.rows(*watched)))


def _libraries() -> list[Path]:
    """The folders that packages are installed into: each change of a version changes them."""
    return [Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]


def _single(settings: Settings) -> list[Path]:
    """The files that a scan reads by their names, whether they are there or not."""
    names = (
        decisions.FILE_NAME,
        environments.keys_path(settings),
        environments.path_of(settings, PRODUCTION),
    )
    manifest = settings.rendered_folder / rendering.MANIFEST
    return [settings.file, manifest, *(settings.root / name for name in names)]


def _left_out(settings: Settings, starts: Sequence[Path], apart: bool) -> Iterator[str]:
    """What need not be looked at: our journal, and what the settings leave out."""
    if (journal := settings.root / ".portability").exists():
        yield str(journal)
    if settings.scan.skip:
        for item in paths_of(Walk(settings.root, tuple(starts), settings.scan.skip, apart=apart)):
            if isinstance(item, Skipped) and item.reason == LEFT_OUT:
                yield str(settings.root / item.what)
