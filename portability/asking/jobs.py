"""A cron job or a worker of the settings in, how it ended out; whatever it started has ended too."""

from __future__ import annotations

import base64
import grp
import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from portability.errors import Refused, Unfinished
from portability.settings.replica import Job
from portability.system import jobkeeper
from portability.system.processes import conversation

GROUPS = range(58_000, 60_000)
"""Group ids from which a job gets its own: Debian's policy gives them to nobody."""
_START = 20.0


@dataclass(frozen=True, slots=True)
class JobRun:
    """How a job went.

    `code` is its exit code (negative: a signal's number); `ended` says that its time ran out and that
    it was ended; `output_tail` is the end of both its streams, which may hold secrets; `left` are the
    names of processes that it left behind, or that didn't end when they were asked to.
    """

    name: str
    code: int
    ended: bool
    seconds: float
    output_tail: str
    worker: bool = False
    left: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether it did what it should: a worker runs until it is ended, a cron job ends in time, with 0."""
        return self.code == 0 if not self.ended else self.worker


def run(
    job: Job,
    folder: Path,
    environment: Mapping[str, str],
    gid: int | None,
    register: Callable[[int], None],
) -> JobRun:
    """Runs a job in `folder` until it ends, or its seconds have passed.

    `gid` becomes its primary group, by which its packets are told from others'; the groups that it
    would have had are kept beside it. `register` gets the job's process group as soon as there is one.
    Unfinished if it can't be started or ended; Refused if its user isn't known on this machine.
    """
    order = _order(job, folder, environment, gid)
    command = [sys.executable, "-I", "-S", str(Path(jobkeeper.__file__))]
    patience = 3 * jobkeeper.GRACE
    name = f"job {job.name}"
    with conversation(name, command, Path("/"), os.environ, patience=patience) as keeper:
        keeper.say(json.dumps(order))
        begun = _read(name, keeper.hear("\n", _START))
        if "failed" in begun:
            raise _not_started(job, str(begun["failed"]).lower(), folder)
        register(begun["group"])
        told = _read(name, keeper.hear("\n", job.seconds + patience + _START))
    if told["code"] is None:
        raise Unfinished(f"{name} can't be ended: process group {begun['group']} still runs")
    tail = base64.b64decode(told["tail"]).decode("utf-8", "replace")
    left = tuple(told["left"])
    return JobRun(job.name, told["code"], told["ended"], told["seconds"], tail, job.worker, left)


def _read(name: str, line: str) -> dict[str, Any]:
    """What the keeper tells; Unfinished if it is something else, as its own last words are."""
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        raise Unfinished(f"{name} could not be watched over: {line.strip()}") from None
    return told


@cache
def can_tag() -> bool:
    """Whether a job can have a group of its own here: a right, and group ids that the machine knows."""
    probe = Job("probe", ("/bin/sh", "-c", ":"), seconds=_START)
    try:
        return run(probe, Path("/"), {}, GROUPS[0], lambda group: None).code == 0
    except Unfinished:
        return False


def group_ids(names: Iterable[str]) -> dict[str, int]:
    """A group id of its own for each name, none of which the machine's group file has."""
    taken = {group.gr_gid for group in grp.getgrall()}
    free = (number for number in GROUPS if number not in taken)
    return dict(zip(names, free, strict=False))


def _order(job: Job, folder: Path, environment: Mapping[str, str], gid: int | None) -> dict[str, Any]:
    """What the keeper is told: the job's command, place, environment, user and groups."""
    told: dict[str, Any] = {
        "command": job.command,
        "folder": str(folder),
        "seconds": job.seconds,
        "environment": {**environment, **job.environment},
        "user": None,
        "group": gid,
        "groups": None if gid is None else _with(gid, [os.getgid(), *os.getgroups()]),
    }
    if job.user is None:
        return told
    try:
        user = pwd.getpwnam(job.user)
    except KeyError:
        raise Refused(
            f"job {job.name} runs as {job.user}, who is no user of this machine",
            hint="correct its user in the settings, or add the user",
        ) from None
    own = {"HOME": user.pw_dir, "LOGNAME": user.pw_name, "USER": user.pw_name}
    told["environment"] = {**environment, **own, **job.environment}
    if user.pw_uid != os.geteuid():
        groups = os.getgrouplist(user.pw_name, user.pw_gid)
        told |= {"user": user.pw_uid, "group": user.pw_gid if gid is None else gid}
        told["groups"] = groups if gid is None else _with(gid, groups)
    return told


def _with(gid: int, groups: Sequence[int]) -> list[int]:
    return sorted({gid, *groups})


def _not_started(job: Job, reason: str, folder: Path) -> Unfinished:
    hint = "run it as root: a job's user and group are given to it" if "not permitted" in reason else ""
    return Unfinished(f"job {job.name} could not be started: {reason}", where=str(folder), hint=hint)
