"""`portability inventory`: reads both AWS accounts, read-only, and pairs what they hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

from portability.console import Console, one_line
from portability.errors import ExitCode, NothingExamined, UsageError
from portability.inventory import mapfile
from portability.inventory.judging import Trouble
from portability.inventory.making import Compared, make, side
from portability.inventory.mapfile import Map
from portability.inventory.missing import missing as template
from portability.inventory.resource import KINDS
from portability.inventory.taking import policy
from portability.inventory.values import Filled, disagreeing, lacking, proposals, with_values
from portability.settings.project import PRODUCTION, Settings
from portability.system.files import write_atomic
from portability.values import environments

FEW = 60
"""Pairs that are all shown; of more, each kind's number, unless -v asks for all."""

RENEWED = 7
"""Days after which a run that found nothing new writes its day all the same, as verify asks how old it is."""


def called(
    console: Console,
    name: str | None,
    output: Path | None,
    check: bool,
    missing: bool,
    scale: float,
    rights: bool,
) -> int:
    """What the command line asks for; the exit code."""
    if rights:
        console.out(json.dumps(policy(), indent=2))
        return ExitCode.OK
    if name is None:
        raise UsageError("--env names the replica's environment", hint="portability inventory --env loadtest")
    settings = console.settings()
    if name == PRODUCTION:
        raise UsageError("production is what the others are compared with", hint="--env loadtest")
    console.say(f"reading the accounts of production and {one_line(name)}; nothing is changed there")
    found = make(settings, name, date.today())
    if not found.production.resources:
        regions = ", ".join(found.production.regions)
        hint = "is the profile the right one, and are all regions named?"
        raise NothingExamined(f"production's account holds nothing ({regions})", str(settings.file), hint)
    if missing:
        return _missing(console, settings, found, output, scale)
    return _tell(console, settings, found, output, check)


def _tell(console: Console, settings: Settings, found: Compared, output: Path | None, check: bool) -> int:
    """Writes the map and the values, and prints what was found; 1 where anything is wrong."""
    name = found.map.environment
    files: dict[Path, bytes] = {}
    filled: list[Filled] = []
    wrong: list[Trouble] = []
    for part in environments.applied(settings):
        environment = environments.load(part, name)
        given = list(proposals(environments.load(part, PRODUCTION).entries, found.map.endpoints))
        wrong += disagreeing(given, environment.entries, environment.file)
        if some := lacking(given, environment.entries):
            file = part.root / environment.file
            text = file.read_bytes().decode() if file.is_file() else ""
            files[file] = with_values(text, some).encode()
            filled += some
    told = replace(found.map, troubles=(*found.map.troubles, *wrong))
    path = output or mapfile.path_of(settings, name)
    if _changes(path, told) or (not check and _stale(path, told)):
        files[path] = mapfile.dump(told)
    _print(console, found, told, filled)
    if check:
        for file in files:
            console.say(f"would write {file}")
        return ExitCode.FINDINGS if files or told.troubles else ExitCode.OK
    for file, data in files.items():
        write_atomic(file, data)
        console.say(f"written to {file}")
    return ExitCode.FINDINGS if told.troubles else ExitCode.OK


def _changes(path: Path, told: Map) -> bool:
    """Whether the file says anything else but the day."""
    try:
        return mapfile.dump(replace(mapfile.load(path), taken=told.taken)) != mapfile.dump(told)
    except UsageError:
        return True


def _stale(path: Path, told: Map) -> bool:
    """Whether the file's day is old enough to be renewed, though all the rest is the same."""
    return (told.taken - mapfile.load(path).taken).days >= RENEWED


def _print(console: Console, found: Compared, told: Map, filled: list[Filled]) -> None:
    shown = [one for one in found.pairing.pairs if KINDS[one.production.type].wanted]
    if len(shown) <= FEW or console.verbose:
        for one in shown:
            console.out(one_line(f"{one.production.label}  ->  {one.replica.title}  (by {one.rule})"))
    else:
        kinds = Counter((KINDS[one.production.type].words, one.rule.value) for one in shown)
        for (words, rule), count in sorted(kinds.items()):
            console.out(f"{words}: {count:,} paired by {rule}")
    for given in filled:
        console.out(one_line(f"value  {given.key}: {given.value}  (of {given.of})"))
    for what, reason in told.excused.items():
        console.out(one_line(f"excused  {what}: {reason}"))
    for trouble in told.troubles:
        head = console.style(f"{trouble.wrong}", "red", bold=True)
        console.out(f"{head}  {one_line(trouble.what)}: {one_line(trouble.why)}")
        if trouble.hint:
            console.out(f"    {one_line(trouble.hint)}")
    for skipped in told.skipped:
        console.say(one_line(f"not read: {skipped.what}: {skipped.reason}"))
    calls = sum(found.production.calls.values()) + sum(found.replica.calls.values())
    console.out(
        f"{len(found.production.resources):,} resources of production, "
        f"{len(found.replica.resources):,} of {told.environment}; "
        f"{len(shown):,} paired, {len(found.pairing.excused):,} excused, "
        f"{len(told.troubles):,} finding{'' if len(told.troubles) == 1 else 's'}; "
        f"{len(told.deny):,} names on the deny list, {len(told.endpoints):,} mapped; {calls:,} calls"
    )


def _missing(console: Console, settings: Settings, found: Compared, output: Path | None, scale: float) -> int:
    """Prints or writes the template of what the replica lacks; 1 where something must be made by hand."""
    made = template(found, scale, side(settings, PRODUCTION).session())
    for left in made.skipped:
        console.say(one_line(f"not in the template: {left.what}: {left.reason}"))
    if not made.resources:
        console.say("there is nothing that a template could make")
        return ExitCode.FINDINGS if made.skipped else ExitCode.OK
    if output is None:
        console.out(made.text.removesuffix("\n"))
    else:
        write_atomic(output, made.text.encode())
        console.say(f"written to {output}: {made.resources} resources; review it before you create it")
    return ExitCode.FINDINGS if made.skipped else ExitCode.OK
