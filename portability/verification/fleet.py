"""Several instances of one application in, one check for all out: each is asked, and all must agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from portability.asking.identity import Asks, Expected, Reply
from portability.asking.verdicts import Area, Check, Result
from portability.probes import ask_all, judge_all
from portability.settings.replica import ProbeSettings

_GRAVITY = (Result.FAIL, Result.INCONCLUSIVE, Result.SKIP, Result.WAIVED, Result.PASS)
_SHARED = ("cluster_name", "vhost", "bucket", "arn", "master_replid", "topic")
"""Marks that all members of one service have in common, whichever of them an instance has reached."""

Replies = Mapping[str, Mapping[str, Reply]]
"""By the instance, then by the probe's name."""


def ask(
    askers: Mapping[str, Asks], probes: Sequence[ProbeSettings], expected: Mapping[str, Expected]
) -> dict[str, dict[str, Reply]]:
    """What every instance answers to every probe, all instances at once."""
    with ThreadPoolExecutor(max(1, len(askers))) as pool:
        asked = {name: pool.submit(ask_all, asker, probes, expected) for name, asker in askers.items()}
        return {name: future.result() for name, future in asked.items()}


def judge(
    probes: Sequence[ProbeSettings], replies: Replies, expected: Mapping[str, Expected]
) -> Iterator[Check]:
    """A check of each probe and of each name that it followed, for all instances together."""
    yield from agree({name: list(judge_all(probes, told, expected)) for name, told in replies.items()})
    if len(replies) > 1:
        for one in probes:
            yield from _differing(one, {name: told[one.name] for name, told in replies.items()})


def agree(checks: Mapping[str, Iterable[Check]]) -> Iterator[Check]:
    """The gravest of each check's results, naming the instances that have it; those alike are one."""
    gathered: dict[str, dict[str, Check]] = {}
    for instance, told in checks.items():
        for check in told:
            gathered.setdefault(check.identity, {})[instance] = check
    for found in gathered.values():
        yield _joined(found, len(checks))


def _joined(found: Mapping[str, Check], instances: int) -> Check:
    worst = min(found.values(), key=_gravity)
    having = [name for name, check in found.items() if _gravity(check) == _gravity(worst)]
    slowest = max((check.milliseconds or 0.0 for check in found.values()), default=0.0) or None
    worst = replace(worst, milliseconds=slowest)
    if instances == 1:
        return worst
    if len(having) == instances:
        return replace(worst, reason=_words(worst.reason, f"on all {instances} instances"))
    some = f"on {', '.join(having[:3])}" + (f" and {len(having) - 3} more" if len(having) > 3 else "")
    return replace(worst, reason=_words(worst.reason, f"{some}, of {instances} instances"))


def _gravity(check: Check) -> tuple[int, bool]:
    return _GRAVITY.index(check.result), not check.production


def _words(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _differing(settings: ProbeSettings, replies: Mapping[str, Reply]) -> Iterator[Check]:
    """A failed check where instances are configured differently, or have reached different services."""
    given = {name: _texts(reply.facts.get("given")) for name, reply in replies.items() if reply.facts}
    marks = {name: _marks(settings, reply) for name, reply in replies.items() if reply.step == "done"}
    for told, what in ((given, "are configured differently"), (marks, "have reached different servers")):
        differing = _first_difference(told)
        if differing:
            yield Check(
                Area.IDENTITY,
                f"{settings.name} on every instance",
                Result.FAIL,
                settings.where,
                expected="the same on every instance",
                found=differing,
                reason=f"the instances {what}: the release or its values reached only some of them",
            )
            return


def _texts(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        return {}
    return {str(name): part for name, part in given.items() if isinstance(part, str)}


def _marks(settings: ProbeSettings, reply: Reply) -> dict[str, str]:
    if settings.role == "writer":
        return reply.marks
    return {name: value for name, value in reply.marks.items() if name in _SHARED}


def _first_difference(told: Mapping[str, Mapping[str, str]]) -> str:
    for name in sorted({name for one in told.values() for name in one}):
        values: dict[str, str] = {}
        for instance, one in told.items():
            values.setdefault(one.get(name, "none"), instance)
        if len(values) > 1:
            return f"{name}: " + ", ".join(f"{value} on {instance}" for value, instance in values.items())
    return ""
