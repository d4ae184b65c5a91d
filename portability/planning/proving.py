"""A plan in, the same without the files that could not be proven, and what the proof counted, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from portability.model import Edit, Safety, Scalar
from portability.planning import serialproof
from portability.planning.plans import Plan, PlannedFile, joined
from portability.proving import proof, proofs
from portability.proving.php import Php
from portability.proving.proofs import FileChange, ProofReport, Shown
from portability.settings.project import PRODUCTION, Settings
from portability.syntax import inlineproof
from portability.system.collecting import rarely
from portability.values import environments, thirdparties

PHP = "php"


@dataclass(frozen=True, slots=True)
class Proven:
    """A plan that is proven, what the proof counted, and the files it took out because they had none."""

    plan: Plan
    report: ProofReport | None
    unproven: tuple[Edit, ...]


@rarely()
def prove(settings: Settings, plan: Plan, php: Php | None) -> Proven:
    """The plan without the files whose edits could not be proven; `php` None leaves PHP unproven.

    Templates prove themselves: each renders back to the very bytes that it was made of. Those that hold
    PHP-serialised text are rendered for every environment too, where that must be read as before.
    """
    if not plan.parts:
        return _prove(settings, plan, php)
    each = [_prove(part, of_it, php) for part, of_it in plan.parts]
    reports = [one.report for one in each if one.report is not None]
    whole = joined(zip((part for part, _ in plan.parts), (one.plan for one in each), strict=True))
    unproven = tuple(edit for one in each for edit in one.unproven)
    return Proven(replace(whole, stacks=plan.stacks), proofs.together(reports) if reports else None, unproven)


def _prove(settings: Settings, plan: Plan, php: Php | None) -> Proven:
    inline = [file for file in plan.files if file.inline]
    production = _production_values(settings, plan)
    shown = [_shown(file, production) for file in inline if file.source.language != PHP]
    report = None
    failed: dict[str, str] = {one.path: f"not proven: {one.problem}" for one in shown if one.problem}
    counted = [file for file in plan.files if not file.inline and serialproof.concerns(file)]
    others = _other_values(settings, production) if inline or counted else {}
    for file in counted:
        if problem := serialproof.problem(file, others):
            failed[file.path] = f"not proven: {problem}"
    if inline:
        changed = [_Change(file) for file in inline]
        report = proof.prove(php, changed, settings.namespace, production, others, shown)
        for failure in report.failures:
            failed.setdefault(failure.path, f"not proven (line {failure.line}): {failure.what}")
    for path, stack in plan.behind.items():
        for carrier in stack.guards:
            if carrier in failed:
                failed.setdefault(path, f"not proven: {carrier}, which loads its values, is not")
    unproven = tuple(
        replace(edit, rewrite=replace(edit.rewrite, safety=Safety.REFUSED, reason=failed[file.path]))
        for file in plan.files
        if file.path in failed
        for edit in file.edits
        if edit.rewrite.keys
    )
    kept = tuple(file for file in plan.files if file.path not in failed)
    return Proven(_with_files(plan, kept, unproven), report, unproven)


def needs_php(plan: Plan) -> bool:
    """Whether a file of PHP would change, which only PHP can prove."""
    return any(file.inline and file.source.language == PHP for file in plan.files)


MADE_UP = "made-up values"
"""What the environment is called whose every value is one that production can't have."""


def _other_values(settings: Settings, production: Mapping[str, Scalar]) -> dict[str, dict[str, Scalar]]:
    """The values of every other environment by its name: what people wrote, made up where nothing is yet.

    Secrets are made up too: they need not be fetched to see where they would stand.
    """
    made_up = {name: _another(name, value) for name, value in production.items()}
    found = {MADE_UP: made_up}
    infos = environments.load_keys(settings)
    for environment in settings.environments:
        if environment.name != PRODUCTION:
            values: dict[str, Scalar] = {}
            for key, entry in environments.load(settings, environment.name).entries.items():
                value = production.get(key) if entry.shared else entry.value
                if entry.off and key in infos:
                    value = thirdparties.off_value(key, infos[key], production.get(key))
                if key in production and value is not None:
                    values[key] = value
            if values:
                found[environment.name] = {**made_up, **values}
    return found


def _with_files(plan: Plan, files: tuple[PlannedFile, ...], left: Iterable[Edit]) -> Plan:
    read = {key for file in files for key in file.keys}
    keys = tuple(named for named in plan.keys if named.key.name in read)
    infos = {name: info for name, info in plan.infos.items() if name in read}
    return replace(plan, files=files, keys=keys, infos=infos, left=(*plan.left, *left))


def _production_values(settings: Settings, plan: Plan) -> dict[str, Scalar]:
    values = environments.plain_values(environments.load(settings, PRODUCTION))
    return {**values, **{named.key.name: named.value for named in plan.keys}}


def _another(name: str, value: Scalar) -> Scalar:
    """A value of the same type that production can't have."""
    if isinstance(value, str):
        return f"{name.lower().replace('_', '-')}.elsewhere.invalid"
    return not value if isinstance(value, bool) else value + 1


@dataclass(frozen=True, slots=True)
class _Change:
    """A planned file whose edits are taken out when they are proven."""

    file: PlannedFile

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def edits(self) -> int:
        return len(self.file.spans)

    def made(self) -> FileChange:
        file = self.file
        claims = tuple(edit.rewrite.claim for edit in file.edits if edit.rewrite.claim is not None)
        is_php = file.source.language == PHP
        return FileChange(file.path, file.source.data, file.after, tuple(file.spans), claims, is_php)


def _shown(file: PlannedFile, production: Mapping[str, Scalar]) -> Shown:
    """What the languages that need no interpreter show of a file."""
    claims = [edit.rewrite.claim for edit in file.edits if edit.rewrite.claim is not None]
    return Shown(file.path, inlineproof.problem(file.source.language, file.after, claims, production))
