"""What rewritten code loads first, run by its own interpreter: values, or a stop with a clear word."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portability.model import Scalar
from portability.planning.support import support_files
from portability.settings.project import Settings, load
from portability.values import rendering

VALUES: dict[str, Scalar] = {
    "DB_HOST": "db1.shop.example",
    "DB_PORT": 3307,
    "QUOTES": "a'b\\c\"$d é",
    "ON": True,
}
PHP = "<?php require_once __DIR__ . '/config/portability/bootstrap.php';" + (
    "echo json_encode([\\AppEnv\\DB_HOST, \\AppEnv\\DB_PORT, \\AppEnv\\QUOTES, \\AppEnv\\ON,"
    " array_keys(get_defined_vars())]);"
)
PYTHON = (
    "import sys; sys.path.insert(0, 'config/portability'); import app_env as E, json;"
    "print(json.dumps([E.DB_HOST, E.DB_PORT, E.QUOTES, E.ON]))"
)


def project(root: Path, yaml: str = "", environment: str = "loadtest", rendered: bool = True) -> Settings:
    """A project with its bootstraps and, if `rendered`, the values of `environment`."""
    (root / "portability.yaml").write_text("version: 1\n" + yaml)
    settings = load(root)
    for item in support_files(settings, frozenset({"php", "python", "javascript", "shell"})):
        (root / item.path).parent.mkdir(parents=True, exist_ok=True)
        (root / item.path).write_bytes(item.data)
    for file in rendering.render(settings, environment, VALUES) if rendered else ():
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
        (root / file.path).write_bytes(file.data)
    (root / "page.php").write_text(PHP)
    return settings


def run(root: Path, command: list[str], environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    clean = {k: v for k, v in os.environ.items() if k != "PORTABILITY_ENV"}
    done = subprocess.run(
        command, cwd=root, env={**clean, **(environment or {})}, capture_output=True, timeout=60, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


NODE = (
    "const E = require('./config/portability/app_env.cjs');"
    "console.log(JSON.stringify([E.DB_HOST, E.DB_PORT, E.QUOTES, E.ON]))"
)
COMMANDS = {
    "php": ["php", "-n", "page.php"],
    "python": [sys.executable, "-c", PYTHON],
    "node": ["node", "-e", NODE],
}
SHELL = "set -eu; _portability=config/portability; . ./config/portability/app_env.sh; echo on"
LOADERS = {**COMMANDS, "dash": ["dash", "-c", SHELL], "bash": ["bash", "-c", SHELL]}
READ = {"php": "current.php", "dash": "current.env", "bash": "current.env"}
"""The file that each loader reads; the others read current.json."""


@pytest.mark.parametrize("kind", COMMANDS)
def test_code_sees_typed_values_and_no_variable_of_ours(kind: str, tmp_path: Path) -> None:
    project(tmp_path)
    code, out, err = run(tmp_path, COMMANDS[kind], {"PORTABILITY_ENV": "loadtest"})
    assert (code, err) == (0, "")
    assert json.loads(out)[:4] == list(VALUES.values())
    assert kind != "php" or "message" not in json.loads(out)[4]


def test_a_key_without_a_value_throws_in_node(tmp_path: Path) -> None:
    project(tmp_path)
    code, out, err = run(tmp_path, ["node", "-e", NODE.replace("E.DB_HOST", "E.DB_HOSTS")])
    assert (code, out) == (1, "")
    assert "DB_HOSTS has no value here" in err


MISSING = "no environment is rendered here: {} is missing or unreadable; run portability render --env NAME"
DAMAGED = "{} is damaged; run portability render --env NAME"
HERE = socket.gethostname()
ENVIRONMENTS = "environments: {{production: {{}}, loadtest: {{binding: {{{}}}}}}}\n"


@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize(
    ("yaml", "rendered", "asked", "word"),
    [
        ("", False, {}, MISSING),
        ("on_missing: production\n", False, {}, MISSING),
        ("", False, {"PORTABILITY_ENV": "loadtest"}, MISSING),
        (
            "",
            True,
            {"PORTABILITY_ENV": "production"},
            "{} was rendered for loadtest, but PORTABILITY_ENV is production",
        ),
        (
            ENVIRONMENTS.format("host: 'no-such-*'"),
            True,
            {},
            f"{{}} was rendered for machines named no-such-*, this is {HERE}",
        ),
        (
            ENVIRONMENTS.format("marker: {file: /nowhere/marker, holds: this-one}"),
            True,
            {},
            "{} was rendered for another machine: /nowhere/marker says so",
        ),
    ],
)
def test_code_stops_without_its_own_values(
    kind: str, yaml: str, rendered: bool, asked: dict[str, str], word: str, tmp_path: Path
) -> None:
    project(tmp_path, yaml, rendered=rendered)
    _stops(kind, tmp_path, word, asked, "production" if yaml.startswith("on_missing") else "current")


def _stops(
    kind: str, root: Path, word: str, asked: Mapping[str, str] | None = None, stem: str = "current"
) -> None:
    """The same code and the same line everywhere, and nothing else."""
    code, out, err = run(root, LOADERS[kind], asked)
    assert (code, out) == (78, "")
    said, file = err.rstrip("\n"), READ.get(kind, "current.json").replace("current", stem)
    before, after = word.split("{}")
    assert said.startswith(f"portability: {before}") and said.endswith(f"/{file}{after}")
    assert said.count("\n") == 0


@pytest.mark.parametrize("kind", LOADERS)
def test_a_file_that_can_not_be_read_stops_it_too(kind: str, tmp_path: Path) -> None:
    project(tmp_path)
    file = tmp_path / "config/portability/current" / READ.get(kind, "current.json")
    file.unlink()
    file.mkdir()
    _stops(kind, tmp_path, MISSING)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be nobody")
@pytest.mark.parametrize("kind", LOADERS)
def test_a_file_without_rights_stops_it_too(kind: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        project(root)
        (root / "config/portability/current" / READ.get(kind, "current.json")).chmod(0)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        command = LOADERS[kind]
        if kind == "python":
            command = [shutil.which("python3", path=os.defpath) or sys.executable, *command[1:]]
        code, out, err = run(root, [*nobody, *command])
    assert (code, out) == (78, "")
    assert "is missing or unreadable" in err and err.count("\n") == 1


CUT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut off": lambda data: data[: data.index(b"QUOTES") + 12],
    "cut off between two lines": lambda data: data[: data.index(b"\n", data.index(b"DB_PORT")) + 1],
    "cut off at its end": lambda data: data[: data.index(b"PORTABILITY_ENV") + 9],
    "of something else": lambda data: b"[]\n",
    "binary": lambda data: b"\xff\xfe\x00(\n",
}


@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize("how", CUT)
def test_a_damaged_file_stops_it_too(kind: str, how: str, tmp_path: Path) -> None:
    project(tmp_path)
    file = tmp_path / "config/portability/current" / READ.get(kind, "current.json")
    data = file.read_bytes().replace(b'"environment"', b'"environment" : "PORTABILITY_ENV", "environment"')
    file.write_bytes(CUT[how](data))
    if kind == "php" and how in ("of something else", "binary"):
        file.write_bytes(b"<?php " + CUT[how](data))
    _stops(kind, tmp_path, DAMAGED)


def test_a_key_without_a_value_stops_python(tmp_path: Path) -> None:
    project(tmp_path)
    code, out, err = run(tmp_path, [sys.executable, "-c", PYTHON.replace("E.DB_HOST", "E.DB_HOSTS")])
    assert (code, out) == (78, "")
    assert err == "portability: DB_HOSTS has no value here; run portability render --env NAME\n"


def test_a_web_request_without_values_answers_503_and_tells_no_path(tmp_path: Path) -> None:
    project(tmp_path, rendered=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["php", "-n", "-d", "log_errors=1", "-S", f"127.0.0.1:{port}", "-t", str(tmp_path)],
        stderr=subprocess.PIPE,
    )
    try:
        answer = _get(port, "/page.php")
    finally:
        server.terminate()
        _, log = server.communicate()
    assert answer.startswith(b"HTTP/1.0 503") or answer.startswith(b"HTTP/1.1 503")
    assert b"not configured" in answer
    assert str(tmp_path).encode() not in answer
    assert b"current.php is missing" in log


def _get(port: int, path: str) -> bytes:
    for _ in range(1200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
                answer = b""
                while part := connection.recv(65536):
                    answer += part
                return answer
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("PHP's own server did not start")


def test_production_may_be_the_fallback_only_where_the_settings_say_so(tmp_path: Path) -> None:
    project(tmp_path, "on_missing: production\n", environment="production")
    for kind in ("php", "json"):
        (tmp_path / f"config/portability/current/current.{kind}").unlink()
    for command in COMMANDS.values():
        code, out, _ = run(tmp_path, command)
        assert code == 0
        assert "db1.shop.example" in out
        assert run(tmp_path, command, {"PORTABILITY_ENV": "loadtest"})[0] != 0


def test_values_may_lie_outside_the_project(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    project(root, "rendered: ../values\n")
    assert (tmp_path / "values" / "current.php").is_file()
    for command in COMMANDS.values():
        assert run(root, command)[0] == 0


def test_a_shell_script_sees_the_values_and_stops_without(tmp_path: Path) -> None:
    project(tmp_path)
    script = tmp_path / "job.sh"
    shutil.copy(tmp_path / "config/portability/current/current.env", tmp_path / "kept.env")
    script.write_text('set -eu\n. ./kept.env\nprintf \'%s|%s|%s\' "$DB_HOST" "$QUOTES" "$ON"\n')
    code, out, _ = run(tmp_path, ["sh", str(script)])
    assert (code, out) == (0, f"db1.shop.example|{VALUES['QUOTES']}|true")


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_shell_script_keeps_its_own_variables(shell: str, tmp_path: Path) -> None:
    project(tmp_path)
    script = tmp_path / "job.sh"
    script.write_text(
        "set -eu\n_portability=config/portability\nQUOTES='my own'\nON=\n. ./config/portability/app_env.sh\n"
        'printf \'%s|\' "$AppEnv_DB_HOST" "$AppEnv_QUOTES" "$AppEnv_DB_PORT" "$QUOTES"\n'
        'printf \'%s|\' "[$ON]" "${DB_HOST-none}"\n'
        "env | grep -c -e DB_HOST -e AppEnv || :\nset | grep -c _portability_was || :\n"
        'printf "%s" "$DB_PORT"\n'
    )
    code, out, err = run(tmp_path, [shell, str(script)], {"DB_PORT": "1"})
    assert (code, err) == (0, "")
    assert out == f"db1.shop.example|{VALUES['QUOTES']}|3307|my own|[]|none|0\n0\n1"


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_shell_script_stops_where_it_is_not_its_environment(shell: str, tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "job.sh").write_text(
        "_portability=config/portability\n. ./config/portability/app_env.sh\necho on\n"
    )
    code, out, err = run(tmp_path, [shell, "job.sh"], {"PORTABILITY_ENV": "production"})
    assert (code, out) == (78, "")
    assert "rendered for loadtest, but PORTABILITY_ENV is production" in err
    assert run(tmp_path, [shell, "job.sh"], {"PORTABILITY_ENV": "loadtest"})[:2] == (0, "on\n")
