"""`portability rename`: a key gets another name, in the plan or, once code reads it, wherever it stands."""

from __future__ import annotations

from datetime import date

from portability.applying import renaming, transaction
from portability.applying.renaming import Renamed, Wish
from portability.applying.transaction import Change
from portability.console import Console, one_line
from portability.errors import ExitCode, UsageError
from portability.planning import deciding
from portability.planning.survey import files, survey
from portability.proving.php import Php
from portability.settings.baseline import added
from portability.settings.decisions import FILE_NAME, Choice, Decision, load
from portability.settings.project import PRODUCTION, Settings
from portability.system import git
from portability.values import environments


def called(
    console: Console,
    old: str,
    new: str,
    inside: tuple[str, ...],
    merge: bool,
    check: bool,
    yes: bool,
    allow_dirty: bool,
    without_php: bool,
) -> int:
    """What the command line asks for; the exit code."""
    if old == new:
        raise UsageError("both names are the same")
    settings = console.settings()
    wish = Wish(old, new, inside, merge)
    if any(old in environments.load_keys(part) for part in settings.parts()):
        return run(console, settings, wish, check, yes, allow_dirty, without_php)
    return run_planned(console, settings, wish, check)


def run_planned(console: Console, settings: Settings, wish: Wish, check: bool) -> int:
    """Writes the new name of a key that no code reads yet into the decisions."""
    seen = survey(settings, (), date.today())
    entries = deciding.renamed(settings, seen, wish.old, wish.new, wish.inside, wish.merge)
    count = sum(entry.key == wish.new for entry in entries)
    places = "1 place" if count == 1 else f"{count} places"
    console.out(f"{wish.old} {'would be' if check else 'is'} planned as {wish.new} in {places}.")
    if check:
        return ExitCode.FINDINGS
    deciding.write(settings, entries)
    console.say(f"written to {FILE_NAME}: commit it")
    return ExitCode.OK


def run(
    console: Console,
    settings: Settings,
    wish: Wish,
    check: bool,
    yes: bool,
    allow_dirty: bool,
    without_php: bool,
) -> int:
    """Renames a key that code reads, everywhere or nowhere."""
    if not check:
        transaction.recover(settings.root)
    deciding.refuse_name(wish.new)
    changes, by_part, spoken = renaming.everywhere(settings, files(settings), wish)
    found = [one for mine in by_part.values() for one in mine]
    php = None if without_php or not any(_is_php(one) for one in found) else Php.find(settings.php.binary)
    for part in settings.parts():
        production = environments.held(part, environments.load(part, PRODUCTION))
        known = {key: value for key, value in production.items() if value is not None}
        renaming.proven(part, by_part.get(part.application, ()), known, wish, php)
    changes += [Change(one.source.path, one.source.data, one.after) for one in found]
    changes += _decisions(settings, wish)
    _tell(console, wish, found, changes, spoken)
    if check:
        return ExitCode.FINDINGS
    if not allow_dirty:
        git.refuse_dirty(settings.root, {change.path for change in changes})
    if not yes and console.ask("Rename it?", {"y": "yes", "n": "no"}, "--yes") != "y":
        console.say("nothing was written")
        return ExitCode.FINDINGS
    transaction.commit(settings.root, changes, "rename")
    console.out("Renamed; undo: portability apply --undo")
    console.say("next: on every machine, portability render before this code runs there")
    return ExitCode.OK


def _is_php(one: Renamed) -> bool:
    return one.change is not None and one.change.is_php


def _decisions(settings: Settings, wish: Wish) -> list[Change]:
    """The decisions that name the key, with its new name."""
    file = settings.root / FILE_NAME
    named = [d for d in load(settings.root) if d.decision is Choice.KEY and d.key == wish.old]
    new = [
        Decision(d.fingerprint, d.rule, d.path, Choice.KEY, wish.new, d.reason, d.until)
        for d in named
        if wish.covers(d.path)
    ]
    if not new:
        return []
    before = file.read_bytes()
    return [Change(FILE_NAME, before, added(before, new))]


def _tell(
    console: Console, wish: Wish, found: list[Renamed], changes: list[Change], spoken: list[str]
) -> None:
    sites = sum(one.sites for one in found)
    places = "1 place" if sites == 1 else f"{sites} places"
    console.out(f"Rename: {wish.old} -> {wish.new}, {places} of code, {len(changes)} files; values stay.")
    for change in changes:
        console.out(f" ~ {one_line(change.path)}")
    for path in spoken:
        console.out(f" ! {one_line(path)}  speaks of it too, and stays")
