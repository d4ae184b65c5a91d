"""`portability check`: read-only, on the machine: are all values there, which source won, does it load."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from portability.console import Console, one_line
from portability.errors import ExitCode, NothingExamined, PortabilityError
from portability.planning import baked
from portability.planning.project import stacks_of
from portability.planning.stacks import Stack
from portability.proving.php import Php
from portability.reading.sources import Walk, paths
from portability.settings import bindings
from portability.settings.project import PRODUCTION, Settings
from portability.values import environments, rendering
from portability.values.environments import Environment
from portability.values.rendering import Rendered


def called(console: Console, name: str, without_php: bool) -> int:
    """What the command line asks for; the exit code."""
    return run(console, name, without_php)


def run(console: Console, name: str, without_php: bool) -> int:
    """Prints one line a check; 1 if any failed."""
    settings = console.settings()
    parts = environments.applied(settings)
    known = stacks_of(settings, [path for path in paths(Walk(settings.root)) if isinstance(path, str)])
    codes = []
    for part in parts:
        mine = [s for s in known if settings.application_of(f"{s.base}/") == part.application]
        codes.append(_check(console, part, mine, name, without_php, len(parts) > 1))
    return max(codes)


def _check(
    console: Console, settings: Settings, known: Sequence[Stack], name: str, without_php: bool, several: bool
) -> int:
    environment = environments.load(settings, name)
    keys = environments.load_keys(settings)
    if not keys:
        raise NothingExamined(
            "there are no keys to check", environments.keys_path(settings), "run portability apply first"
        )
    checks: dict[str, Callable[[], list[str]]] = {
        "values": lambda: environments.problems(settings, environment, keys),
        "secrets": lambda: _secrets(settings, environment),
        "rendered": lambda: _rendered(settings, name),
        "machine": lambda: _machine(settings, name),
    }
    if any(stack.manifest.baked for stack in known):
        checks["caches"] = lambda: baked.problems(settings, known, _foreign(settings, environment))
    if not without_php:
        checks["php"] = lambda: _loads(settings, name)
    failed = 0
    if several:
        console.out(f"{settings.application or 'in no application'}:")
    for title, check in checks.items():
        problems = check()
        failed += bool(problems)
        word = console.style("FAIL", "red", bold=True) if problems else console.style("pass", "green")
        console.out(f"{title:<9} {word}")
        for problem in problems:
            console.out(f"          {problem}")
    counts = f"{len(checks) - failed} pass, {failed} fail"
    console.out(f"{len(checks)} checks of {name} with {len(keys)} keys: {counts}")
    return ExitCode.FINDINGS if failed else ExitCode.OK


def _foreign(settings: Settings, environment: Environment) -> set[str]:
    """The texts that production holds and this environment does not; long ones, which can't be chance."""
    mine = {str(value) for value in environments.held(settings, environment).values()}
    if environment.name == PRODUCTION:
        return set()
    theirs = environments.held(settings, environments.load(settings, PRODUCTION))
    shared = {key for key, entry in environment.entries.items() if entry.shared}
    found = {str(value) for key, value in theirs.items() if isinstance(value, str) and key not in shared}
    return {text for text in found - mine if len(text) > 5}


def _secrets(settings: Settings, environment: Environment) -> list[str]:
    missing = environments.unreadable_secrets(settings, environment)
    return missing + environments.same_secrets(settings, environment)


def _rendered(settings: Settings, name: str) -> list[str]:
    """Whether what stands here was rendered for `name`, of today's values, and is still what was rendered."""
    rendered = rendering.load_manifest(settings)
    again = f"portability render --env {name}"
    if rendered is None:
        return [f"{settings.rendered}: nothing is rendered here: {again}"]
    if rendered.environment != name:
        return [f"{settings.rendered}/current.php was rendered for {rendered.environment}, not for {name}"]
    by_hand = rendering.changed_by_hand(settings, rendered)
    found = [f"{one_line(path)}: gone, or changed since it was rendered" for path in by_hand]
    outdated = sorted(set(_outdated(settings, name, rendered)) - set(by_hand))
    return found + [f"{one_line(path)}: older than its values or template: {again}" for path in outdated]


def _outdated(settings: Settings, name: str, rendered: Rendered) -> Iterator[str]:
    """The files that would be rendered otherwise now; none where the values can't be had, as said above."""
    try:
        files = rendering.render(settings, name, environments.values(settings, name))
    except PortabilityError:
        return
    now = {file.path: rendering.digest(file.data) for file in files[:-1]}
    yield from (path for path in {*now, *rendered.files} if now.get(path) != rendered.files.get(path))


def _machine(settings: Settings, name: str) -> list[str]:
    """Whether code that runs here would take these values: the variable, and the machine's own name."""
    asked = os.environ.get("PORTABILITY_ENV", "")
    found = []
    if asked and asked != name:
        found.append(f"PORTABILITY_ENV is {one_line(asked)} in this shell: code run from here stops")
    return found + bindings.other_machine(settings, name, os.uname().nodename)


def _loads(settings: Settings, name: str) -> list[str]:
    """Whether PHP, run as the code runs it, gets its values."""
    bootstrap = settings.values_folder / "bootstrap.php"
    if not bootstrap.is_file():
        return []
    php = Php.find(settings.php.binary)
    problem = php.load(bootstrap, f"{settings.namespace}\\PORTABILITY_ENV", name)
    return [problem] if problem else []
