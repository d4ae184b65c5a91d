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

from portability.system import kept, watch

TYPE_CHECKING = False  # typing itself would take longer than all of this
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

FORM = b"portability's answer 1\n"
"""How a file of an answer begins; another form needs another number."""

SECONDS = "\0"
"""Stands in an answer for the seconds that it took: nothing that is printed holds a NUL."""

_HEARD = ("NO_COLOR", "FORCE_COLOR", "TERM")


class Asked:
    """A call, and the time at which it was made: equal questions of equal machines have equal answers."""

    __slots__ = ("began", "file", "folder", "question")

    def __init__(self, question: tuple[Any, ...], folder: str) -> None:
        self.began = time.time_ns()
        self.question = question
        self.folder = folder
        self.file = f"{folder}/{blake2b(dumps(question, watch.PLAIN), digest_size=kept.CHECK).hexdigest()}"


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
        return kept.packed(FORM, dumps(tuple(getattr(self, name) for name in self.__slots__), watch.PLAIN))

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
    folder = kept.folder("answers")
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


def recall(asked: Asked) -> Answer | None:
    """The answer that was kept to the question, if it still holds."""
    content = kept.take(asked.file, FORM)
    if content is None:
        return None
    answer = Answer(*loads(content))
    return answer if answer.question == asked.question and answer.holds() else None


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
