"""The words of a call in, the answer that was kept for them out, while all that it came from is the same.

`recording` keeps the answers. One is a file of the user's own below the cache folder, by a digest of the
question; whatever is wrong with it, there is no answer.
"""

from __future__ import annotations

import os
import sys
import time
from hashlib import blake2b
from marshal import dumps, loads
from stat import S_ISREG

from portability import watch

TYPE_CHECKING = False  # typing itself would take longer than all of this
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

FORM = b"portability's answer 1\n"
"""How a file of an answer begins; another form needs another number."""

SECONDS = "\0"
"""Stands in an answer for the seconds that it took: nothing that is printed holds a NUL."""

_HEARD = ("NO_COLOR", "FORCE_COLOR", "TERM")
_CHECK = 20


class Asked:
    """A call, and the time at which it was made: equal questions of equal machines have equal answers."""

    __slots__ = ("began", "file", "folder", "question")

    def __init__(self, question: tuple[Any, ...], folder: str) -> None:
        self.began = time.time_ns()
        self.question = question
        self.folder = folder
        self.file = f"{folder}/{blake2b(dumps(question, watch.PLAIN), digest_size=_CHECK).hexdigest()}"


class Answer:
    """What was said, to which question, and what it came from: see `watch.rows`.

    `unset` are variables that were not set.
    """

    __slots__ = ("code", "digest", "err", "files", "folders", "left_out", "out", "question", "unset")

    def __init__(
        self,
        code: int,
        digest: bytes,
        err: str,
        files: tuple[str, ...],
        folders: tuple[tuple[str, str], ...],
        left_out: tuple[str, ...],
        out: str,
        question: tuple[Any, ...],
        unset: tuple[str, ...],
    ) -> None:
        self.code = code
        self.digest = digest
        self.err = err
        self.files = files
        self.folders = folders
        self.left_out = left_out
        self.out = out
        self.question = question
        self.unset = unset

    def packed(self) -> bytes:
        """The answer as the bytes of a file."""
        content = dumps(tuple(getattr(self, name) for name in self.__slots__), watch.PLAIN)
        return FORM + blake2b(content, digest_size=_CHECK).digest() + content

    def holds(self) -> bool:
        """Whether nothing changed that it came from."""
        if any(name in os.environ for name in self.unset):
            return False
        try:
            state = watch.rows(self.folders, frozenset(self.left_out), self.files)
            return watch.digest(state) == self.digest
        except OSError:
            return False


def asked(words: Sequence[str]) -> Asked | None:
    """The question that a command line is; None where no answer is kept, or nobody could hear it."""
    streams = (sys.stdout, sys.stderr)
    folder = _cache_folder()
    if "scan" not in words or os.environ.get("PORTABILITY_NO_CACHE") or None in streams or not folder:
        return None
    try:
        here = os.getcwd()
    except OSError:
        return None
    code = (__file__, sys.version, *sys.path)
    heard = [(name, os.environ.get(name)) for name in _HEARD]
    listeners = [(stream.isatty(), stream.encoding, stream.errors) for stream in streams]
    reader = (os.geteuid(), *sorted(os.getgroups()), sys.getfilesystemencoding())
    today = tuple(time.localtime()[:3])
    return Asked((code, here, tuple(words), heard, listeners, reader, today), folder)


def _cache_folder() -> str:
    """Where answers are kept; '' where there is no place for them."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        base = os.path.expanduser("~/.cache")
    return f"{base}/portability" if base.startswith("/") else ""


def recall(asked: Asked) -> Answer | None:
    """The answer that was kept to the question, if it still holds."""
    content = _content(asked)
    if content is None:
        return None
    answer = Answer(*content)
    return answer if answer.question == asked.question and answer.holds() else None


def _content(asked: Asked) -> tuple[Any, ...] | None:
    """What the file holds, if nobody else can have written it and nothing of it is damaged."""
    try:
        if not is_private(os.lstat(asked.folder)):
            return None
        handle = os.open(asked.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            facts = os.fstat(handle)
            data = stream.read() if S_ISREG(facts.st_mode) and is_private(facts) else b""
    except OSError:
        return None
    start = len(FORM) + _CHECK
    content = memoryview(data)[start:]
    if data[:start] != FORM + blake2b(content, digest_size=_CHECK).digest():
        return None
    found: tuple[Any, ...] = loads(content)
    return found


def is_private(facts: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else can write it."""
    return facts.st_uid == os.geteuid() and not facts.st_mode & 0o022


def tell(answer: Answer, asked: Asked) -> int:
    """Says it again, with the seconds of this time; OSError where that can't be written."""
    seconds = max(0, time.time_ns() - asked.began) / 1e9
    _say(answer.out.replace(SECONDS, f"{seconds:.1f}"), sys.stdout)
    _say(answer.err, sys.stderr)
    return answer.code


def _say(text: str, stream: TextIO) -> None:
    """A reader that went away (`| head`) is no reason to stop; what can't be written goes nowhere."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise
