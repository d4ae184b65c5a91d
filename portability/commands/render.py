"""`portability render`: writes what an environment gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from portability.applying.transaction import undisturbed
from portability.console import Console, one_line
from portability.errors import ExitCode, PortabilityError, Refused, UsageError
from portability.settings.project import Settings
from portability.system.files import write_atomic
from portability.values import environments, rendering
from portability.values.rendering import RenderedFile


def called(console: Console, name: str, folder: Path | None) -> int:
    """What the command line asks for; the exit code."""
    return run(console, name, folder)


def run(console: Console, name: str, folder: Path | None) -> int:
    """Renders the environment `name` into the project, or below `folder`: all files or none."""
    settings = console.settings()
    if folder is not None:
        _refuse_this_machine(settings, name)
    parts = environments.applied(settings)
    values = {part.application: environments.values(part, name) for part in parts}
    files: list[RenderedFile] = []
    for part in parts:
        rendered = rendering.render(part, name, values[part.application])
        if folder is None:
            _keep_hand_edits(part, rendered)
        files += rendered
    places: dict[Path, RenderedFile] = {}
    for file in files:
        if places.setdefault(_place(settings, folder, file.path), file) is not file:
            hint = "give each application a place of its own: rendered"
            raise Refused("two rendered files would be one", one_line(file.path), hint)
    _write(list(places.items()))
    where = folder or settings.root
    console.out(f"{name}: {sum(map(len, values.values()))} values in {len(files)} files below {where}")
    if folder is None:
        console.say(f"next: portability check --env {name}")
    return ExitCode.OK


def _refuse_this_machine(settings: Settings, name: str) -> None:
    """UsageError where the values would be bound to this machine, though they are to be taken elsewhere."""
    marker = settings.environment(name).binding.marker
    if marker is not None and marker.holds is None:
        raise UsageError(
            f"{name} is bound to what {marker.file} holds on its own machine, and -o renders for another",
            where=f"{settings.file.name}: environments.{name}.binding.marker",
            hint="render on the machine, or say marker: {file: PATH, holds: TEXT}",
        )


def _place(settings: Settings, folder: Path | None, path: str) -> Path:
    """Where a rendered file goes: a path outside the root keeps only its last folder below `folder`."""
    if folder is None:
        return settings.root / path
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return folder / PurePosixPath(*pure.parts[-2:])
    return folder / path


@dataclass(frozen=True, slots=True)
class _Before:
    """What stood in a rendered file's place."""

    data: bytes
    mode: int


def _write(files: Sequence[tuple[Path, RenderedFile]]) -> None:
    """Writes all files, undisturbed by signals; where one can't be written, those before it go back."""
    done: dict[Path, _Before | None] = {}
    with undisturbed():
        try:
            for place, file in files:
                done[place] = before = _standing(place)
                if before == _Before(file.data, file.mode):
                    continue
                write_atomic(place, file.data, file.mode)
        except PortabilityError:
            _give_back(done)
            raise


def _standing(place: Path) -> _Before | None:
    try:
        return _Before(place.read_bytes(), place.stat().st_mode & 0o7777)
    except OSError:
        return None


def _give_back(done: Mapping[Path, _Before | None]) -> None:
    for place, before in done.items():
        with suppress(PortabilityError, OSError):
            if before is not None:
                write_atomic(place, before.data, before.mode)
            else:
                place.unlink(missing_ok=True)


def _keep_hand_edits(settings: Settings, files: list[RenderedFile]) -> None:
    """Refuses to overwrite a file that stands in a template's place and is not what was rendered."""
    known = rendering.load_manifest(settings)
    expected = known.files if known else {}
    for file in files:
        place = settings.root / file.path
        if file.path.startswith(settings.rendered + "/"):
            continue
        if not place.resolve().is_relative_to(settings.root.resolve()):
            raise Refused("a rendered file would be written out of the project", where=one_line(file.path))
        if not place.exists():
            continue
        found = rendering.found_digest(place)
        if found not in (expected.get(file.path), rendering.digest(file.data)):
            raise Refused(
                "a rendered file was changed by hand, and rendering would lose that",
                where=one_line(file.path),
                hint=f"make the change in its template below {rendering.templates_folder(settings)}, "
                "then remove the file",
            )
