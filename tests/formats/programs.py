"""Files and a program's own words in, what the program sees in each of them out."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Seen = Any
Reader = Callable[[Sequence[Path]], list[Seen]]
CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}


def run(
    command: Sequence[str], given: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """What a program prints; AssertionError with its errors where it fails."""
    done = subprocess.run(
        command,
        input=given.encode("utf-8", "surrogateescape"),
        env={**CLEAN, **(env or {})},
        cwd=cwd,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (command[0], done.stderr.decode("utf-8", "replace")[-2000:])
    return done.stdout.decode("utf-8", "surrogateescape")


def _each(program: Sequence[str]) -> Reader:
    """A program that is given the paths as JSON, and prints what it sees in each as JSON."""

    def read(files: Sequence[Path]) -> list[Seen]:
        seen: list[Seen] = json.loads(run(program, json.dumps([str(file) for file in files])))
        failed = [one["error"] for one in seen if isinstance(one, dict) and set(one) == {"error"}]
        assert not failed, failed[0]
        return seen

    return read


def php(body: str, load: str = "", options: Sequence[str] = ()) -> Reader:
    """PHP code that gives what it sees in `$file`."""
    code = (
        f"{load} error_reporting(E_ALL & ~E_DEPRECATED); set_error_handler(function ($n, $m) {{ "
        "if (error_reporting() & $n) throw new ErrorException($m); });"
        "$out = []; foreach (json_decode(stream_get_contents(STDIN)) as $file) "
        f"{{ try {{ $out[] = (function () use ($file) {{ {body} }})(); }}"
        " catch (Throwable $e) { $out[] = ['error' => get_class($e) . ': ' . $e->getMessage()]; } }"
        "echo json_encode($out, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);"
    )
    return _each(["php", *options, "-d", "display_errors=stderr", "-r", code])


def node(body: str) -> Reader:
    """JavaScript that gives what it sees in `file`."""
    code = (
        "const fs = require('fs'), vm = require('vm');"
        "const out = JSON.parse(fs.readFileSync(0)).map(file => {"
        f"try {{ return (() => {{ {body} }})(); }} catch (e) {{ return {{error: String(e)}}; }} }});"
        "console.log(JSON.stringify(out));"
    )
    return _each(["node", "-e", code])


def python_code(body: str, interpreter: str = "/usr/bin/python3") -> Reader:
    """Python that sets `seen` from `file`; by default Debian's, whose packages hold the program."""
    code = "import json, sys, warnings\nwarnings.simplefilter('ignore')\nout = []\n"
    code += "for file in json.load(sys.stdin):\n    try:\n"
    code += "".join(f"        {line}\n" for line in body.strip().splitlines())
    code += "        out.append(seen)\n"
    code += "    except BaseException as error:\n        out.append({'error': repr(error)})\n"
    code += "print(json.dumps(out))"
    return _each([interpreter, "-c", code])
