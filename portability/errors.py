"""A mistake or a refusal in, one sentence with place, hint and exit code out."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller; every command uses these and no others."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_EXAMINED = 3
    REFUSED = 4
    UNFINISHED = 5
    INTERRUPTED = 130


class PortabilityError(Exception):
    """An end that the user must hear of: what happened, where, and what to do about it."""

    exit_code = ExitCode.UNFINISHED

    def __init__(self, message: str, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"error: {self.message}"]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class UsageError(PortabilityError):
    """A wrong call, setting, rule or decision: the user's text must change."""

    exit_code = ExitCode.USAGE


class NothingExamined(PortabilityError):
    """There was nothing to look at, which must never pass for 'nothing found'."""

    exit_code = ExitCode.NOTHING_EXAMINED


class Refused(PortabilityError):
    """Going on would not be safe."""

    exit_code = ExitCode.REFUSED


class Interrupted(PortabilityError):
    """Somebody stopped it, and there is more to say than that."""

    exit_code = ExitCode.INTERRUPTED


class Unfinished(PortabilityError):
    """It could not be finished or decided."""

    exit_code = ExitCode.UNFINISHED
