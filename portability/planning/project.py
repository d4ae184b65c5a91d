"""What a person wishes in, the plan for the project as it stands out; a stale plan file is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from portability.errors import NothingExamined, Refused, UsageError
from portability.planning import stacks
from portability.planning.plan import Choices, make_plan
from portability.planning.plans import Plan
from portability.planning.stacks import Stack
from portability.planning.survey import Survey, survey
from portability.reading import owners
from portability.reading.sources import beginning
from portability.settings.decisions import FILE_NAME as DECISIONS
from portability.settings.decisions import Choice
from portability.settings.manifests import manifests
from portability.settings.project import PRODUCTION, Settings
from portability.system import git
from portability.system.collecting import rarely
from portability.values import environments
from portability.values.naming import NamedKey, reserved
from portability.values.rendering import templates_folder

PLAN_VERSION = 1
"""The version of plan files that are written and read."""

FLOOR = (7, 4)
"""The oldest PHP that rewritten code runs on: an undefined constant is an error from there on."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for on the command line."""

    paths: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    review: bool = False

    def options(self) -> dict[str, object]:
        """As a plan file tells them."""
        return {"paths": list(self.paths), "only": list(self.only), "review": self.review}


@rarely()
def planned(
    settings: Settings, wishes: Wishes, today: date, among: frozenset[str] | None = None
) -> tuple[Survey, Plan]:
    """The survey of the project and the plan that follows from it; `among` these fingerprints only."""
    _refuse_old_php(settings)
    _refuse_links(settings)
    seen = survey(settings, [Path(path) for path in wishes.paths], today, far=True, settle=True)
    choices = Choices(
        only_of(settings, wishes.only, seen),
        wishes.review,
        seen.decided(Choice.SKIP) | (_others(seen, among) if among is not None else frozenset()),
        seen.decided(Choice.SAFE),
        {d.fingerprint: d.reason or _DECIDED for d in seen.decisions if d.decision is Choice.SHARED},
    )
    _refuse_other_values(settings, seen)
    _refuse_names(settings, seen)
    known = shared_stacks(settings, stacks_of(settings, seen.sources))
    _refuse_unfit(settings, known)
    plan = make_plan(settings, seen.sources, seen.result.findings, seen.named, choices, known)
    if wishes.only and not (plan.files or plan.left):
        raise NothingExamined(
            f"nothing is found for {' '.join(wishes.only)}",
            hint="--only takes a key, a service, a path or its pattern, and an @owner of CODEOWNERS",
        )
    return seen, plan


def _others(seen: Survey, among: frozenset[str]) -> frozenset[str]:
    return frozenset(f.fingerprint for f in seen.result.findings if f.fingerprint not in among)


def stacks_of(settings: Settings, paths: Iterable[str]) -> tuple[Stack, ...]:
    """The stacks of the project whose files these are."""
    return stacks.detect(lambda path: beginning(settings.root, path), paths, manifests(), settings.stacks)


def shared_stacks(settings: Settings, known: Sequence[Stack]) -> tuple[Stack, ...]:
    """The stacks, each with those of its guard files that git ignores: other machines have others."""
    guards = [path for stack in known for path in stack.guards]
    repository = git.find(settings.root) if guards else None
    if not isinstance(repository, git.Repository):
        return tuple(known)
    ignored = repository.ignored(*guards)
    return tuple(
        replace(stack, unshared=tuple(path for path in stack.guards if path in ignored)) for stack in known
    )


def _refuse_unfit(settings: Settings, known: Sequence[Stack]) -> None:
    """Refused where the values lie in a folder that a stack takes for something else."""
    for part in settings.parts():
        found = stacks.unfit(known, part.values)
        if found is not None:
            stack, why = found
            raise Refused(
                f"the values can't lie in {part.values}: {why}",
                where=f"{settings.file}: values",
                hint=f"say values: {stack.manifest.values} in {settings.file.name}, and rendered: "
                f"{stack.manifest.values}/current",
            )


def _refuse_old_php(settings: Settings) -> None:
    version = settings.php.version
    if version and tuple(int(part) for part in version.split(".")[:2]) < FLOOR:
        raise Refused(
            f"the settings say that the code runs on PHP {version}, and edits need 7.4 or newer",
            where=f"{settings.file}: php.version",
            hint="scan works for any version; before 7.4 an undefined constant is no error",
        )


_DECIDED = f"so decided in {DECISIONS}"


def only_of(settings: Settings, words: Sequence[str], seen: Survey) -> tuple[str, ...]:
    """What `--only` names, as `plan.wanted` takes it; an owner stands for the files that are theirs."""
    found = [_path_or_word(settings, word) for word in words if "@" not in word]
    asked = frozenset(word.lower() for word in words if "@" in word)
    if asked:
        paths = {finding.path for finding in seen.result.findings}
        theirs = _owned(settings, asked, sorted(paths))
        found += theirs or sorted(asked)
    return tuple(found)


