"""The rows of the table of PHP contexts: read from their golden files, applied for real, and run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import yaml

from portability.applying import apply
from portability.model import Safety, Scalar
from portability.planning import proving
from portability.planning.project import Wishes, planned
from portability.planning.proving import Proven
from portability.proving.php import Php
from portability.settings.project import Settings, load
from portability.values import environments, rendering

FOLDER = Path(__file__).parent / "golden" / "php_contexts"
PLACES = Path(__file__).parent / "golden" / "php_guard"
VALUES = "config/portability"
SETTINGS = "version: 1\nproduction: {hosts: [shop.example]}\nenvironments: {production: {}, loadtest: {}}\n"


@dataclass(frozen=True)
class Row:
    """One case of the table: the code before, and what a person gave as truth about it.

    `since` is the first PHP that knows the syntax, `edited_since` the first that lets the edit stand there:
    the proof of an older one has to refuse it. `loadtest_values` are those of the load test where
    the usual ones don't do. `why` are the reasons and remarks that a person is told.
    """

    name: str
    row: int | str
    context: str
    before: str
    verdict: str
    folder: Path = FOLDER
    path: str = "page.php"
    encoding: str = "utf-8"
    since: str = "7.4"
    edited_since: str = "7.4"
    settings: str = ""
    loadtest_values: Mapping[str, str | int] = field(default_factory=dict)
    why: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    after: str = ""
    production: str = ""
    loadtest: str = ""

    def runs_on(self, version: Sequence[int]) -> bool:
        """Whether that version of PHP knows the syntax."""
        return _reaches(version, self.since)

    def takes_edit(self, version: Sequence[int]) -> bool:
        """Whether that version of PHP compiles what the edit makes of it."""
        return _reaches(version, self.edited_since)

    @property
    def is_php(self) -> bool:
        return self.path.endswith(".php") and not self.path.endswith(".blade.php")


def _reaches(version: Sequence[int], first: str) -> bool:
    return tuple(version)[:2] >= tuple(int(part) for part in first.split("."))


def rows(folder: Path) -> list[Row]:
    """Every case of a table, in its order."""
    found = []
    for file in sorted(folder.glob("*.yaml")):
        parts = yaml.safe_load(file.read_text("utf-8"))
        parts["why"], parts["distinct"] = tuple(parts.get("why", ())), tuple(parts.get("distinct", ()))
        found.append(Row(name=file.stem, folder=folder, **parts))
    return found


def write_golden(row: Row) -> None:
    """The case as its golden file, what it gives included."""
    parts = {name: getattr(row, name) for name in Row.__dataclass_fields__ if name not in ("name", "folder")}
    usual = {name: one.default for name, one in Row.__dataclass_fields__.items()}
    kept = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in parts.items()
        if value != usual[name] and value not in ({}, ())
    }
    text = yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    (row.folder / f"{row.name}.yaml").write_text(text, "utf-8")


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True)
class Applied:
    """A case after its apply: the project, what was proven, and what a person is told."""

    root: Path
    settings: Settings
    proven: Proven
    row: Row


def applied(row: Row, root: Path, php: Php | None) -> Applied:
    """Writes the project of a case below `root` and applies its whole plan, edits to review included."""
    (root / row.path).parent.mkdir(parents=True, exist_ok=True)
    (root / row.path).write_bytes(row.before.encode(row.encoding))
    (root / "portability.yaml").write_text(SETTINGS + row.settings, "utf-8")
    settings = load(root)
    _, plan = planned(settings, Wishes((), (), True), date(2020, 1, 1))
    proven = proving.prove(settings, plan, php)
    if proven.plan.files:
        apply.write(settings, proven.plan)
    made = [edit for file in proven.plan.files for edit in file.edits]
    to_review = [edit for edit in made if edit.rewrite.safety is Safety.REVIEW]
    refused = proven.plan.of_safety(Safety.REFUSED)
    verdict = "review" if to_review else "refused" if refused else "safe" if proven.plan.files else "nothing"
    told = [*refused, *made]
    keys = environments.load_keys(settings)
    file = next((file.target for file in proven.plan.files), row.path)
    found = replace(
        row,
        verdict=verdict,
        why=tuple(dict.fromkeys(edit.rewrite.reason for edit in told if edit.rewrite.reason)),
        distinct=tuple(sorted(name for name, info in keys.items() if info.distinct)),
        after=(root / file).read_bytes().decode(row.encoding),
    )
    return Applied(root, settings, proven, found)


def render(done: Applied, environment: str) -> None:
    """Renders an environment in the project of a case; a load test gets values of its own first."""
    if not done.proven.plan.files:
        return
    if environment != "production":
        _fill(done)
    values = environments.values(done.settings, environment)
    for file in rendering.render(done.settings, environment, values):
        (done.root / file.path).parent.mkdir(parents=True, exist_ok=True)
        (done.root / file.path).write_bytes(file.data)


def _fill(done: Applied) -> None:
    """The load test's values, as a person would write them."""
    lines = []
    for named in done.proven.plan.keys:
        name, value = named.key.name, named.value
        usual: Scalar = _elsewhere(name, value) if isinstance(value, str) else value + 1
        new = done.row.loadtest_values.get(name, usual)
        if named.key.secret:
            secret = done.root / f"{VALUES}/secrets/loadtest/{name}"
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.write_text(f"{new}\n", "utf-8")
            lines.append(f"{name}: {{secret: 'file:{VALUES}/secrets/loadtest/{name}'}}")
        else:
            lines.append(f"{name}: {new!r}")
    path = done.root / environments.path_of(done.settings, "loadtest")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _elsewhere(name: str, value: str) -> str:
    moved = value.replace("shop.example", "lt.test")
    return moved if moved != value else f"Fake-Replica-{name}"


