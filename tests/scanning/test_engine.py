"""The secret scanner beside us: what it is asked, what it may do, and what is said when it fails."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.model import Sighting, Skipped, Source
from portability.scanning import engine as engines
from portability.scanning.engine import Engine, batches, found, installed, sightings
from portability.system.processes import Done

needed = pytest.mark.skipif(sys.version_info >= (3, 14), reason="no wheel of the engine for this Python")
TOKEN = "glpat-FAKEfake0FAKEfake0Fk"
COMPLETE = '{"scan": {"state": "complete"}}\n'
SEEN = json.dumps(
    {
        "finding": {
            "rule_id": "gitlab-pat",
            "confidence": "high",
            "match": {"value": TOKEN},
            "location": {"start_line": 2, "start_column": 7, "end_line": 2},
        }
    }
)

Fake = Callable[[str], Engine]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """An engine whose program is a script of the shell's."""

    def made(script: str) -> Engine:
        program = tmp_path / "fake-engine"
        program.write_text(f"#!/bin/sh\ncat > {tmp_path}/given\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return Engine(program, patience=0.5)

    return made


def _look(engine: Engine, files: Mapping[str, str]) -> list[Sighting | Skipped]:
    return list(engine.look(files, lambda path: Source(path, files[path].encode())))


@needed
def test_it_tells_the_file_and_the_line_of_each_token() -> None:
    files = {f"{n:03}.php": "<?php\n" * (n % 7) + f"$t = '{TOKEN}';" + "\n" * (n % 3) for n in range(300)}
    seen = _look(found(), {**files, "last.php": f"<?php send('{TOKEN}', '{TOKEN}');"})
    told = [(s.path, s.line, s.column, s.text) for s in seen if isinstance(s, Sighting)]
    wanted = [(path, n % 7 + 1, 7, TOKEN) for n, path in enumerate(files)]
    assert sorted(told) == [*wanted, ("last.php", 1, 13, TOKEN), ("last.php", 1, 43, TOKEN)]
    assert len(seen) == len(told)


@needed
def test_what_looks_like_an_archive_is_text() -> None:
    assert len(_look(found(), {"a": f"PK\x03\x04 {TOKEN}\n", "b": f"\x1f\x8b\x08 {TOKEN}\n"})) == 2


@needed
def test_comments_to_others_silence_nothing_and_nothing_is_guessed() -> None:
    text = f"$t = '{TOKEN}'; // gitleaks:allow betterleaks:allow\n$password = 'fake-pass-word-1';\n"
    seen = _look(found(), {"a.php": text})
    assert [s.rule for s in seen if isinstance(s, Sighting)] == ["gitlab-pat"]


@needed
def test_it_is_asked_only_for_the_files_it_is_to_look_at() -> None:
    seen = _look(found({"b.php"}), {"a.php": TOKEN, "b.php": TOKEN})
    assert [s.path for s in seen if isinstance(s, Sighting)] == ["b.php"]


def test_files_go_to_it_together_and_a_large_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BATCH", 1000)
    sources = [Source(str(size), b"x" * size) for size in (10, 20, 4000, 30, 900, 100)]
    made = list(batches(sources))
    assert [list(batch.paths) for batch in made] == [["10", "20"], ["4000"], ["30", "900"], ["100"]]
    assert all(batch.data.startswith(b"\n") for batch in made)


def test_what_spans_two_files_is_no_sighting() -> None:
    (batch,) = batches([Source("a", b"1\n2"), Source("b", b"1\n2\n3\n")])
    at = Sighting("", "rule", "text", batch.first[1] + 1, 1, batch.first[1] + 2)
    placed = batch.placed(at)
    assert placed is not None and (placed.path, placed.line, placed.end_line) == ("b", 2, 3)
    assert batch.placed(replace(at, line=batch.first[0])) is None
    assert batch.placed(replace(at, line=1)) is None


def test_its_call_asks_for_no_network_and_hands_over_no_environment_and_no_name(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BETTERLEAKS_VALIDATE", "1")
    heard = tmp_path / "heard"
    _look(fake(f'printf "%s\\n" "$@" > {heard}; pwd >> {heard}; /usr/bin/env >> {heard}'), {"a.php": TOKEN})
    told = heard.read_text().splitlines()
    assert told[0] == "stdin" and "/" in told and TOKEN in (tmp_path / "given").read_text()
    assert not any(word in " ".join(told) for word in ("valid", "analy", "a.php", TOKEN, str(tmp_path)))
    assert {line.partition("=")[0] for line in told if "=" in line} <= {"PWD", "SHLVL", "_", "OLDPWD"}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "betterleaks ended with exit code 3"),
        ("kill -9 $$", "betterleaks ended with signal 9"),
        ("exec sleep 20", "betterleaks took longer than 0 s"),
        ("echo glpat-FAKE", "betterleaks printed what is no report of its findings"),
        ("echo '{\"finding\": {}}'", "betterleaks printed what is no report of its findings"),
        ("echo '[]'", "betterleaks printed what is no report of its findings"),
        ("true", "betterleaks did not look at everything"),
    ],
)
def test_its_failure_is_a_row_of_what_was_left_out(fake: Fake, script: str, reason: str) -> None:
    assert _look(fake(script), {"a.php": "<?php\n"}) == [Skipped("secrets-engine", reason)]


def test_it_is_not_asked_again_once_it_fails(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BATCH", 10)
    engine = fake(f"echo asked >> {tmp_path}/asked; exit 3")
    assert len(_look(engine, {"a.php": "<?php $a = 1;", "b.php": "<?php $a = 1;"})) == 1
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_what_it_said_before_it_failed_counts() -> None:
    seen, problem = sightings(Done(2, (SEEN + "\n").encode(), b"secret words"))
    assert [(s.text, s.line, s.column) for s in seen] == [(TOKEN, 2, 7)]
    assert problem == "betterleaks ended with exit code 2"
    assert TOKEN not in repr(seen)


def test_names_of_accounts_are_hardly_credentials() -> None:
    lines = "\n".join(
        SEEN.replace("gitlab-pat", rule) for rule in ("paypal-client-id.1", "gitlab-pat", "generic-api-key")
    )
    seen, problem = sightings(Done(0, f"{lines}\n{COMPLETE}".encode(), b""))
    assert [(s.rule, s.confidence) for s in seen] == [("paypal-client-id.1", 0.4), ("gitlab-pat", 0.9)]
    assert problem == ""


def test_a_program_in_the_project_is_never_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python would import a package of that name from the folder that it is called in."""
    (tmp_path / "betterleaks/bin").mkdir(parents=True)
    (tmp_path / "betterleaks/__init__.py").write_text("")
    (tmp_path / "betterleaks/bin/betterleaks").write_text("#!/bin/sh\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    program = installed()
    assert program is None or tmp_path not in program.parents


def test_not_installed_it_is_a_wrong_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "installed", lambda: None)
    with pytest.raises(UsageError) as error:
        found()
    assert error.value.hint == "pip install 'portability-toolkit[secrets]'"
