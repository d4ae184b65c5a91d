"""Files and claims in, what the PHP interpreter says of them out: the only runner of PHP.

Data goes to PHP by its standard input, in JSON with every text in base64, so that no byte is lost and
nothing is seen in the list of processes. Texts of the scanned project are linted, tokenised and, where
they hold nothing but literals, constants and encoders, evaluated; they are never run as a program.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portability.errors import Unfinished
from portability.model import Claim, Scalar, Span
from portability.system.processes import Done, run

OLDEST = (7, 4)
"""The first version of PHP that can prove an edit."""

TIMEOUT = 300.0
"""Seconds for one run of PHP."""

_SCRIPTS = Path(__file__).resolve().parent.parent / "_php"
_LINT_BATCH = 400
_CLAIM_BATCH = 20_000
_TOKEN_BATCH = 32_000_000
_FEW = 1_000
"""Values up to which PHP is told all of them, whatever the claims read."""

_NAME = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*")
_MESSAGE = re.compile(r"error: +(.*) in (?:\./)?FILE on line (\d+)\s*$", re.MULTILINE | re.IGNORECASE)
_FORBIDDEN = (
    "exec shell_exec passthru system proc_open popen pcntl_exec pcntl_fork mail mb_send_mail dl putenv "
    "fsockopen pfsockopen stream_socket_client stream_socket_server stream_context_create socket_create "
    "curl_init curl_exec curl_multi_exec ftp_connect ftp_ssl_connect gethostbyname gethostbynamel "
    "dns_get_record checkdnsrr dns_check_record getmxrr file_put_contents file_get_contents fopen fwrite "
    "fputs readfile file unlink rename copy mkdir rmdir symlink link touch chmod chown chgrp tempnam "
    "tmpfile move_uploaded_file glob scandir opendir ini_set ini_alter ini_restore set_time_limit posix_kill "
    "phpinfo getenv error_log mysqli_connect unserialize call_user_func call_user_func_array"
).split()


@dataclass(frozen=True, slots=True)
class LintProblem:
    """A file that does not compile: PHP's message and the 1-based line (0: PHP named none)."""

    file: Path
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A claim's two values as bytes (None: not evaluated), whether they are `===`, and what went wrong.

    `broken`: PHP can unserialise a part of the first, and not what became of it.
    """

    equal: bool
    before: bytes | None
    after: bytes | None
    problem: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A file before and after, and the spans that edits cover in each, in order."""

    before: bytes
    after: bytes
    spans: Sequence[tuple[Span, Span]]


@dataclass(frozen=True, slots=True)
class TokenProblem:
    """The byte of the old text at which tokens differ though no edit covers them, and how."""

    at: int
    message: str


