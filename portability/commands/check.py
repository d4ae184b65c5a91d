"""`portability check`: read-only, on the machine: are all values there, which source won, does it load."""

from __future__ import annotations

import os

import click

from portability import environments, rendering, secrets
from portability.console import Console
from portability.errors import ExitCode, NothingExamined, PortabilityError
from portability.php import Php
from portability.settings import Settings


@click.command(name="check", help="Read-only: are this machine's values complete, and for which environment?")
@click.option("--env", "name", required=True, metavar="NAME", help="The environment that should be here.")
@click.option("--without-php", is_flag=True, help="Don't load the values with PHP.")
@click.pass_obj
def command(console: Console, name: str, without_php: bool) -> int:
    return run(console, name, without_php)


def run(console: Console, name: str, without_php: bool) -> int:
    """Prints one line a check; 1 if any failed."""
    settings = console.settings()
    settings.environment(name)
    keys = environments.load_keys(settings)
    if not keys:
        raise NothingExamined(
            "there are no keys to check", environments.keys_path(settings), "run portability apply first"
        )
    failed = 0
    results = [
        ("values", _values(settings, name)),
        ("secrets", _secrets(settings, name)),
        ("rendered", _rendered(settings, name)),
        ("machine", _machine(name)),
    ]
    if not without_php:
        results.append(("php", _loads(settings, name)))
    for title, problems in results:
        failed += bool(problems)
        word = console.style("FAIL", "red", bold=True) if problems else console.style("pass", "green")
        console.out(f"{title:<9} {word}")
        for problem in problems:
            console.out(f"          {problem}")
    console.out(
        f"{len(results)} checks of {name} with {len(keys)} keys: {len(results) - failed} pass, {failed} fail"
    )
    return ExitCode.FINDINGS if failed else ExitCode.OK


def _values(settings: Settings, name: str) -> list[str]:
    environment = environments.load(settings, name)
    return environments.problems(settings, environment, environments.load_keys(settings))


def _secrets(settings: Settings, name: str) -> list[str]:
    found = []
    for key, entry in environments.load(settings, name).entries.items():
        if entry.secret is None:
            continue
        try:
            secrets.resolve(entry.secret, key, settings.root, entry.where)
        except PortabilityError as error:
            found.append(f"{error.where or entry.where}: {error.message}")
    return found


def _rendered(settings: Settings, name: str) -> list[str]:
    """Whether what stands here was rendered for `name`, and is still what was rendered."""
    rendered = rendering.load_manifest(settings)
    if rendered is None:
        return [f"{settings.rendered}: nothing is rendered here: portability render --env {name}"]
    found = [
        f"{path}: gone, or changed since it was rendered"
        for path in rendering.changed_by_hand(settings, rendered)
    ]
    if rendered.environment != name:
        found.insert(
            0, f"{settings.rendered}/current.php was rendered for {rendered.environment}, not for {name}"
        )
    return found


def _machine(name: str) -> list[str]:
    asked = os.environ.get("PORTABILITY_ENV", "")
    if asked and asked != name:
        return [f"PORTABILITY_ENV is {asked} in this shell: code run from here stops"]
    return []


def _loads(settings: Settings, name: str) -> list[str]:
    """Whether PHP, run as the code runs it, gets its values."""
    bootstrap = settings.values_folder / "bootstrap.php"
    if not bootstrap.is_file():
        return []
    php = Php.find(settings.php.binary)
    problem = php.load(bootstrap, f"{settings.namespace}\\PORTABILITY_ENV", name)
    return [problem] if problem else []
