"""A change of an environment in, the change begun and waited for out, with a limit on every way.

Done means: Ready, with the wanted version, Green on two looks, and no ERROR or FATAL event of our own
request. AWS's own waiter and `eb deploy` take less for a success, and report failed deploys as done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portability.beanstalk.calls import EB, GONE, GREEN, READY, State, is_busy, passes
from portability.beanstalk.events import Stream, newest, request_since
from portability.beanstalk.pace import Pace
from portability.beanstalk.permitted import Place, untold
from portability.errors import Unfinished
from portability.system.aws import Failure, Kind

HEALTH = 300.0
"""Seconds that an environment may need from Ready to Green."""
SILENT = 60.0
"""Seconds for which an environment of whose change nothing is told yet may still be what it was."""
LOOKS = 2
"""How often in a row all must be well."""
_TRIES = 3

Option = tuple[str, str]
Tell = Callable[[str], object]


class NotBegun(Unfinished):
    """The service did not begin the change: the environment is what it was.

    `lasting`: it would not the next time either.
    """

    lasting = True


class Disappeared(Unfinished):
    """The environment is no longer there."""


class Hanging(Unfinished):
    """The change neither ended nor failed in time, and the environment is still being changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an environment is to become: a version, settings to set, and settings to remove.

    `green`: it must be Green in the end. What was not Green before need not be so after a way back.
    """

    label: str
    put: Mapping[Option, str] = field(default_factory=dict)
    drop: tuple[Option, ...] = ()
    green: bool = True

    @property
    def hidden(self) -> frozenset[str]:
        """The values that are set: never told."""
        return frozenset(value for value in self.put.values() if len(value) > 3)


@dataclass(frozen=True, slots=True)
class Begun:
    """A change that the service has begun: its request, and the time after which its events come."""

    request: str
    since: datetime | None


def begin(place: Place, change: Change, pace: Pace) -> Begun:
    """Asks for the change. NotBegun where the service did not take it, Unfinished where nobody can tell.

    An answer that is lost says nothing, and the call is repeated then, which finds the environment busy:
    what the environment's events say tells whether it was taken.
    """
    try:
        since = newest(place.caller, place.state.identifier)
    except Failure as failure:
        raise _not_begun(place, failure) from None
    try:
        answer = place.caller.ask(EB, "update_environment", "EnvironmentId", **_asked(place, change))
    except Failure as failure:
        if not passes(failure) and not is_busy(failure):
            raise _not_begun(place, failure) from None
        return _taken_up(place, change, since, failure, pace)
    return Begun(str(answer["ResponseMetadata"]["RequestId"]), since)


def _taken_up(place: Place, change: Change, since: datetime | None, failure: Failure, pace: Pace) -> Begun:
    """The change that was begun although no answer came; NotBegun where none was."""
    answered = False
    for _ in range(_TRIES):
        pace.pause()
        try:
            request = request_since(place.caller, place.state.identifier, since, change.label)
        except Failure as later:
            if not passes(later):
                break
            continue
        answered = True
        if request:
            return Begun(request, since)
    if answered:
        raise _not_begun(place, failure)
    told = untold(failure, "it can't be told whether the change was begun", place.where)
    raise Unfinished(told.message, told.where, told.hint)


def _not_begun(place: Place, failure: Failure) -> NotBegun:
    if is_busy(failure):
        words = "the change was not begun: the environment is being changed by somebody else"
        found = NotBegun(words, place.where, "wait until it is Ready")
        found.lasting = False
        return found
    if failure.kind is Kind.OTHER:
        failure.hint = failure.hint or "the service refused it: see the settings under target: options"
    told = untold(failure, "the change was not begun", place.where)
    found = NotBegun(told.message, told.where, told.hint)
    found.lasting = not passes(failure)
    return found


def _asked(place: Place, change: Change) -> dict[str, object]:
    asked: dict[str, object] = {"EnvironmentId": place.state.identifier, "VersionLabel": change.label}
    if change.put:
        asked["OptionSettings"] = [
            {"Namespace": space, "OptionName": name, "Value": value}
            for (space, name), value in change.put.items()
        ]
    if change.drop:
        asked["OptionsToRemove"] = [{"Namespace": space, "OptionName": name} for space, name in change.drop]
    return asked


@dataclass(slots=True)
class _Watch:
    """What was seen of a change so far."""

    started: float
    ready: float | None = None
    well: int = 0
    elsewhere: int = 0
    troubled: bool = False
    aborted: bool = False
    state: State | None = None


def follow(place: Place, change: Change, begun: Begun, seconds: float, pace: Pace, tell: Tell) -> Stream:
    """Waits until the change is done, and tells its events; the stream of them, to be read on.

    Unfinished says why it is not done. Disappeared: there is no such environment any more. Hanging: it is
    still being changed, although it was told to stop.
    """
    stream = Stream(place.caller, place.state.identifier, begun.since, begun.request, tell, change.hidden)
    watch = _Watch(pace.now())
    while True:
        pace.pause()
        late = pace.now() - watch.started > seconds * (2 if watch.aborted else 1)
        try:
            state = place.caller.identified(place.state.identifier)
            stream.read()
        except Failure as failure:
            if not passes(failure) or late:
                raise untold(failure, "what became of it can't be read", place.where) from None
            if not watch.troubled:
                tell(f"AWS can't be asked now: {failure.problem}; asking again")
            watch.troubled = True
            continue
        if state is None or state.status in GONE:
            words = "the environment has disappeared: somebody terminates it"
            raise Disappeared(words, place.where, "who did that? see AWS CloudTrail")
        watch.state = state
        if state.status == READY:
            if not stream.own and pace.now() - watch.started < SILENT:
                continue
            if _well(place, change, stream, watch, pace.now()):
                return stream
        elif late:
            _late(place, watch, seconds, tell)


def _well(place: Place, change: Change, stream: Stream, watch: _Watch, now: float) -> bool:
    """Whether a change that has ended is done; Unfinished where it failed."""
    state = watch.state
    assert state is not None
    hint = "the environment's own logs tell more: eb logs"
    if watch.ready is None:
        watch.ready = now
    if watch.aborted:
        words = f"it took longer than the settings give it, and was told to stop; it runs {state}"
        raise Unfinished(words, place.where, "see target: seconds in portability.yaml")
    if stream.failures:
        raise Unfinished(f"it failed: {stream.failures[0]}", place.where, hint)
    if state.label != change.label:
        watch.elsewhere += 1
        if watch.elsewhere >= LOOKS:
            words = f"the environment runs {state.label or 'nothing'}, not {change.label}"
            raise Unfinished(words, place.where, "did it fail, or did somebody else deploy?")
        return False
    if change.green and state.health != GREEN:
        watch.well = 0
        if now - watch.ready > HEALTH:
            words = f"the environment is Ready, and its health stays {state.health}"
            raise Unfinished(words, place.where, hint)
        return False
    watch.well += 1
    return watch.well >= LOOKS


def _late(place: Place, watch: _Watch, seconds: float, tell: Tell) -> None:
    """Tells a change that takes too long to stop; Hanging where it was told so before."""
    words = f"it did not end within {seconds:.0f} s"
    if watch.aborted:
        state = watch.state
        message = f"{words}, nor when it was told to stop; the environment is still {state and state.status}"
        raise Hanging(message, place.where, "eb abort, or the console of Elastic Beanstalk, may stop it")
    watch.aborted = True
    tell(f"{words}: telling it to stop")
    try:
        place.caller.ask(
            EB, "abort_environment_update", "ResponseMetadata", EnvironmentId=place.state.identifier
        )
    except Failure as failure:
        tell(f"it can't be told to stop: {failure.problem}")
