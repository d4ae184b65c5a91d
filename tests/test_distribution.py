"""A wheel built from the checkout, installed into an empty environment, does what the checkout does."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FANCLUB = ROOT / "examples" / "fanclub"
REPORT = ("_vendor/uplot/uPlot.iife.min.js", "_vendor/uplot/LICENSE", "_report/campaign.js")


def run(*command: str | Path, cwd: Path = ROOT, codes: tuple[int, ...] = (0,)) -> bytes:
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, timeout=600, check=False)
    assert done.returncode in codes, done.stderr.decode()[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of the checkout, into which a stray secret was laid."""
    folder = tmp_path_factory.mktemp("dist")
    stray = ROOT / "rules" / ".env"
    stray.write_text("SECRET=Fake-Stray\n")
    try:
        run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--sdist", "--outdir", folder)
    finally:
        stray.unlink()
    return folder


def test_the_wheel_ships_rules_templates_and_scripts_and_nothing_stray(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*.yaml")}
    assert {f"portability/_shipped/{name}" for name in shipped} <= set(names)
    for name in (
        "_shipped/config_templates/plain_php/bootstrap.php",
        "_php/evaluate.php",
        "py.typed",
        *REPORT,
    ):
        assert f"portability/{name}" in names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"portability", next(t for t in tops if t.endswith(".dist-info"))}
    assert not [name for name in names if name.endswith(".env")]


def test_the_sdist_lists_what_it_ships(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.split("/", 1)[1] for name in opened.getnames() if "/" in name}
    assert {"README.md", "LICENSE", "pyproject.toml", "portability/cli.py"} <= names
    assert not [name for name in names if name.endswith(".env") or name.startswith(("tests", "examples"))]


def test_an_installed_wheel_scans_like_the_checkout(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    plain = tmp_path / "plain.txt"
    plain.write_text(_without_hashes((ROOT / "constraints.txt").read_text("utf-8")))
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", plain, wheel)
    arguments = ("-C", FANCLUB, "scan", "--format", "json")
    installed = run(tmp_path / "venv" / "bin" / "portability", *arguments, cwd=tmp_path, codes=(1,))
    checkout = run(sys.executable, "-m", "portability", *arguments, codes=(1,))
    assert json.loads(installed) == json.loads(checkout)
    assert len(json.loads(installed)["findings"]) > 300


def _without_hashes(constraints: str) -> str:
    """The pinned versions alone: pip wants a hash of the wheel itself where it sees any."""
    lines = (line.split(";")[0].split("\\")[0].strip() for line in constraints.splitlines())
    return "\n".join(line for line in lines if "==" in line) + "\n"