def _owned(settings: Settings, asked: frozenset[str], paths: Sequence[str]) -> list[str]:
    """Those of `paths` (relative to the root) that one of the owners owns; UsageError without CODEOWNERS."""
    repository = git.find(settings.root)
    prefix = "" if isinstance(repository, git.NoRepository) else repository.prefix
    top = settings.root.joinpath(*[".."] * prefix.count("/"))
    known = owners.find(top)
    if known is None:
        raise UsageError(
            f"there is no CODEOWNERS file to tell what {' '.join(sorted(asked))} owns",
            where=str(top.resolve()),
            hint=f"it is looked for as {', '.join(owners.PLACES)}",
        )
    found = []
    for path in paths:
        before = path.removeprefix(f"{templates_folder(settings.part_of(path))}/")
        if asked & owners.owners(known[1], prefix + before):
            found.append(path)
    return found


def _path_or_word(settings: Settings, word: str) -> str:
    """What `--only` names as findings name it: a path relative to the root, without `./`."""
    if not ("/" in word or word.startswith(".")):
        return word
    relative = os.path.relpath(settings.root / word, settings.root)
    return word if relative.startswith("..") else relative


def _refuse_links(settings: Settings) -> None:
    """Refused where the values' folder lies behind a link: .gitignore would not see the secrets there."""
    for part in settings.parts():
        if part.values_folder.resolve() != part.root.resolve() / part.values:
            raise Refused(
                "the folder of the values is reached through a symbolic link",
                where=part.values,
                hint=f"name the real folder as values in {part.file.name}",
            )


def _refuse_other_values(settings: Settings, seen: Survey) -> None:
    """Refused where an earlier apply put the values into another folder than the settings name now."""
    for path in seen.sources:
        folder, slash, name = path.rpartition("/")
        source = seen.sources.get(path) if slash and name == "keys.yaml" else None
        if source is not None and source.data.startswith(environments.KEYS_HEAD.encode()):
            raise Refused(
                f"the values stand in {folder}, but the settings say {settings.values}",
                where=path,
                hint=f"code reads them there: say values: {folder} in {settings.file.name}",
            )


def _refuse_names(settings: Settings, seen: Survey) -> None:
    """UsageError for a decided name that can't be used; Refused where one key would hold two values."""
    decided = {d.key for d in seen.decisions if d.decision is Choice.KEY}
    for name in sorted(decided):
        if reserved(name):
            raise UsageError(
                f"{name} already means something to PHP, the shell or portability",
                where=DECISIONS,
                hint=f"choose another name, such as APP_{name}",
            )
    for use in seen.clashes:
        raise Refused(
            f"the code itself gives {use.name} another value",
            where=use.where,
            hint=f"choose another name for it in {DECISIONS}",
        )
    for part in settings.parts():
        mine = [f for f in seen.result.findings if settings.application_of(f.path) == part.application]
        _refuse_two_values(part, [seen.named[f.fingerprint] for f in mine], decided)


def _refuse_two_values(settings: Settings, named: Sequence[NamedKey], decided: Collection[str]) -> None:
    holds = environments.held_by(settings, PRODUCTION, decided)
    values = dict(holds)
    for one in named:
        name, value = one.key.name, one.value
        if name in decided and (
            values.setdefault(name, value) != value or type(values[name]) is not type(value)
        ):
            unknown = name in holds and holds[name] is None
            raise Refused(
                f"{name} holds a secret that can't be read here, and may be another"
                if unknown
                else f"{name} would have to hold two different values",
                where=DECISIONS,
                hint="give one of them another name",
            )


def read_wishes(file: Path) -> tuple[Wishes, dict[str, Any]]:
    """What a plan file says it was made with, and its content; UsageError for what is no plan."""
    no_plan = UsageError("this is no plan", str(file), "portability plan -o FILE writes one")
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise NothingExamined(f"cannot read the plan: {reason}", str(file), no_plan.hint) from None
    except (ValueError, RecursionError):
        raise no_plan from None
    if not isinstance(content, dict) or content.get("portability") != "plan":
        raise no_plan
    if content.get("version") != PLAN_VERSION:
        raise UsageError(
            f"the plan is of another version than {PLAN_VERSION}", str(file), f"portability plan -o {file}"
        )
    options, files = content.get("options"), content.get("files")
    if not isinstance(options, dict) or not all(_texts(options.get(name)) for name in ("paths", "only")):
        raise no_plan
    if not isinstance(files, list) or not all(isinstance(e, dict) and "path" in e for e in files):
        raise no_plan
    return Wishes(tuple(options["paths"]), tuple(options["only"]), options.get("review") is True), content


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def refuse_stale(content: dict[str, Any], fresh: dict[str, Any], file: Path) -> None:
    """Refused where the tree, the rules or the decisions have changed since the plan file was written."""
    if content == fresh:
        return
    before = {str(entry["path"]): entry for entry in content["files"]}
    after = {entry["path"]: entry for entry in fresh["files"]}
    changed = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    what = "1 file" if len(changed) == 1 else f"{len(changed)} files"
    raise Refused(
        f"the plan is stale: {what} would be edited otherwise now"
        if changed
        else "the plan is stale: keys or decisions are others now",
        where=", ".join(_first(changed)) or str(file),
        hint=f"make it again: portability plan -o {file}",
    )


def _first(names: Sequence[str], most: int = 5) -> list[str]:
    return [*names[:most], f"and {len(names) - most} more"] if len(names) > most else list(names)