@dataclass(frozen=True, slots=True)
class Php:
    """An interpreter: where it is, its version, what every run needs (`-n …`), and its short_open_tag."""

    binary: str
    version: tuple[int, int, int]
    flags: tuple[str, ...]
    short_open_tag: bool

    @staticmethod
    def find(binary: str | None = None) -> Php:
        """The interpreter `binary`, or `php` on PATH; Unfinished, with a hint, if it can't be used."""
        path = shutil.which(binary or "php")
        if path is None:
            raise Unfinished(f"there is no PHP interpreter{f' {binary}' if binary else ''}", hint=_HINT)
        configured = _probe(path, ())
        flags = ["-n"]
        for extension in sorted(_EXTENSIONS - set(_probe(path, flags).extensions)):
            flags += ["-d", f"extension={extension}"]
        missing = _EXTENSIONS - set(_probe(path, flags).extensions)
        if missing:
            raise Unfinished(f"this PHP lacks the extension {', '.join(sorted(missing))}", path, _HINT)
        if configured.version < OLDEST:
            found = ".".join(map(str, configured.version))
            raise Unfinished(f"PHP {found} is too old: 7.4 is the first that can prove", path, _HINT)
        return Php(str(Path(path).absolute()), configured.version, tuple(flags), configured.short_open_tag)

    @property
    def version_text(self) -> str:
        """The version as people write it, 8.2.36."""
        return ".".join(map(str, self.version))

    def lint(self, files: Sequence[Path]) -> list[LintProblem]:
        """Those of `files` that do not compile, in their order; nothing of them is run.

        Many at once: by `php -l` from PHP 8.3 on, else by OPcache where it is there, in a fork for each run
        of files that declare no name twice. A file that fails in such a batch is looked at singly.
        """
        suspects: list[Path] = []
        for start in range(0, len(files), _LINT_BATCH):
            batch = files[start : start + _LINT_BATCH]
            suspects += self._suspects(batch) if len(batch) > 1 else batch
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return [problem for problem in pool.map(self._problem, suspects) if problem is not None]

    def _suspects(self, files: Sequence[Path]) -> Sequence[Path]:
        """Those that may not compile; all of them where this PHP compiles one at a time."""
        if self.version >= (8, 3):
            return files if self._lint(files).code else []
        options = [option for setting in _COMPILER for option in ("-d", setting)]
        names = [_base64(os.fsencode(file.absolute())) for file in files]
        folders = sorted({str(file.absolute().parent) for file in files})
        done = self._script("lint.php", names, folders, options, allowed="pcntl_fork")
        answers = _answers(done, len(files))
        if answers is None:
            return files
        return [file for file, compiled in zip(files, answers, strict=True) if compiled is not True]

    def evaluate(
        self, namespace: str, values: Mapping[str, Scalar], claims: Sequence[Claim]
    ) -> list[Evaluation]:
        """For each claim, both values with `\\namespace\\KEY` defined as `values` say.

        A process for many claims; one that ends the process itself is found by halving the batch.
        """
        if not claims:
            return []
        if len(claims) > _CLAIM_BATCH:
            batches = range(0, len(claims), _CLAIM_BATCH)
            parts = (self.evaluate(namespace, values, claims[at : at + _CLAIM_BATCH]) for at in batches)
            return [answer for part in parts for answer in part]
        used = _used(values, claims)
        constants = {f"{namespace}\\{key}": _value(value) for key, value in used.items()}
        asked = {"constants": constants, "claims": [_claim(claim) for claim in claims]}
        done = self._script("evaluate.php", asked, allowed="unserialize")
        answers = _answers(done, len(claims))
        if answers is not None:
            return [_evaluation(answer) for answer in answers]
        if len(claims) == 1:
            return [Evaluation(False, None, None, "PHP stopped while it ran this")]
        half = len(claims) // 2
        return self.evaluate(namespace, values, claims[:half]) + self.evaluate(
            namespace, values, claims[half:]
        )

    def tokens_equal(self, pairs: Sequence[TokenPair]) -> list[TokenProblem | None]:
        """For each pair None, or where the tokens outside of the edits differ; a process for many files."""
        found: list[TokenProblem | None] = []
        batch: list[TokenPair] = []
        size = 0
        for pair in pairs:
            batch.append(pair)
            size += len(pair.before) + len(pair.after)
            if size > _TOKEN_BATCH:
                found += self._tokens_equal(batch)
                batch, size = [], 0
        return found + (self._tokens_equal(batch) if batch else [])

    def _tokens_equal(self, pairs: Sequence[TokenPair]) -> list[TokenProblem | None]:
        files = [
            {
                "before": _base64(pair.before),
                "after": _base64(pair.after),
                "spans": [[old.start, old.end, new.start, new.end] for old, new in pair.spans],
            }
            for pair in pairs
        ]
        done = self._script("tokens.php", {"files": files})
        answers = _answers(done, len(pairs))
        if answers is None:
            raise Unfinished(f"PHP could not compare tokens: {done.first_line}", where=self.binary)
        return [
            None if answer is None else TokenProblem(int(answer[0]), str(answer[1])) for answer in answers
        ]

    def load(self, bootstrap: Path, constant: str, expected: str) -> str:
        """Loads `bootstrap` with PHP's own settings, as code does; '' or why `constant` isn't `expected`."""
        asked = {
            "bootstrap": _base64(os.fsencode(bootstrap.resolve())),
            "constant": _base64(constant.encode()),
        }
        command = [
            self.binary,
            "-d",
            "display_errors=stderr",
            "-d",
            "html_errors=0",
            str(_SCRIPTS / "load.php"),
        ]
        done = run("PHP", command, bootstrap.parent, os.environ, json.dumps(asked).encode(), TIMEOUT)
        if done.code:
            return f"PHP stopped with code {done.code}: {done.first_line}"
        try:
            value = b64decode(json.loads(done.output.splitlines()[-1])["value"]).decode("utf-8", "replace")
        except (ValueError, LookupError, TypeError):
            return f"PHP ended before the values were loaded: {done.first_line}"
        return "" if value == expected else f"{constant} is {value}, not {expected}"

    def _problem(self, file: Path) -> LintProblem | None:
        done = self._lint([file])
        if not done.code:
            return None
        text = (
            (done.output + b"\n" + done.errors).replace(os.fsencode(file), b"FILE").decode("utf-8", "replace")
        )
        found = _MESSAGE.search(text)
        if found is None:
            return LintProblem(file, 0, done.first_line)
        return LintProblem(file, int(found[2]), found[1])

    def _lint(self, files: Sequence[Path]) -> Done:
        # "./" keeps PHP from taking a name that begins with a dash for an option.
        names = [str(file) if file.is_absolute() else f"./{file}" for file in files]
        return self._php([*self._options(), "-l", *names], Path(), b"")

    def _script(
        self,
        name: str,
        asked: object,
        folders: Sequence[str] = (),
        options: Sequence[str] = (),
        allowed: str = "",
    ) -> Done:
        """Runs one of our scripts, which sees of the disk a folder of its own and `folders`.

        It may call `allowed`, which no text of a project can.
        """
        with TemporaryDirectory(prefix="portability-") as folder:
            script = Path(folder).resolve() / name
            shutil.copyfile(_SCRIPTS / name, script)
            seen = os.pathsep.join([str(script.parent), *folders])
            forbidden = ",".join(one for one in _FORBIDDEN if one != allowed)
            limits = ["-d", f"open_basedir={seen}", "-d", f"disable_functions={forbidden}"]
            command = [*self._options(), *options, *limits, str(script)]
            return self._php(command, script.parent, json.dumps(asked).encode())

    def _options(self) -> list[str]:
        return [*self.flags, "-d", f"short_open_tag={int(self.short_open_tag)}", *_SETTINGS]

    def _php(self, arguments: Sequence[str], folder: Path, data: bytes) -> Done:
        return run("PHP", [self.binary, *arguments], folder, _ENVIRONMENT, data, TIMEOUT)


