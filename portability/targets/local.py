"""A folder of this machine as a target: releases in it, and a symbolic link to the one that is served.

    <folder>/releases/<label>/    a commit of the project, with the values of the environment in it
    <folder>/current              a link to one of them, switched by one rename; a web server serves this
    <folder>/.portability/        the guardian's files, the order in which releases were settled, the seal

Folders that releases share, such as uploads, are not made here: a release is complete and its own. A
server that writes into the release leaves what it wrote there, and such a release is never reused.
"""

from __future__ import annotations

import fnmatch
import grp
import os
import secrets as randomness
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portability.delivery import release, undoing
from portability.delivery.bundle import Bundle
from portability.delivery.guardian import FOLDER, Guardian
from portability.delivery.undoing import Clear, Failure, PointBack, Remove, Run
from portability.errors import PortabilityError, Refused, Unfinished, UsageError
from portability.settings.replica import Target
from portability.system import processes
from portability.system.files import remove, write_atomic
from portability.targets.deployment import Deployment, Given, Served
from portability.values.rendering import RenderedFile

RELEASES, CURRENT, ORDER, SEAL = "releases", "current", f"{FOLDER}/releases", f"{FOLDER}/seal"

gives_variables = False


@dataclass(slots=True)
class _Work:
    """A deploy as far as it is: the steps that take it back."""

    target: Target
    guardian: Guardian
    before: str | None = None
    extra: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    switched: bool = False

    @property
    def folder(self) -> Path:
        return Path(self.target.folder)

    def done(self, place: Path, reused: bool) -> Deployment:
        return Deployment(
            self.target, place.name, place, self.before, tuple(self.extra), tuple(self.steps), reused
        )


def deploy(
    target: Target,
    bundle: Bundle,
    files: Sequence[RenderedFile],
    extra: Mapping[str, bytes],
    guardian: Guardian,
    given: Given,
) -> Deployment:
    """See the door. A release of the same label is used again if it holds the same, byte for byte."""
    work = _Work(target, guardian, _served(Path(target.folder)))
    whole = release.contents(bundle, files)
    try:
        _make_releases(work.folder / RELEASES)
        place, reused = _choose(work.folder / RELEASES, bundle.label, whole)
        if not reused:
            _make(work, place, bundle, files, whole)
        _add(work, place, extra)
        _switch(work, f"{RELEASES}/{place.name}")
        _restart(work)
    except (PortabilityError, OSError) as error:
        raise _taken_back(work, error) from None
    return work.done(place, reused)


def attach(target: Target, extra: Mapping[str, bytes], guardian: Guardian, given: Given) -> Deployment:
    """See the door. UsageError where nothing is served yet."""
    work = _Work(target, guardian)
    place = work.folder / CURRENT
    if not place.is_dir():
        raise UsageError("nothing is deployed here yet", str(work.folder), "run it without --no-deploy")
    place = place.resolve()
    try:
        _add(work, place, extra)
    except (PortabilityError, OSError) as error:
        raise _taken_back(work, error) from None
    return work.done(place, reused=True)


