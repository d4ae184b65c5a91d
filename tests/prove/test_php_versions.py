"""The table of PHP contexts, and what proves it, on every version of PHP from 7.4 on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

from portability.model import Scalar
from portability.proving.php import Php
from portability.proving.proof import prove
from portability.proving.proofs import FileChange
from tests.php_contexts import FOLDER, PLACES, Applied, Row, applied, left_of_production, printed, rows
from tests.php_versions import VERSIONS, command, run_many

pytestmark = pytest.mark.prove

FLAGS = ("-n", "-d", "display_errors=stderr", "-d", "error_reporting=24575", "-d", "zend.assertions=-1")


@dataclass(frozen=True)
class Case:
    """A row with its project before, after under production, and after under the load test."""

    row: Row
    done: Applied
    before: Path
    production: Path
    loadtest: Path


class CompilesInOne(Php):
    """A PHP whose many `php -l` are starts within one process of node; what fails is looked at as ever."""

    def _suspects(self, files: Sequence[Path]) -> Sequence[Path]:
        version = "{}.{}".format(*self.version)
        told = run_many(version, [(file.parent, [*self._options(), "-l", file.name]) for file in files])
        return [
            file
            for file, text in zip(files, told, strict=True)
            if not text.strip().startswith("No syntax errors detected in")
        ]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Every row that is PHP, applied; the edits don't depend on the version."""
    found = []
    for row in [*rows(FOLDER), *rows(PLACES)]:
        if row.is_php:
            found.append(_case(row, tmp_path_factory.mktemp(row.name)))
    return found


def _case(row: Row, folder: Path) -> Case:
    before, loadtest = folder / "before", folder / "loadtest"
    (before / row.path).parent.mkdir(parents=True)
    (before / row.path).write_bytes(row.before.encode(row.encoding))
    done = applied(row, loadtest, None)
    printed(done, "production", _nothing)
    production = shutil.copytree(loadtest, folder / "production")
    printed(done, "loadtest", _nothing)
    return Case(row, done, before, production, loadtest)


def _nothing(folder: Path, path: str) -> str:
    return ""


@pytest.mark.parametrize("version", VERSIONS)
def test_each_row_runs_the_same(version: str, cases: list[Case], tmp_path: Path) -> None:
    php = Php.find(str(command(version, tmp_path)))
    known = [case for case in _known(cases, php) if case.row.takes_edit(php.version)]
    folders = [folder for case in known for folder in (case.before, case.production, case.loadtest)]
    paths = [case.row.path for case in known for _ in range(3)]
    told = iter(run_many(version, [(f, [*FLAGS, path]) for f, path in zip(folders, paths, strict=True)]))
    wrong = {}
    for case, before, production, loadtest in zip(known, told, told, told, strict=True):
        row = case.row
        if before != production:
            wrong[row.name] = (before, production)
        if list(left_of_production(case.done, loadtest)):
            wrong[row.name] = ("left of production", loadtest)
        if (before, loadtest) != (row.production, row.loadtest):
            wrong[row.name] = (before, loadtest)
    assert wrong == {}
    assert len(known) > 60


def _known(cases: list[Case], php: Php) -> list[Case]:
    return [case for case in cases if case.row.runs_on(php.version) and not _refused_by_proof(case.row)]


def _refused_by_proof(row: Row) -> bool:
    """Whether the golden file tells what the interpreter of Debian refuses, which is not asked here."""
    return any(reason.startswith("not proven") for reason in row.why)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_row_is_proven(version: str, cases: list[Case], tmp_path: Path) -> None:
    php = Php.find(str(command(version, tmp_path)))
    assert php.version_text.startswith(f"{version}.")
    at_once = php if php.version >= (8, 3) else CompilesInOne(*astuple(php))
    known = _known(cases, php)
    early = {case.row.name for case in known if not case.row.takes_edit(php.version)}
    assert bool(early) == (version == "8.1")
    for batch, values in _batches(known):
        texts = {name: f"k{n}.lt.test" for n, (name, v) in enumerate(values.items()) if isinstance(v, str)}
        report = prove(at_once, batch, "AppEnv", values, {"loadtest": {**values, **texts}})
        failed = {failure.path: failure.what for failure in report.failures}
        assert failed.keys() == early & {change.path for change in batch}, failed
        assert report.residues == ()
        assert report.replaced == report.elsewhere[0].evaluated > 0


def _batches(cases: list[Case]) -> Iterator[tuple[list[FileChange], dict[str, Scalar]]]:
    """All changes in as few runs as may be: in one, a key holds one value."""
    batches: list[tuple[list[FileChange], dict[str, Scalar]]] = []
    for case in cases:
        plan = case.done.proven.plan
        own: dict[str, Scalar] = {named.key.name: named.value for named in plan.keys}
        changes = [
            FileChange(
                case.row.name,
                file.source.data,
                file.after,
                file.spans,
                tuple(edit.rewrite.claim for edit in file.edits if edit.rewrite.claim is not None),
            )
            for file in plan.files
        ]
        fitting = next((b for b in batches if all(b[1].get(k, v) == v for k, v in own.items())), None)
        if fitting is None:
            batches.append((changes, own))
        else:
            fitting[0].extend(changes)
            fitting[1].update(own)
    yield from batches
