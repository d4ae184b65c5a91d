"""A target in, the one environment that may be deployed to out; whatever speaks against it refuses.

Every doubt ends here, before anything is written: the list of the settings, the account of whoever calls,
the environment's own ARN, and its tag must all say that this is the replica.
"""

from __future__ import annotations

from dataclasses import dataclass

from portability.beanstalk.calls import Caller, State
from portability.errors import PortabilityError, Refused, Unfinished, UsageError
from portability.settings.destination import Beanstalk
from portability.settings.replica import Target
from portability.system.aws import Failure


@dataclass(frozen=True, slots=True)
class Place:
    """An environment that may be deployed to, whoever calls, and what it is now."""

    caller: Caller
    account: str
    application: str
    environment: str
    state: State

    @property
    def where(self) -> str:
        """The environment as messages name it."""
        return f"{self.application}/{self.environment} (account {self.account}, {self.caller.region})"


def permitted(target: Target) -> Place:
    """The environment of the target. Refused where it may not be deployed to; else the error of a call."""
    told = _told(target)
    arn = told.arn
    if arn is None:
        words = f"{told.application}/{told.environment} is not on the list of what may be deployed to"
        raise Refused(words, target.where, "add its ARN to allow:, after a look at whose it is")
    if arn.account in target.accounts:
        words = f"{told.environment} is in {arn.account}, an account of production's"
        raise Refused(words, target.where, "a replica is deployed to in an account of its own")
    caller = Caller(arn.region, target.profile)
    where = f"{arn.application}/{arn.environment} (account {arn.account}, {arn.region})"
    try:
        return _looked_up(target, caller, where)
    except Failure as failure:
        raise untold(failure, "the environment can't be looked up; nothing was changed", where) from None


def _looked_up(target: Target, caller: Caller, where: str) -> Place:
    told = _told(target)
    arn = told.arn
    assert arn is not None
    found = caller.account()
    if found != arn.account:
        words = (
            f"{told.environment} belongs to AWS account {arn.account}, and these credentials are of {found}"
        )
        raise Refused(words, where, "use the credentials of the load test's account; nothing was changed")
    state = caller.named(told.application, told.environment)
    if state is None or state.status in ("Terminating", "Terminated"):
        words = f"there is no environment {told.environment} in the application {told.application}"
        raise UsageError(words, where, "is its name right, and has it been created?")
    if state.arn != arn.text:
        words = (
            f"the environment there is {state.arn or 'one without an ARN'}, which is not the one on the list"
        )
        raise Refused(words, where, "see allow: in portability.yaml; nothing was changed")
    key, value = told.tag or ("env", target.environment)
    tags = caller.tags(state.arn)
    if tags.get(key) != value:
        has = f"it has {key}={tags[key]}" if key in tags else f"it has no tag {key}"
        words = f"the environment is not tagged {key}={value}: {has}"
        raise Refused(words, where, f"tag it, once it is certain that it is the replica: {key}={value}")
    return Place(caller, arn.account, told.application, told.environment, state)


def ready(place: Place, wanted: str = "so nothing can be deployed now") -> None:
    """Unfinished where the environment is being changed already; `wanted` is what that is in the way of."""
    if place.state.status != "Ready":
        words = f"the environment is {place.state.status}, {wanted}"
        raise Unfinished(words, place.where, "wait until it is Ready; nothing was changed")


def untold(failure: Failure, message: str, where: str) -> PortabilityError:
    """The error of a failed call."""
    return failure.error(message, where)


def _told(target: Target) -> Beanstalk:
    assert target.beanstalk is not None
    return target.beanstalk
