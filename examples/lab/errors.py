"""Why there is no lab: one sentence, what to do about it, and the exit code."""

from __future__ import annotations


class LabError(Exception):
    """The lab could not be built or did not do what it was asked."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message + (f"\n  hint: {self.hint}" if self.hint else "")


class LabUnavailable(LabError):
    """This machine, or the call, must change before there can be a lab."""

    exit_code = 2
