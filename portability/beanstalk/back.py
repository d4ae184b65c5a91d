"""What an environment was before a deploy in, the environment as it was out, or the words of what it is.

`main` does the same for a run that was killed: it is what the guardian's caretaker starts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from portability.beanstalk.calls import GONE, GREEN, READY, Caller, State, passes
from portability.beanstalk.pace import Pace
from portability.beanstalk.permitted import Place, untold
from portability.beanstalk.updating import Begun, Change, Disappeared, NotBegun, Option, begin, follow
from portability.errors import PortabilityError, Refused, Unfinished
from portability.system.aws import Failure


@dataclass(frozen=True, slots=True)
class Before:
    """What an environment was: its version, and the settings that a deploy of `ours` changes.

    `put` are those settings' old values, which may be secrets; `drop` are those that were not set.
    """

    region: str
    profile: str | None
    account: str
    application: str
    environment: str
    identifier: str
    label: str
    ours: str
    put: tuple[tuple[str, str, str], ...]
    drop: tuple[tuple[str, str], ...]
    green: bool
    seconds: float
    poll: float = 10.0

    @property
    def way(self) -> str:
        """What it was and was to be, in words for whoever has to look what it is by now."""
        if self.ours == self.label:
            return f"it ran {self.label}, and settings of it were being changed: look what it runs now"
        return f"it ran {self.label}, and {self.ours} was on its way: look which one it runs now"

    def to_json(self) -> bytes:
        """The same as JSON."""
        return json.dumps(asdict(self)).encode("ascii")

    @classmethod
    def from_json(cls, data: bytes) -> Before:
        """What `to_json` wrote."""
        said = json.loads(data)
        for name in ("put", "drop"):
            said[name] = tuple(map(tuple, said[name]))
        return cls(**said)


def before(place: Place, change: Change, held: Mapping[Option, str], seconds: float, poll: float) -> Before:
    """What an environment that has the settings `held` is before a change of it."""
    touched = [*change.put, *change.drop]
    return Before(
        place.caller.region,
        place.caller.profile,
        place.account,
        place.application,
        place.environment,
        place.state.identifier,
        place.state.label,
        change.label,
        tuple((*option, held[option]) for option in touched if option in held),
        tuple(option for option in touched if option not in held),
        place.state.health == GREEN,
        seconds,
        poll,
    )


def give_back(was: Before, pace: Pace, tell: Callable[[str], object]) -> str:
    """Deploys the version before with the settings that it had; words that say so.

    Unfinished says what the environment is instead; Refused where somebody else has deployed since.
    """
    caller = Caller(was.region, was.profile)
    where = f"{was.application}/{was.environment} (account {was.account}, {was.region})"
    state = _quiet(caller, was, where, pace)
    if state.label not in (was.label, was.ours):
        words = f"the environment runs {state.label} by now, which somebody else deployed: it is left so"
        raise Refused(words, where)
    place = Place(caller, was.account, was.application, was.environment, state)
    put = {(space, name): value for space, name, value in was.put}
    change = Change(was.label, put, was.drop, was.green)
    tell(f"taking it back: {was.label} is deployed again")
    follow(place, change, _begun(place, change, was, pace), was.seconds, pace, tell)
    return f"{was.label} is deployed again, with the settings that it had"


def _quiet(caller: Caller, was: Before, where: str, pace: Pace) -> State:
    """The environment once nothing changes it any more."""
    started = pace.now()
    while True:
        late = pace.now() - started > was.seconds
        try:
            state = caller.identified(was.identifier)
        except Failure as failure:
            if not passes(failure) or late:
                raise untold(failure, "what the environment runs can't be read", where) from None
            pace.pause()
            continue
        if state is None or state.status in GONE:
            raise Disappeared("the environment is no longer there, so nothing can be taken back", where)
        if state.status == READY:
            return state
        if late:
            raise Unfinished(f"the environment is still {state.status}, so nothing can be taken back", where)
        pace.pause()


def _begun(place: Place, change: Change, was: Before, pace: Pace) -> Begun:
    """Begins the way back, and doesn't give up as long as AWS may only be busy, and there is time."""
    started = pace.now()
    while True:
        try:
            return begin(place, change, pace)
        except NotBegun as error:
            if error.lasting or pace.now() - started > was.seconds:
                raise
        pace.pause()


def main(arguments: list[str]) -> int:
    """Takes back what a file of a killed run says; the first line that it prints says how that ended."""
    file = Path(arguments[0])
    try:
        was = Before.from_json(file.read_bytes())
        sys.stdout.write(give_back(was, Pace(poll=was.poll), lambda said: None) + "\n")
    except PortabilityError as error:
        sys.stdout.write(f"{error.message} ({error.where})\n")
        return int(error.exit_code)
    return 0
