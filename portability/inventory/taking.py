"""An environment's account in, everything that it holds out: all readers at once, tags and stacks added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from portability.errors import PortabilityError, Refused, UsageError
from portability.inventory import READERS, Reader, stacks, tagging
from portability.inventory.resource import Inventory, Resource
from portability.settings.accounts import Cloud
from portability.system.aws import Session

AT_ONCE = 8
"""Listings that run at the same time; AWS takes far more, and adaptive retries slow down what it does not."""

_EVERYWHERE = "us-east-1"
"""The region in which AWS keeps the tags of what has no region."""


@dataclass(frozen=True, slots=True)
class Side:
    """One environment to read: its name, what the settings say of its account, and which one it must be."""

    environment: str
    cloud: Cloud
    account: str | None = None
    where: str = ""

    def session(self) -> Session:
        """The account, asked in its first region."""
        return Session(f"the account of {self.environment}", self.cloud.regions[0], self.cloud.profile)


def policy() -> dict[str, object]:
    """The IAM policy with all rights that reading takes, and no other."""
    actions = {f"{reader.prefix}:{action}" for reader in READERS.values() for action in reader.actions}
    actions |= {f"cloudformation:{action}" for action in stacks.ACTIONS}
    actions |= {f"tag:{action}" for action in tagging.ACTIONS}
    statement = {"Sid": "Inventory", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def take(side: Side) -> Inventory:
    """Everything the account holds in the side's regions, nothing assigned yet: all are `resources`.

    Refused where the account is another than the settings say. One call that fails, fails the whole:
    what was not seen would pass for what is not there.
    """
    if not side.cloud.regions:
        hint = f"say environments.{side.environment}.aws.regions: every region it has anything in"
        raise UsageError(f"no AWS region of {side.environment} is named", side.where, hint)
    session = side.session()
    account = session.account()
    if side.account and side.account != account:
        raise Refused(
            f"{side.environment} is in AWS account {side.account}, and this is {account}",
            side.where,
            f"use the right credentials: environments.{side.environment}.aws.profile",
        )
    sessions = [session.at(region) for region in side.cloud.regions]
    works = [(reader, at) for reader in READERS.values() for at in _places(reader, sessions)]
    regions = dict.fromkeys([*side.cloud.regions, _EVERYWHERE])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        read = [pool.submit(_listed, reader, at) for reader, at in works]
        made = [pool.submit(stacks.origins, at) for at in sessions]
        tags = [pool.submit(tagging.tags, session.at(region)) for region in regions]
    _refuse_holes([*read, *made, *tags], side)
    known = {arn: found for part in tags for arn, found in part.result().items()}
    origins = {place: stack for part in made for place, stack in part.result().items()}
    listed = [one for part in read for one in part.result()]
    resources = tuple(stacks.placed(tagging.tagged(listed, known), origins))
    calls = dict(sorted(session.calls.items()))
    return Inventory(
        side.environment, account, side.cloud.regions, resources, (), tagging.unread(known), calls
    )


def _listed(reader: Reader, session: Session) -> list[Resource]:
    return list(reader.read(session))


def _places(reader: Reader, sessions: Sequence[Session]) -> Sequence[Session]:
    return sessions[:1] if reader.everywhere else sessions


def _refuse_holes(works: Sequence[Future[Any]], side: Side) -> None:
    """Raises what failed: the one error, or one that names every call that did."""
    errors = [error for work in works if (error := work.exception())]
    told = [error for error in errors if isinstance(error, PortabilityError)]
    for error in errors:
        if not isinstance(error, PortabilityError) or len(errors) == 1:
            raise error
    if told:
        lines = list(dict.fromkeys(error.message for error in told))
        hints = list(dict.fromkeys(error.hint for error in told if error.hint))
        problem = f"the account of {side.environment} could not be read whole: {len(lines)} calls failed"
        raise type(told[0])(problem, "\n         ".join(lines), "; ".join(hints[:3]))


def own(inventory: Inventory, cloud: Cloud, production: str | None) -> Inventory:
    """What is one environment's, without a look at production's account (None: its number is unknown).

    UsageError where both are in one account, and nothing tells them apart.
    """
    if not cloud.chooses and production == inventory.account:
        raise _one_account(inventory)
    return _with(inventory, *_owned(inventory, cloud))


def _one_account(replica: Inventory) -> UsageError:
    return UsageError(
        f"production and {replica.environment} are in one account ({replica.account}), "
        "and nothing tells their resources apart",
        "",
        f"say environments.{replica.environment}.aws.tags, stacks or names, or use its own profile",
    )


def assigned(
    production: Inventory, theirs: Cloud, replica: Inventory, ours: Cloud
) -> tuple[Inventory, Inventory]:
    """Both inventories, with what each account holds besides among `strangers`.

    In one account, production is all that the replica does not claim; UsageError where nothing tells them
    apart.
    """
    one_account = production.account == replica.account
    if one_account and not ours.chooses and set(production.regions) & set(replica.regions):
        raise _one_account(replica)
    mine, others = _owned(replica, ours)
    claimed = {one.place for one in mine} if one_account else set()
    left = [one for one in production.resources if one.place not in claimed]
    own, besides = _owned(_with(production, left, ()), theirs)
    return _with(production, own, besides), _with(replica, mine, () if one_account else others)


def _owned(inventory: Inventory, cloud: Cloud) -> tuple[list[Resource], list[Resource]]:
    """The resources that are the environment's, and the others; a part goes with what it is a part of."""
    by_place = {one.place: one for one in inventory.resources}

    def owns(one: Resource, depth: int = 4) -> bool:
        if cloud.owns(one.title, one.tags, one.stack):
            return True
        parent = by_place.get(one.whole) if one.whole else None
        return depth > 0 and parent is not None and owns(parent, depth - 1)

    mine = [one for one in inventory.resources if owns(one)]
    kept = {id(one) for one in mine}
    return mine, [one for one in inventory.resources if id(one) not in kept]


def _with(inventory: Inventory, mine: Iterable[Resource], others: Iterable[Resource]) -> Inventory:
    return Inventory(
        inventory.environment,
        inventory.account,
        inventory.regions,
        tuple(mine),
        tuple(others),
        inventory.skipped,
        inventory.calls,
    )
