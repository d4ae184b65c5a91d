"""A plan's edits and a person's answers in, what was accepted and what was decided about the others out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from portability.errors import PortabilityError, UsageError
from portability.model import Edit
from portability.planning import deciding
from portability.planning.plans import Plan, PlannedFile
from portability.planning.survey import Survey
from portability.settings.decisions import Choice, Decision
from portability.settings.project import Settings
from portability.values import environments

ANSWERS = {
    "y": "yes",
    "n": "no",
    "a": "all of this file",
    "d": "done with this file",
    "q": "quit",
    "s": "skip for good",
    "e": "edit the name",
    "?": "?",
}
HELP = (
    "y make this edit",
    "n leave it for now",
    "a make it and all others of this file",
    "d leave it and all others of this file for now",
    "q leave it and all that follow for now; what was accepted is made",
    "s leave it for good: asks for the reason, which goes into portability-decisions.yaml",
    "e make it under another key: asks for the name, which all places of the value get",
)


@dataclass(frozen=True, slots=True)
class Hunk:
    """One edit of one file, the how-many-eth of how many."""

    file: PlannedFile
    edit: Edit
    number: int
    total: int


@dataclass(slots=True)
class Picked:
    """The fingerprints of what was accepted, the decisions that were made, and the keys that got names."""

    accepted: set[str] = field(default_factory=set)
    decisions: dict[tuple[str, Choice], Decision] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def decide(self, new: list[Decision]) -> None:
        """Takes decisions, in the place of what was decided about the same before."""
        for decision in new:
            self.decisions[decision.fingerprint, decision.decision] = decision


def hunks(plan: Plan) -> Iterator[Hunk]:
    """The edits that read keys, file by file."""
    found = [(file, edit) for file in plan.files for edit in file.edits if edit.rewrite.keys]
    for number, (file, edit) in enumerate(found, 1):
        yield Hunk(file, edit, number, len(found))


def pick(
    settings: Settings,
    seen: Survey,
    plan: Plan,
    ask: Callable[[Hunk, Picked], str],
    ask_text: Callable[[str], str],
    tell: Callable[[str], object],
) -> Picked:
    """Goes through the plan's edits; `ask` gives a letter of ANSWERS, `ask_text` a line or ''."""
    picked = Picked()
    whole: dict[str, bool] = {}
    for hunk in hunks(plan):
        path = hunk.file.path
        if path in whole:
            if whole[path]:
                picked.accepted.update(hunk.edit.fingerprints)
            continue
        answer = _settled(settings, seen, hunk, picked, ask, ask_text, tell)
        if answer == "q":
            break
        if answer in "ya":
            picked.accepted.update(hunk.edit.fingerprints)
        if answer in "ad":
            whole[path] = answer == "a"
    return picked


def _settled(
    settings: Settings,
    seen: Survey,
    hunk: Hunk,
    picked: Picked,
    ask: Callable[[Hunk, Picked], str],
    ask_text: Callable[[str], str],
    tell: Callable[[str], object],
) -> str:
    """The answer to one edit, y n a d or q, once what it decides is taken in."""
    while True:
        answer = ask(hunk, picked)
        if answer == "?":
            for line in HELP:
                tell(f"  {line}")
        elif answer == "s":
            reason = ask_text("Why is it left for good?")
            if reason:
                theirs = [f for f in seen.result.findings if f.fingerprint in hunk.edit.fingerprints]
                picked.decide(deciding.decided(theirs, Choice.SKIP, reason=reason))
                return "n"
        elif answer == "e":
            name = ask_text(f"What shall {' '.join(hunk.edit.rewrite.keys)} be called?")
            try:
                if name:
                    _rename(settings, seen, hunk, picked, name)
                    return "y"
            except PortabilityError as error:
                tell(str(error))
        else:
            return answer


def _rename(settings: Settings, seen: Survey, hunk: Hunk, picked: Picked, name: str) -> None:
    keys = hunk.edit.rewrite.keys
    if len(keys) != 1:
        raise UsageError("this edit reads several keys", hint="portability rename OLD NEW")
    if any(keys[0] in environments.load_keys(part) for part in settings.parts()):
        raise UsageError(f"code reads {keys[0]} already", hint=f"portability rename {keys[0]} {name}")
    if name in picked.names.values() and picked.names.get(keys[0]) != name:
        raise UsageError(f"{name} is the name of another key already")
    picked.decide(deciding.renamed(settings, seen, keys[0], name, (), merge=False))
    picked.names[keys[0]] = name