Runner = Callable[[Path, str], str]
"""Runs a PHP file of a folder; what it prints, errors included."""


def native(folder: Path, path: str) -> str:
    """The same by the interpreter on PATH."""
    command = [
        "php",
        "-n",
        "-d",
        "display_errors=stderr",
        "-d",
        "error_reporting=24575",
        "-d",
        "zend.assertions=-1",
        path,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=30, check=False)
    return (done.stdout + done.stderr).decode("utf-8", "surrogateescape").replace(str(folder), "ROOT")


def printed(done: Applied, environment: str, run: Runner) -> str:
    """What the file of a case gives in an environment: what PHP prints, or the rendered file itself."""
    render(done, environment)
    if done.row.is_php:
        return run(done.root, done.row.path)
    return (done.root / done.row.path).read_bytes().decode(done.row.encoding)


def left_of_production(done: Applied, text: str) -> Iterator[str]:
    """The keys whose production value still stands in a text."""
    for named in done.proven.plan.keys:
        if isinstance(named.value, str) and len(named.value) > 4 and named.value in text:
            yield named.key.name


def table(cases: Sequence[Row]) -> str:
    """The cases as a table of Markdown: what becomes of a line in each, or why nothing does."""
    lines = ["| # | context | becomes | edit |", "|---|---|---|---|"]
    for row in cases:
        number = f"{row.row} " if isinstance(row.row, int) else ""
        known, edited = (one if one != "7.4" else "" for one in (row.since, row.edited_since))
        since = f" (PHP {known}{f', the edit {edited}' if edited else ''})" if known else ""
        told = row.verdict if row.verdict in ("safe", "nothing") else f"{row.verdict}: {'; '.join(row.why)}"
        if row.verdict == "safe" and row.why:
            told = f"safe; look at: {'; '.join(row.why)}"
        lines.append(f"| {number}| {_cell(row.context)}{since} | {_becomes(row)} | {_cell(told)} |")
    return "\n".join(lines) + "\n"


def _becomes(row: Row) -> str:
    """The first line that an edit changes, as it is after; the guard's own where nothing else changes."""
    if row.verdict != "safe":
        return ""
    before = row.before.splitlines()
    changed = [line for line in row.after.splitlines() if line not in before]
    reading = [line for line in changed if "AppEnv" in line or "@@" in line]
    guards = [line for line in changed if "bootstrap.php" in line]
    chosen = guards if row.folder == PLACES and guards else reading
    text = chosen[0].strip() if chosen else ""
    text = text if len(text) <= 150 else text[:149] + "…"
    return "`` " + text.replace("|", "\\|") + " ``" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
