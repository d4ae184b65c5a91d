"""`portability scan --accept` from outside: today's findings are known, tomorrow's are told."""

from __future__ import annotations

from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from portability.cli import run
from portability.settings.decisions import Choice, load

CODE = "<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n$db['password'] = 'Fake-0001-Pw';\n"
FILE = "portability-decisions.yaml"
WHY = ["--accept", "--reason", "known on adoption"]
Out = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "a.php").write_text(CODE)
    (tmp_path / "lib/b.php").write_text(CODE.replace("0001", "0002"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _accepted(project: Path) -> list[tuple[str, str]]:
    assert all(d.decision is Choice.ACCEPT and d.reason == "known on adoption" for d in load(project))
    return [(d.path, d.rule) for d in load(project)]


def test_what_is_accepted_fails_no_scan_and_what_is_new_does(project: Path, capsys: Out) -> None:
    assert run(["scan", *WHY]) == 0
    assert f"accepted 4 findings in {FILE}\n" in capsys.readouterr().err
    before = (project / FILE).read_text()
    assert "Fake-" not in before
    assert run(["scan"]) == 0
    assert "nothing found; accepted 4 " in capsys.readouterr().out
    (project / "a.php").write_text(
        CODE.replace("<?php\n", "<?php\n\n\n") + "$api['password'] = 'Fake-0003-Pw';\n"
    )
    (project / "lib/b.php").write_text("<?php\n")
    assert run(["scan"]) == 1
    assert (
        "1 value in 1 file; 1 rewritable, 0 review, 0 cannot; accepted 2 (2 stale)" in capsys.readouterr().out
    )


def test_doing_it_twice_changes_nothing(project: Path, capsys: Out) -> None:
    run(["scan", *WHY])
    before = (project / FILE).read_bytes()
    assert run(["scan", "--accept", "--reason", "another"]) == 0
    assert "accepted 0 findings\n" in capsys.readouterr().err
    assert (project / FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        (["--rule", "password"], [("a.php", "password"), ("lib/b.php", "password")]),
        (["--skip-rule", "password"], [("a.php", "php-cookie-domain"), ("lib/b.php", "php-cookie-domain")]),
        (["lib"], [("lib/b.php", "password"), ("lib/b.php", "php-cookie-domain")]),
        (["--min-confidence", "0.85", "a.php"], [("a.php", "php-cookie-domain")]),
    ],
)
def test_only_what_is_shown_is_accepted(
    project: Path, options: list[str], accepted: list[tuple[str, str]]
) -> None:
    assert run(["-q", "scan", *options, *WHY]) == 0
    assert _accepted(project) == accepted
    assert run(["-q", "scan"]) == 1
    assert run(["-q", "scan", *WHY]) == 0 == run(["-q", "scan"])


def test_what_is_less_sure_can_be_accepted_too(project: Path, capsys: Out) -> None:
    (project / "a.php").write_text("<?php\n$db['user'] = 'shop';\nmysqli_connect('h', 'shopuser');\n")
    (project / "lib/b.php").unlink()
    assert run(["scan", "--min-confidence", "0.3", *WHY]) == 0
    assert load(project)
    capsys.readouterr()
    assert run(["scan", "--min-confidence", "0.3"]) == 0
    assert "stale" not in capsys.readouterr().out


def test_what_lies_apart_is_not_stale_for_the_others(project: Path, capsys: Out) -> None:
    (project / "vendor").mkdir()
    (project / "vendor/c.php").write_text(CODE.replace("0001", "0009"))
    run(["scan", *WHY])
    assert run(["scan", "--apart", *WHY]) == 0
    assert "vendor/c.php" in (project / FILE).read_text()
    for options in ([], ["--apart"]):
        capsys.readouterr()
        assert run(["scan", *options]) == 0
        assert "stale" not in capsys.readouterr().out


def test_comments_and_other_decisions_stay(project: Path, capsys: Out) -> None:
    run(["-q", "scan", "--rule", "password", "a.php", *WHY])
    text = (project / FILE).read_text()
    decided = text.replace(
        "decision: accept, reason: 'known on adoption'}", "decision: key, key: SHOP_PW}  # as in the vault"
    )
    decided = "# Ask Kim first.\n" + decided
    (project / FILE).write_text(decided)
    assert run(["scan", *WHY]) == 1
    assert "warning: not accepted, since people decided otherwise: 1 finding" in capsys.readouterr().err
    after = (project / FILE).read_text()
    assert after.startswith(decided)
    assert len(load(project)) == 4


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        (["--accept"], "there is nobody to ask; nothing was written", "say it with --reason TEXT"),
        (["--accept", "--reason", " "], "the reason is empty", "--reason 'known on adoption'"),
        (["--reason", "x"], "--reason says why findings are accepted", "scan --accept --reason TEXT"),
        (["-", "--as", "a.php", *WHY], "what stands in no file can't be accepted", "leave out --accept"),
    ],
)
def test_wrong_calls(
    project: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch, call: list[str], message: str, hint: str
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"<?php\n")))
    assert run(["scan", *call]) == 2
    assert capsys.readouterr().err == f"error: {message}\n  hint: {hint}\n"
    assert not (project / FILE).exists()


class Typed(TextIOWrapper):
    """Standard input with somebody at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [(b"known on adoption\n", 0), (b"\n", 2), (b"", 2)])
def test_a_person_is_asked_for_the_reason(
    project: Path, monkeypatch: pytest.MonkeyPatch, typed: bytes, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Typed(BytesIO(typed)))
    assert run(["scan", "--accept"]) == code
    assert len(load(project)) == (0 if code else 4)
    monkeypatch.setattr("sys.stdin", Typed(BytesIO(typed)))
    assert run(["--no-input", "scan", "--accept"]) == 2


def test_nothing_to_accept_writes_no_file(project: Path) -> None:
    (project / "clean.php").write_text("<?php\n")
    assert run(["scan", "clean.php", *WHY]) == 0
    assert not (project / FILE).exists()
