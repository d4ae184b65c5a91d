"""`portability apply`: shows the plan, proves it, asks, writes; or undoes the last one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from portability.applying import apply as work
from portability.applying import moving, transaction
from portability.console import Console, one_line
from portability.database import options as database
from portability.errors import ExitCode, Unfinished, UsageError
from portability.planning import deciding, picking, proving
from portability.planning.picking import Hunk, Picked
from portability.planning.plans import Plan
from portability.planning.project import Wishes, planned, read_wishes, refuse_stale
from portability.planning.survey import Survey
from portability.proving.php import Php
from portability.reports import plan as report
from portability.reports import rotation
from portability.settings.decisions import FILE_NAME as DECISIONS
from portability.settings.placement import Store
from portability.settings.project import Settings
from portability.system import git
from portability.values import keeping, rendering

ANSWERS = {"y": "yes", "n": "no", "d": "diff"}
YES_OR_NO = {"y": "yes", "n": "no"}


def called(
    console: Console,
    plan_file: Path | None,
    check: bool,
    diff: bool,
    only: tuple[str, ...],
    review: bool,
    interactive: bool,
    yes: bool,
    store: str | None,
    undo: bool,
    allow_dirty: bool,
    without_php: bool,
) -> int:
    """What the command line asks for; the exit code."""
    if rows := database.asked("check", "yes"):
        from portability.replicas import clone

        return clone.apply(console, rows, check, yes)
    settings = console.settings()
    if store is not None:
        settings = replace(settings, secrets=replace(settings.secrets, store=Store(store)))
    if undo:
        return run_undo(console, settings)
    wishes = _wishes(plan_file, Wishes((), only, review))
    if interactive and (check or diff or yes or not console.can_ask()):
        raise UsageError(
            "--interactive asks about each edit", hint="on a terminal, without --check, --diff and --yes"
        )
    dry = check or diff
    code = run(console, settings, wishes, plan_file, dry, diff, yes, allow_dirty, without_php, interactive)
    if store is None or code != ExitCode.OK:
        return code
    return run_move(console, settings, dry, yes)


def _wishes(plan_file: Path | None, wishes: Wishes) -> Wishes:
    if plan_file is None:
        return wishes
    if wishes.only or wishes.review:
        raise UsageError("--only and --review are part of a plan file already", str(plan_file))
    return read_wishes(plan_file)[0]


def run(
    console: Console,
    settings: Settings,
    wishes: Wishes,
    plan_file: Path | None,
    dry: bool,
    diff: bool,
    yes: bool,
    allow_dirty: bool,
    without_php: bool,
    interactive: bool = False,
) -> int:
    """Proves and writes the plan that follows from `wishes`; `dry` stops before the writing."""
    for item in transaction.recover(settings.root) if not dry else ():
        console.say(f"an earlier run was cut off; its changes are now {item.outcome.value}")
    seen, plan = planned(settings, wishes, date.today())
    if plan_file is not None:
        fresh = json.loads(report.dump(plan, wishes.options()))
        refuse_stale(read_wishes(plan_file)[1], fresh, plan_file)
    missing = work.lacking(settings)
    if not plan.files:
        return _without_edits(console, settings, plan, missing, dry, yes)
    if interactive:
        seen, plan = _picked(console, settings, wishes, seen, plan)
        if not plan.files:
            console.say("no edit was accepted")
            return ExitCode.FINDINGS
    if not (dry or yes or console.can_ask()):
        raise UsageError("there is nobody to ask; nothing was written", hint="say it with --yes or --check")
    if not dry:
        _refuse_unready(settings, plan, allow_dirty)
    php = None if without_php or not proving.needs_php(plan) else _php(settings)
    proven = proving.prove(settings, plan, php)
    _print(console, report.summary(proven.plan, console) + report.lacking(missing, console))
    console.out(report.proof(proven.report, settings.php.version))
    _print(console, _secrets_lines(settings, proven.plan))
    if diff:
        _print(console, list(report.diff(proven.plan, seen.secrets(), console)))
    if dry:
        return ExitCode.FINDINGS if proven.plan.files else ExitCode.OK
    if not proven.plan.files:
        raise Unfinished(
            "no edit could be proven; nothing was written",
            hint="the reasons stand above; a decision `skip` leaves a place out",
        )
    if not (yes or interactive) and not _agreed(console, proven.plan, seen):
        console.say("nothing was written")
        return ExitCode.FINDINGS
    return _write(console, settings, proven.plan)


def _refuse_unready(settings: Settings, plan: Plan, allow_dirty: bool) -> None:
    """Refused where git knows uncommitted changes, or the store can't take what the plan gives it."""
    if not allow_dirty:
        git.refuse_dirty(settings.root, {file.path for file in plan.files})
    if work.going(settings, plan):
        keeping.refuse_unready(settings)