def restore(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """See the door."""
    return _grave_or_noted(guardian.undo([*deployment.steps, *deployment.extra]), deployment)


def settle(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """See the door. `keep` of the target says how many releases stay beside the one that is served.

    The one that was served before always stays. A release that was never settled is not touched.
    """
    notes = list(_grave_or_noted(guardian.undo(deployment.extra), deployment))
    if deployment.steps:
        try:
            old = _old(deployment)
        except OSError as error:
            old = []
            notes.append(f"old releases stay: {_words(error)}")
        guardian.withdraw(deployment.steps)
        releases = str(Path(deployment.target.folder) / RELEASES)
        clears = {number: Clear(f"{releases}/{name}", releases) for number, name in enumerate(old)}
        notes += map(str, undoing.carry_out(dict(clears)))
    return tuple(notes)


def seal(target: Target) -> Served:
    """See the door. Only the owner can read the seal."""
    write_atomic(Path(target.folder) / SEAL, randomness.token_bytes(32), 0o600)
    return served(target)


def unseal(target: Target) -> None:
    """See the door."""
    remove(Path(target.folder) / SEAL)


def served(target: Target) -> Served:
    """See the door. What the settings call written by the application is no part of what is sealed."""
    folder = Path(target.folder)
    place = folder / CURRENT
    if not place.is_dir():
        return Served()
    place = place.resolve()
    try:
        key = (folder / SEAL).read_bytes()
    except FileNotFoundError:
        return Served(place.name)
    except OSError as error:
        raise Unfinished(f"the seal can't be read: {_reason(error)}", str(folder / SEAL)) from None
    try:
        holds = release.found(place)
        items = {path: item for path, item in holds.items.items() if not _is_written(path, target)}
        later = _later(place, items, (folder / SEAL).stat().st_mtime_ns)
    except OSError as error:
        raise Unfinished(f"the release can't be read: {_reason(error)}", str(place)) from None
    return Served(place.name, release.keyed_digest(items, key), later)


def _later(place: Path, paths: Iterable[str], moment: int) -> tuple[str, ...]:
    """The paths of a release that were written after a moment (ns), the newest first."""
    times = {path: (place / path).lstat().st_ctime_ns for path in paths}
    return tuple(sorted((path for path in times if times[path] > moment), key=lambda path: -times[path]))


def _is_written(path: str, target: Target) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in target.written)


def _served(folder: Path) -> str | None:
    """Where the link to what is served leads, as written; None where there is none, Refused for no link."""
    current = folder / CURRENT
    try:
        return os.readlink(current)  # noqa: PTH115 - it is put back as it was written
    except FileNotFoundError:
        return None
    except OSError:
        raise Refused(
            "what is served here is no symbolic link, so it can't be switched",
            where=str(current),
            hint=f"move it to {folder / RELEASES}/first, then: ln -s {RELEASES}/first {current}",
        ) from None


def _make_releases(releases: Path) -> None:
    if not releases.is_dir():
        releases.mkdir()
        releases.chmod(0o755)


def _choose(releases: Path, label: str, whole: release.Contents) -> tuple[Path, bool]:
    """The place of the release, and whether it stands there already; one of other content is left alone."""
    number = 1
    while True:
        place = releases / (label if number == 1 else f"{label}-{number}")
        if not os.path.lexists(place):
            return place, False
        if place.is_dir() and not place.is_symlink() and release.found(place) == whole:
            return place, True
        number += 1


def _make(
    work: _Work, place: Path, bundle: Bundle, files: Sequence[RenderedFile], whole: release.Contents
) -> None:
    """Writes the release beside its place, then moves it there."""
    partial = place.with_name(f".{place.name}.partial")
    inside = str(place.parent)
    work.steps += work.guardian.add(Clear(str(partial), inside), Clear(str(place), inside))
    Clear(str(partial), inside).carry_out()
    release.write(partial, bundle, files, whole, _group(work.target))
    partial.rename(place)


def _add(work: _Work, place: Path, extra: Mapping[str, bytes]) -> None:
    for path, data in extra.items():
        file = release.standing(place, path)
        work.extra += work.guardian.add(Remove(str(file), str(place)))
        group = _group(work.target)
        release.place(file.parent, file.name, data, 0o644 if group is None else 0o640, group)


def _group(target: Target) -> int | None:
    """The id of the web server's group; UsageError where this machine has none of that name."""
    if target.group is None:
        return None
    try:
        return grp.getgrnam(target.group).gr_gid
    except KeyError:
        raise UsageError(f"this machine has no group {target.group}", where=target.where) from None


def _switch(work: _Work, to: str) -> None:
    current = work.folder / CURRENT
    served = work.before is not None  # Else there is nothing to serve again, and a server may say so.
    commands = [Run(words, str(work.folder), work.target.seconds, served) for words in work.target.restart]
    work.steps += work.guardian.add(*reversed(commands))
    work.steps += work.guardian.add(PointBack(str(current), work.before, to))
    work.switched = True
    undoing.switch(current, to)


def _restart(work: _Work) -> None:
    """Runs the target's commands, one after the other; Unfinished names the one that failed."""
    for words in work.target.restart:
        try:
            with work.guardian.group() as register:
                processes.command(words, work.folder, work.target.seconds, register)
        except Unfinished as error:
            raise Unfinished(f"the restart failed: {undoing.shown(words)}: {error.message}") from None


def _taken_back(work: _Work, error: PortabilityError | OSError) -> PortabilityError:
    """The error of a deploy, with what became of the release before."""
    grave = [f for f in work.guardian.undo([*work.steps, *work.extra]) if f.grave]
    if grave:
        state = "and the target is not as it was: " + "; ".join(map(str, grave))
    elif not work.switched:
        state = "nothing was switched"
    elif work.before is None:
        state = "there was no release before, so none is served now"
    else:
        state = f"{work.before} is served again, and was restarted"
    where = str(work.folder)
    hint = ""
    kind: type[PortabilityError] = Unfinished
    if isinstance(error, PortabilityError):
        where, hint, kind = error.where or where, error.hint, type(error)
    return kind(f"{_words(error)}; {state}", where, hint)


def _words(error: PortabilityError | OSError) -> str:
    if isinstance(error, PortabilityError):
        return error.message
    return f"the target can't be written: {_reason(error)}"


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()


def _grave_or_noted(failures: list[Failure], deployment: Deployment) -> tuple[str, ...]:
    grave = "; ".join(str(failure) for failure in failures if failure.grave)
    if grave:
        raise Unfinished(f"the target is not as it was: {grave}", where=deployment.target.folder)
    return tuple(map(str, failures))


def _old(deployment: Deployment) -> list[str]:
    """Notes the release as the newest that was settled; the names of those that are too many now."""
    folder = Path(deployment.target.folder)
    order = [name for name in _settled(folder) if name != deployment.label]
    order = [name for name in order if (folder / RELEASES / name).is_dir()]
    new = folder / f"{ORDER}.new"
    new.write_text("".join(f"{name}\n" for name in [*order, deployment.label]), "utf-8")
    new.replace(folder / ORDER)
    before = Path(deployment.before).name if deployment.before else ""
    others = [name for name in reversed(order) if name != before]
    return others[deployment.target.keep - (before in order) :]


def _settled(folder: Path) -> list[str]:
    """The names of the releases that were settled, the oldest first."""
    try:
        lines = (folder / ORDER).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in lines if line and "/" not in line and line not in (".", "..")]
