"""A verification that is to be attested in, its signed statement in a file out; what was there before goes.

From the beginning of a run to its end the file is not there: whatever ends the run, an old statement
doesn't outlive it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portability.asking.verdicts import Verification
from portability.attestation import attested
from portability.attestation import statement as attestation
from portability.attestation.envelopes import Signs, wrap
from portability.attestation.statement import Statement
from portability.errors import Refused, Unfinished, UsageError
from portability.settings.project import Settings
from portability.system.files import remove, write_atomic

_BEGINS = b'{"payload": "'


@dataclass(frozen=True, slots=True)
class Begun:
    """What was there when the run began: the files that it rests on, and the time."""

    settings: Settings
    environment: str
    file: Path
    key: Signs
    files: dict[str, str]
    started: datetime
    application: str = ""


def begin(settings: Settings, name: str, file: Path, key: Signs, application: str = "") -> Begun:
    """Takes an older attestation away; Refused where the file is something else.

    `application` is the one that is verified; UsageError where the settings name several and it is none.
    """
    settings.environment(name)
    settings.of(application)
    try:
        with file.open("rb") as stream:
            start = stream.read(len(_BEGINS))
    except FileNotFoundError:
        start = b""
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the attestation can't go there: {reason}", str(file)) from None
    if start not in (b"", _BEGINS):
        raise Refused("this file is no attestation, and is not replaced", str(file), "name another file")
    files = attested.files(settings, name)
    remove(file)
    return Begun(settings, name, file, key, files, datetime.now(UTC), application)


def end(begun: Begun, report: Verification) -> Statement | None:
    """Writes what the run came to, a FAIL too; None where nothing was deployed, so that there is no subject.

    Unfinished where a file that it rests on changed meanwhile: nobody knows what was verified then.
    """
    if report.deployed is None:
        return None
    now = attested.configuration(begun.settings, begun.environment, begun.application)
    then = {**begun.files, attested.MAP: now[attested.MAP]}
    changed = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    if changed:
        words = "these changed while it ran, so nothing is attested"
        raise Unfinished(words, ", ".join(changed), "verify again, and let them be meanwhile")
    found = attestation.statement(
        report, report.deployed, now, begun.started, datetime.now(UTC), begun.application
    )
    write_atomic(begun.file, wrap(attestation.dump(found), begun.key))
    return found
