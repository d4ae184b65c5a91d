"""`portability apply`: shows the plan, proves it, asks, writes; or undoes the last one."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from portability import apply as work
from portability import git, rendering, transaction
from portability.console import Console, one_line
from portability.errors import ExitCode, Refused, Unfinished, UsageError
from portability.php import Php
from portability.plan import Plan
from portability.planning import Wishes, planned, read_wishes, refuse_stale
from portability.reports import plan as report
from portability.settings import Settings
from portability.survey import Survey

ANSWERS = {"y": "yes", "n": "no", "d": "diff"}


@click.command(name="apply", help="Move the planned values into environment-keyed config, once proven.")
@click.argument("plan_file", required=False, metavar="[PLAN]", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything would change.")
@click.option("--diff", is_flag=True, help="The same, showing every edit.")
@click.option("--only", multiple=True, metavar="KEY|PATH|SERVICE", help="Apply these only; may be repeated.")
@click.option("--review", is_flag=True, help="Make edits marked for review too.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--undo", is_flag=True, help="Give back what the last apply took.")
@click.option("--allow-dirty", is_flag=True, help="Go on although git knows uncommitted changes.")
@click.option("--without-php", is_flag=True, help="Go on without the PHP interpreter, and so without proof.")
@click.pass_obj
def command(
    console: Console,
    plan_file: Path | None,
    check: bool,
    diff: bool,
    only: tuple[str, ...],
    review: bool,
    yes: bool,
    undo: bool,
    allow_dirty: bool,
    without_php: bool,
) -> int:
    settings = console.settings()
    if undo:
        return run_undo(console, settings)
    wishes = _wishes(plan_file, Wishes((), only, review))
    return run(console, settings, wishes, plan_file, check or diff, diff, yes, allow_dirty, without_php)


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
) -> int:
    """Proves and writes the plan that follows from `wishes`; `dry` stops before the writing."""
    for item in transaction.recover(settings.root) if not dry else ():
        console.say(f"an earlier run was cut off; its changes are now {item.outcome.value}")
    seen, plan = planned(settings, wishes, date.today())
    if plan_file is not None:
        fresh = json.loads(report.dump(plan, wishes.options()))
        refuse_stale(read_wishes(plan_file)[1], fresh, plan_file)
    if not plan.files:
        console.out("Plan: nothing to edit.")
        _print(console, report.left(plan.left, console))
        return ExitCode.OK
    if not (dry or yes or console.can_ask()):
        raise UsageError("there is nobody to ask; nothing was written", hint="say it with --yes or --check")
    if not (dry or allow_dirty):
        _refuse_dirty(settings, plan)
    php = None if without_php or not work.needs_php(plan) else _php(settings)
    proven = work.prove(settings, plan, php)
    _print(console, report.summary(proven.plan, console))
    console.out(report.proof(proven.report, settings.php.version))
    if diff:
        _print(console, list(report.diff(proven.plan, seen.secrets(), console)))
    if dry:
        return ExitCode.FINDINGS if proven.plan.files else ExitCode.OK
    if not proven.plan.files:
        raise Unfinished(
            "no edit could be proven; nothing was written",
            hint="the reasons stand above; a decision `skip` leaves a place out",
        )
    if not yes and not _agreed(console, proven.plan, seen):
        console.say("nothing was written")
        return ExitCode.FINDINGS
    return _write(console, settings, proven.plan)


def _print(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.out(line)


def _php(settings: Settings) -> Php:
    """The interpreter; Unfinished, saying what could not be shown, where there is none to be used."""
    try:
        return Php.find(settings.php.binary)
    except Unfinished as error:
        what = "without it nothing shows that PHP's code stays as it is"
        raise Unfinished(f"{error.message}: {what}", error.where, error.hint) from None


def _refuse_dirty(settings: Settings, plan: Plan) -> None:
    """Refused where git knows uncommitted changes to files that would be edited."""
    repository = git.find(settings.root)
    if isinstance(repository, git.NoRepository):
        return
    edited = {file.path for file in plan.files}
    dirty = sorted(entry.path for entry in repository.dirty() if entry.path in edited)
    if dirty:
        more = f" and {len(dirty) - 5} more" if len(dirty) > 5 else ""
        raise Refused(
            f"{_files(len(dirty))} to edit {'has' if len(dirty) == 1 else 'have'} uncommitted changes",
            where=", ".join(map(one_line, dirty[:5])) + more,
            hint="commit or stash them, or add --allow-dirty",
        )


def _agreed(console: Console, plan: Plan, seen: Survey) -> bool:
    while True:
        answer = console.ask(f"Apply these {plan.edits} edits?", ANSWERS, "--yes")
        if answer != "d":
            return answer == "y"
        _print(console, list(report.diff(plan, seen.secrets(), console)))


def _write(console: Console, settings: Settings, plan: Plan) -> int:
    work.write(settings, plan)
    edits = "1 edit" if plan.edits == 1 else f"{plan.edits} edits"
    console.out(f"Applied: {edits} in {_files(len(plan.files))}; undo: portability apply --undo")
    if any(named.key.secret for named in plan.keys):
        folder = work.secrets_folder(settings)
        where = "outside the project" if folder.startswith(("/", "..")) else "which git ignores"
        console.out(f"Secrets went to {folder}/, {where}.")
        console.out("Git's history still holds them, and .portability/ until the next undo: rotate them.")
    console.say("next: portability render --env production, then portability check --env production")
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