def _print(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.out(line)


def _secrets_lines(settings: Settings, plan: Plan) -> list[str]:
    """Where credentials go, if it is not the project's own folder."""
    if settings.secrets.store is Store.FILE:
        return []
    places = [keeping.reference(part, key.key.name) for part, key in work.going(settings, plan)]
    return [f"Secrets: {' '.join(map(str, places))}"] if places else []


def _php(settings: Settings) -> Php:
    """The interpreter; Unfinished, saying what could not be shown, where there is none to be used."""
    try:
        return Php.find(settings.php.binary)
    except Unfinished as error:
        what = "without PHP nothing shows that its code stays as it is"
        raise Unfinished(f"{error.message}; {what}", error.where, error.hint) from None


def _without_edits(
    console: Console,
    settings: Settings,
    plan: Plan,
    missing: Mapping[str, Sequence[str]],
    dry: bool,
    yes: bool,
) -> int:
    """Where no code is to be edited: adds the lines that environments lack, and what `outputs` ask for."""
    console.out("Plan: nothing to edit.")
    _print(console, report.left(plan.left, console) + report.lacking(missing, console))
    others = work.outputs(settings, plan)
    for change in others:
        console.out(f" + {one_line(change.path)}  {'new' if change.before is None else 'written anew'}")
    if not (missing or others):
        return ExitCode.OK
    if dry:
        return ExitCode.FINDINGS
    if others and not (yes or console.ask(f"Write {_files(len(others))}?", YES_OR_NO, "--yes") == "y"):
        console.say("nothing was written")
        return ExitCode.FINDINGS
    work.write(settings, plan)
    if others:
        console.out(f"Written: {_files(len(others))}; undo: portability apply --undo")
    else:
        console.out("Added; nothing else was changed.")
    return ExitCode.OK


def _picked(
    console: Console, settings: Settings, wishes: Wishes, seen: Survey, plan: Plan
) -> tuple[Survey, Plan]:
    """The plan of those edits that a person accepts, one by one; what was decided is written down."""
    secrets = seen.secrets()

    def ask(hunk: Hunk, picked: Picked) -> str:
        _print(console, report.hunk(plan, hunk.file, hunk.edit, secrets, console))
        keys = " ".join(picked.names.get(key, key) for key in hunk.edit.rewrite.keys)
        return console.ask(f"({hunk.number}/{hunk.total}) Read {keys} here?", picking.ANSWERS, "--yes")

    def ask_text(question: str) -> str:
        return console.ask_text(question, "--yes", optional=True)

    picked = picking.pick(settings, seen, plan, ask, ask_text, console.say)
    if picked.decisions:
        deciding.write(settings, list(picked.decisions.values()))
        console.say(f"{len(picked.decisions)} decided in {DECISIONS}: commit it")
    return planned(settings, wishes, date.today(), frozenset(picked.accepted))


def _agreed(console: Console, plan: Plan, seen: Survey) -> bool:
    while True:
        answer = console.ask(f"Apply these {plan.edits} edits?", ANSWERS, "--yes")
        if answer != "d":
            return answer == "y"
        _print(console, list(report.diff(plan, seen.secrets(), console)))


def _write(console: Console, settings: Settings, plan: Plan) -> int:
    applied = work.write(settings, plan)
    edits = "1 edit" if plan.edits == 1 else f"{plan.edits} edits"
    console.out(f"Applied: {edits} in {_files(len(plan.files))}; undo: portability apply --undo")
    _print(console, list(rotation.kept(settings, plan, applied.stored)))
    in_git = not isinstance(git.find(settings.root), git.NoRepository)
    _print(console, list(rotation.rotate(settings, plan, in_git)))
    console.say("next: portability render --env production, then portability check --env production")
    if in_git:
        console.say("once committed, keep it out of git blame:")
        console.say("  git rev-parse HEAD >> .git-blame-ignore-revs")
        console.say("  git config blame.ignoreRevsFile .git-blame-ignore-revs")
    return ExitCode.OK


def run_move(console: Console, settings: Settings, dry: bool, yes: bool) -> int:
    """Moves what an earlier apply put into files to the store that was asked for; `dry` only tells of it."""
    wanted = moving.moves(settings)
    if not wanted:
        return ExitCode.OK
    _print(console, [f" > {one.key}  {one.old} -> {one.new}" for one in wanted])
    if dry:
        return ExitCode.FINDINGS
    if not yes and console.ask("Move these credentials?", YES_OR_NO, "--yes") != "y":
        console.say("nothing was moved")
        return ExitCode.FINDINGS
    _print(console, list(rotation.stored_lines(moving.carry_out(settings, wanted))))
    files = " ".join(str(settings.root / one.old.target) for one in wanted)
    console.say(f"next: portability render --env production on production; then remove {files}")
    return ExitCode.OK


def run_undo(console: Console, settings: Settings) -> int:
    """Gives back the tree as it was before the last apply."""
    undone = work.undo(settings)
    count = len(undone.paths)
    console.out(f"Undone: {_files(count)} {'is' if count == 1 else 'are'} as before the last apply.")
    for path in undone.kept:
        console.out(f" ! {path}  edited since: it stays, and so do the other values below {settings.values}")
    if (settings.rendered_folder / rendering.MANIFEST).exists():
        console.out(f" ! {settings.rendered}  stays: what was rendered there; render again, or remove it")
    return ExitCode.OK


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
