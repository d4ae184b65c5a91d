"""A rewritten script reads the same words, and what could read another one is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portability.languages import language
from portability.model import Claim, EnvKey, Insertion, Literal, Position, Rewrite, Safety, Source
from portability.syntax.shell.proof import prove
from portability.syntax.shell.writer import guard, rewrite

HOST = "db1.shop.example"
VALUES = {"DB_HOST": HOST}


def rewritten(text: str, value: str = HOST, key: str = "DB_HOST") -> tuple[str, list[Rewrite]]:
    """The script with every `value` read from `key`, and what was decided for each."""
    source = Source("bin/x.sh", text.encode(), "utf-8", "shell")
    rewrites = []
    for found in language("shell").literals(source):
        if isinstance(found, Literal) and value in found.text and found.position is not Position.COMMENT:
            start = found.text.index(value)
            insertion = Insertion(start, start + len(value), EnvKey(key, "mysql"), value)
            rewrites += rewrite(source, found, [insertion])
    data = source.data
    for made in sorted(rewrites, key=lambda r: -r.span.start):
        if made.safety is not Safety.REFUSED:
            data = data[: made.span.start] + made.replacement + data[made.span.end :]
    return data.decode(), rewrites


CASES = [
    ("mysql -h db1.shop.example x", 'mysql -h "${AppEnv_DB_HOST:?}" x'),
    ("curl http://db1.shop.example:80/$p", 'curl http://"${AppEnv_DB_HOST:?}":80/$p'),
    ('curl "http://$u@db1.shop.example/"', 'curl "http://$u@${AppEnv_DB_HOST:?}/"'),
    ("echo 'http://db1.shop.example/$x'", "echo 'http://'\"${AppEnv_DB_HOST:?}\"'/$x'"),
    ("H='db1.shop.example'", 'H="${AppEnv_DB_HOST:?}"'),
    ("echo $'a\\tdb1.shop.example'", "echo $'a\\t'\"${AppEnv_DB_HOST:?}\""),
    ('echo "$(ping db1.shop.example)"', 'echo "$(ping "${AppEnv_DB_HOST:?}")"'),
    ("echo ${H:-db1.shop.example}", 'echo ${H:-"${AppEnv_DB_HOST:?}"}'),
    ('echo "${H:-db1.shop.example}"', 'echo "${H:-${AppEnv_DB_HOST:?}}"'),
    ("case $x in db1.shop.example|*) echo;; esac", 'case $x in "${AppEnv_DB_HOST:?}"|*) echo;; esac'),
    ("export DB_HOST=db1.shop.example", 'export DB_HOST="${AppEnv_DB_HOST:?}"'),
    ('cat <<X\nhost=db1.shop.example "$y"\nX\n', 'cat <<X\nhost=${AppEnv_DB_HOST:?} "$y"\nX\n'),
    ("mysql --host=db1.shop.example -pfake", 'mysql --host="${AppEnv_DB_HOST:?}" -pfake'),
]


@pytest.mark.parametrize(("before", "after"), CASES)
def test_each_place_reads_the_key(before: str, after: str) -> None:
    text, rewrites = rewritten(before)
    assert text == after
    assert [r.safety for r in rewrites] == [Safety.SAFE]
    claim = rewrites[0].claim
    assert claim is not None
    assert prove(claim, VALUES)
    assert not prove(claim, {"DB_HOST": "elsewhere.example"})
    assert not prove(claim, {})


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_a_real_shell_agrees(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    for before, after in CASES:
        if "$'" in before and shell == "dash":
            continue
        scripts = []
        for script in (before, after):
            text = re.sub("mysql|curl|ping", "echo", script)
            scripts.append(
                f"AppEnv_DB_HOST={HOST}; u=me; p='a b'; x=db1.shop.example\n{text}\n"
                'echo "[$H]" "[$DB_HOST]"\n'
            )
        runs = [
            subprocess.run([shell, "-c", script], capture_output=True, check=False, cwd=tmp_path, env={})
            for script in scripts
        ]
        assert runs[0].stdout == runs[1].stdout
        assert [run.returncode for run in runs] == [0, 0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cat <<'X'\nhost=db1.shop.example\nX\n", "quoted end mark"),
        ("AppEnv_DB_HOST=localhost\nmysql -h db1.shop.example", "sets variables named AppEnv_"),
        ("x=`ping db1.shop.example`", "backticks"),
        ("echo db1.sh'op.example'", "several strings"),
    ],
)
def test_what_might_read_something_else_is_refused(text: str, reason: str) -> None:
    after, rewrites = rewritten(text)
    assert after == text
    assert [reason in r.reason for r in rewrites if r.safety is Safety.REFUSED] == [True]


def test_signs_that_a_shell_expands_are_refused() -> None:
    assert rewritten("mysql -pfake*", "fake*", "DB_PASSWORD")[1][0].safety is Safety.REFUSED
    assert rewritten("mysql -p'fake*'", "fake*", "DB_PASSWORD")[0] == 'mysql -p"${AppEnv_DB_PASSWORD:?}"'


def test_another_file_can_not_set_the_name() -> None:
    _, rewrites = rewritten('. "$(dirname "$0")/../.env"\nmysql -h db1.shop.example')
    assert [r.safety for r in rewrites] == [Safety.SAFE]


def test_the_guard_stands_on_the_line_of_the_first_command() -> None:
    data = b"#!/bin/sh\n# a script\nset -e\necho $LINENO\n"
    made = guard(Source("bin/x.sh", data), "../config/portability")
    assert made is not None
    after = data[: made.span.start] + made.replacement + data[made.span.end :]
    assert after.splitlines()[2] == (
        b'_portability="$(dirname "$(readlink -f "$0")")/../config/portability"; '
        b'. "$_portability/app_env.sh"; set -e'
    )
    assert guard(Source("bin/x.sh", after), "../config/portability") is None


def test_the_guard_loads_the_values(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "app_env.sh").write_text(f"AppEnv_DB_HOST={HOST}\n")
    (tmp_path / "bin").mkdir()
    data = b'#!/bin/sh\nif true; then echo "${AppEnv_DB_HOST:?}"; fi\n'
    made = guard(Source("bin/x.sh", data), "../config")
    assert made is not None
    script = tmp_path / "bin" / "x.sh"
    script.write_bytes(data[: made.span.start] + made.replacement + data[made.span.end :])
    run = subprocess.run(["/bin/sh", str(script)], capture_output=True, text=True, check=True, cwd="/")
    assert run.stdout == f"{HOST}\n"


@pytest.mark.parametrize(("shell", "link"), [("sh", True), ("bash", True), ("bash", False)])
def test_a_script_is_found_through_a_link_or_by_the_one_that_loads_it(
    shell: str, link: bool, tmp_path: Path
) -> None:
    for name in ("config", "bin", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/app_env.sh").write_text(f"AppEnv_DB_HOST={HOST}\n")
    data = f'#!/bin/{shell}\necho "${{AppEnv_DB_HOST:?}}"\n'.encode()
    made = guard(Source("bin/x.sh", data), "../config")
    assert made is not None
    script = tmp_path / "bin/x.sh"
    script.write_bytes(data[: made.span.start] + made.replacement + data[made.span.end :])
    outer = tmp_path / "other/y.sh"
    if link:
        outer.symlink_to(script)
    else:
        outer.write_text(f'. "{script}"\n')
    run = subprocess.run([shell, str(outer)], capture_output=True, text=True, check=True, cwd="/")
    assert run.stdout == f"{HOST}\n"


@pytest.mark.parametrize(
    "data",
    [b"echo a\n", b"#!/bin/sh\n", b"#!/bin/sh\nif (\n", b"#!/bin/sh\n# a\nA=b\nexport C=d\nf() { g; }\n"],
)
def test_a_script_without_a_place_for_the_guard_is_refused(data: bytes) -> None:
    made = guard(Source("x.sh", data), ".")
    assert made is not None and made.safety is Safety.REFUSED and made.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a$x", b'a"$x"'),
        (b"'$x'", b'"$x"'),
        (b"db1.shop.example", b"${AppEnv_DB_HOST:?}x"),
        (b"a b", b'"a b"x'),
    ],
)
def test_a_false_claim_is_seen(before: bytes, after: bytes) -> None:
    assert not prove(Claim(before, after), VALUES)
