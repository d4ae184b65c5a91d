"""`portability render`: writes what an environment gets."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from portability import environments, rendering
from portability.console import Console
from portability.errors import ExitCode, Refused
from portability.files import write_atomic
from portability.rendering import RenderedFile
from portability.settings import Settings


@click.command(name="render", help="Write what an environment gets: its constants, and each templated file.")
@click.option("--env", "name", required=True, metavar="NAME", help="The environment to render.")
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write there instead of the project.",
)
@click.pass_obj
def command(console: Console, name: str, folder: Path | None) -> int:
    return run(console, name, folder)


def run(console: Console, name: str, folder: Path | None) -> int:
    """Renders the environment `name` into the project, or below `folder`."""
    settings = console.settings()
    values = environments.values(settings, name)
    files = rendering.render(settings, name, values)
    if folder is None:
        _keep_hand_edits(settings, files)
    for file in files:
        write_atomic(_place(settings, folder, file.path), file.data, file.mode)
    where = folder or settings.root
    console.out(f"{name}: {len(values)} values in {len(files)} files below {where}")
    console.say(f"next: portability check --env {name}")
    return ExitCode.OK


def _place(settings: Settings, folder: Path | None, path: str) -> Path:
    """Where a rendered file goes: a path outside the root keeps only its last folder below `folder`."""
    if folder is None:
        return settings.root / path
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return folder / PurePosixPath(*pure.parts[-2:])
    return folder / path


def _keep_hand_edits(settings: Settings, files: list[RenderedFile]) -> None:
    """Refuses to overwrite a file that stands in a template's place and is not what was rendered."""
    known = rendering.load_manifest(settings)
    expected = known.files if known else {}
    for file in files:
        place = settings.root / file.path
        if file.mode == rendering.VALUES_MODE and file.path.startswith(settings.rendered):
            continue
        if not place.is_file():
            continue
        found = rendering.digest(place.read_bytes())
        if found not in (expected.get(file.path), rendering.digest(file.data)):
            raise Refused(
                "a rendered file was changed by hand, and rendering would lose that",
                where=file.path,
                hint=f"make the change in its template below {rendering.templates_folder(settings)}, "
                "then remove the file",
            )