_COMPILER = (
    "zend_extension=opcache",
    "opcache.enable=1",
    "opcache.enable_cli=1",
    "opcache.file_update_protection=0",
    "opcache.max_accelerated_files=16000",
    "opcache.optimization_level=0",
    "opcache.max_file_size=1",
)
"""OPcache compiles a file without running it, even of this very second; it neither betters nor keeps it."""

_EXTENSIONS = frozenset({"json", "tokenizer"})
_HINT = "install php-cli, name it as php.binary in portability.yaml, or leave PHP out with --without-php"
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
_SETTINGS = [
    option
    for setting in (
        "display_errors=stderr",
        "html_errors=0",
        "log_errors=0",
        "error_reporting=-1",
        "memory_limit=2G",
        "allow_url_fopen=0",
        "zend.assertions=-1",
    )
    for option in ("-d", setting)
]


@dataclass(frozen=True, slots=True)
class _Probe:
    version: tuple[int, int, int]
    short_open_tag: bool
    extensions: tuple[str, ...]


def _probe(path: str, flags: Sequence[str]) -> _Probe:
    """What the interpreter says of itself when it is run with `flags`."""
    done = run("PHP", [path, *flags, str(_SCRIPTS / "probe.php")], Path(), os.environ, b"", 30)
    found = re.search(rb"portability probe: (\d+)\.(\d+)\.(\d+)\S* ([01]) ?(.*)", done.output)
    if found is None:
        raise Unfinished(f"this is no PHP command line: {done.first_line}", path, _HINT)
    version = (int(found[1]), int(found[2]), int(found[3]))
    return _Probe(version, found[4] == b"1", tuple(found[5].decode("ascii", "replace").split()))


def _answers(done: Done, expected: int) -> list[Any] | None:
    """The JSON list that a script printed last, if it came to its end."""
    try:
        answers = json.loads(done.output.splitlines()[-1])
    except (ValueError, LookupError):
        return None
    return answers if not done.code and isinstance(answers, list) and len(answers) == expected else None


def _used(values: Mapping[str, Scalar], claims: Sequence[Claim]) -> Mapping[str, Scalar]:
    """Those of the values whose name stands in a claim; all of them where they are few."""
    if len(values) <= _FEW:
        return values
    texts = (text for claim in claims for text in (claim.before, claim.after))
    found = {name for text in texts for name in _NAME.findall(text)}
    return {key: value for key, value in values.items() if key.encode("utf-8", "surrogateescape") in found}


def _value(value: Scalar) -> object:
    if isinstance(value, str):
        return {"bytes": _base64(value.encode("utf-8", "surrogateescape"))}
    return value


def _claim(claim: Claim) -> list[object]:
    return [_base64(claim.before), _base64(claim.after), claim.markup]


def _evaluation(answer: Mapping[str, Any]) -> Evaluation:
    before, after = (None if answer[n] is None else b64decode(answer[n]) for n in ("before", "after"))
    broken = bool(answer.get("broken"))
    return Evaluation(bool(answer["equal"]), before, after, str(answer["problem"]), broken)


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
