"""The jobs of the settings in, a check of each out: run one after the other, each in a window of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from portability.asking import jobs
from portability.asking.jobs import JobRun
from portability.asking.verdicts import Area, Check, Result
from portability.guard import Counts
from portability.settings.project import Settings
from portability.settings.replica import Job
from portability.system.secrets import Reference
from portability.verification.log import Log
from portability.verification.windows import Windows

Register = Callable[[int], None]


def run(
    wanted: Iterable[Job],
    release: Path | None,
    environment: Mapping[str, str],
    groups: Mapping[str, int],
    windows: Windows,
    register: Register,
    log: Log,
) -> Iterator[Check]:
    """Runs each job that was asked for in the release's folder and judges what left meanwhile.

    `groups` gives jobs a group id of their own; their packets are told by it, also when they come late.
    """
    for job in wanted:
        if not log.wants(Area.JOB, job.name):
            continue
        if release is None:
            reason = "the release is not on this machine, so no job of it can run here"
            yield Check(Area.JOB, job.name, Result.SKIP, " ".join(job.command), reason=reason)
            continue
        done, counts, milliseconds = windows.during(
            partial(jobs.run, job, release, environment, groups.get(job.name), register)
        )
        own, others = by_job(counts, job.name, frozenset(groups))
        yield with_end(windows.check(Area.JOB, job.name, own, " ".join(job.command), milliseconds), done)
        for name, theirs in others.items():
            check = windows.check(Area.JOB, name, theirs)
            yield replace(check, reason=f"it still ran, or came late, while {job.name} ran")


def environment(settings: Settings, own: Mapping[str, str]) -> dict[str, str]:
    """The variables `own` without the team's own logins, which are nothing of the application's."""
    login = settings.verifying.crawl.login
    given = list(login.form.values()) if login else []
    for one in settings.environments:
        for endpoint in one.replica.endpoints.values():
            given += endpoint.parameters.values()
    hidden = {one.target for one in given if isinstance(one, Reference) and one.scheme == "env"}
    return {name: value for name, value in own.items() if name not in hidden}


def by_job(counts: Counts, name: str, tagged: frozenset[str]) -> tuple[Counts, dict[str, Counts]]:
    """A window's counts as the job's own, and those that another job's group id claims."""
    others = {flow.tag for flow in counts.flows if flow.tag in tagged and flow.tag != name}
    own = {flow: n for flow, n in counts.flows.items() if flow.tag not in others}
    theirs = {
        other: Counts({flow: n for flow, n in counts.flows.items() if flow.tag == other}) for other in others
    }
    return Counts(own, counts.canary), theirs


def with_end(check: Check, done: JobRun) -> Check:
    """The check with how the job ended: one that failed has not shown what it talks to."""
    problem = _problem(done)
    if not problem or check.result is Result.FAIL:
        return check
    expected = (
        "it runs until it is ended" if done.worker else "it runs to its end, and leaves nothing running"
    )
    reason = f"{problem}, so what it talks to isn't known"
    return replace(check, result=Result.INCONCLUSIVE, expected=expected, reason=reason)


def _problem(done: JobRun) -> str:
    if done.ended and not done.worker:
        return f"it did not end within {done.seconds:.0f} s"
    if not done.well:
        return f"it ended with code {done.code}"
    if done.left and not done.worker:
        return f"it left {', '.join(done.left)} behind, which was ended"
    return ""
