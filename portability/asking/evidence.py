"""What a service told of itself and what it ought to be in, weighed evidence and one check out; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from portability.asking.identity import NAMED, Expected, Outcome, Reply, host, subject, texts
from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.settings.replica import Address, ProbeSettings


class Weight(StrEnum):
    """What a piece of evidence says."""

    FOR = "for the replica"
    AGAINST = "against it"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation: what it says, what was expected and found, and whether it points at production."""

    weight: Weight
    reason: str
    expected: str = ""
    found: str = ""
    production: bool = False


def conclude(settings: ProbeSettings, reply: Reply, found: Iterable[Evidence]) -> Check:
    """One check of all the evidence: any of it against the replica fails, none for it decides nothing."""
    weighed: dict[Weight, list[Evidence]] = {weight: [] for weight in Weight}
    for one in found:
        weighed[one.weight].append(one)
    check = Check(
        Area.IDENTITY,
        settings.name,
        Result.INCONCLUSIVE,
        subject(settings, *NAMED),
        expected="evidence of the replica",
        found=next(filter(None, map(reply.given, NAMED)), ""),
        reason=_reasons(weighed[Weight.NOTHING]) or "there is no evidence of who it is",
        places=(settings.where,) if settings.where else (),
        milliseconds=reply.milliseconds or None,
    )
    if weighed[Weight.AGAINST]:
        return _failed(check, weighed[Weight.AGAINST])
    favour = weighed[Weight.FOR]
    if not favour:
        return check
    wanted = next((one.expected for one in favour if one.expected), "")
    return replace(check, result=Result.PASS, expected=wanted, reason=_reasons(favour))


def _failed(check: Check, against: list[Evidence]) -> Check:
    """The failure that the evidence makes; what points at production is told first."""
    first = next((one for one in against if one.production), against[0])
    return replace(
        check,
        result=Result.FAIL,
        expected=first.expected,
        found=first.found,
        reason=_reasons(against),
        production=first.production,
    )


def _reasons(evidence: Iterable[Evidence]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in evidence))


def beacon(reply: Reply, expected: Expected) -> Evidence:
    """Whether the beacon that was put into the replica's service is in the one that the code uses."""
    if expected.beacon is None:
        return Evidence(Weight.NOTHING, "no beacon was set: the settings name no endpoint for it")
    found = reply.facts.get("beacon")
    if found is True:
        return Evidence(Weight.FOR, "it holds the beacon", "the beacon")
    if found is False:
        reason = "it does not hold the beacon that was put into the replica's own service"
        return Evidence(Weight.AGAINST, reason, "the beacon", f"none in {_place(reply)}")
    return Evidence(Weight.NOTHING, "the beacon could not be read with the application's rights")


def peer(reply: Reply, expected: Expected) -> Evidence:
    """Whose network the connection really ended in."""
    address = reply.peer
    if address is None:
        return Evidence(Weight.NOTHING, "the other end of the connection is not known")
    return whose(address, expected.territory, reply.given("host"))


def whose(address: Address, territory: Territory, name: str) -> Evidence:
    """What an address says, be it connected to or only looked up."""
    zone, lies = territory.zone(address), f"{address} ({name})" if name else str(address)
    wanted = "an address of the replica's networks"
    if zone is Zone.PRODUCTION:
        named = territory.named(address)
        lies = f"{lies}, which {named} leads to" if named else lies
        return Evidence(Weight.AGAINST, "its address is production's", wanted, lies, production=True)
    if zone is Zone.OUTSIDE:
        reason = "its address is neither in the replica's networks nor allowed"
        return Evidence(Weight.AGAINST, reason, wanted, lies)
    if zone is Zone.ALLOWED:
        return Evidence(Weight.FOR, f"{address} is in an allowed network")
    if address.is_loopback:
        return Evidence(Weight.NOTHING, "it is reached by loopback, where anything may listen")
    if territory.overlapping:
        return Evidence(
            Weight.NOTHING, "the networks of production and replica overlap: addresses tell nothing"
        )
    return Evidence(Weight.FOR, f"{address} is in the replica's network")


def marks(
    reply: Reply,
    expected: Expected,
    telling: Iterable[str],
    copied: bool = False,
    ours: bool = True,
) -> Iterator[Evidence]:
    """Whether the marks named `telling` are those of production (any server of it), or of the inventory.

    `copied` marks may be equal on a copy of production's machine: they say nothing against a service
    that holds the beacon or stands in the replica's network. `ours`: marks like the inventory's speak
    for the service.
    """
    mine = {name: reply.marks[name] for name in telling if name in reply.marks}
    if not mine:
        yield Evidence(Weight.NOTHING, "it told no marks of its own with the application's rights")
        return
    if expected.production is None:
        yield Evidence(Weight.NOTHING, "no fingerprint of production is recorded")
    trusted = copied and Weight.FOR in (beacon(reply, expected).weight, peer(reply, expected).weight)
    for name, theirs in (expected.production or {}).items():
        shared = mine.keys() & theirs.keys()
        if shared and all(mine[one] == theirs[one] for one in shared) and not trusted:
            found = ", ".join(f"{one} {mine[one]}" for one in sorted(shared))
            reason = f"its marks are those of production's {name}"
            yield Evidence(Weight.AGAINST, reason, "marks of its own", found, production=True)
    if expected.inventory is not None and expected.inventory.step == "done" and ours and not copied:
        known = expected.inventory.marks
        if all(known.get(one) == value for one, value in mine.items()):
            yield Evidence(Weight.FOR, "its marks are those of the inventory's endpoint")


def account(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether the application's own credentials act for production's account."""
    found = str(reply.facts.get("account") or "")
    if found and found in expected.accounts:
        caller = str(reply.facts.get("caller") or found)
        reason = "the application's credentials are those of production's account"
        yield Evidence(Weight.AGAINST, reason, "credentials of the replica's", caller, production=True)


def arn_of(kind: str, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether the account and the region in the ARN of a queue or a topic are those that they must be."""
    arn, wanted, region = reply.marks.get("arn", ""), reply.given("account"), reply.given("region")
    parts = arn.split(":") if arn.count(":") == 5 else [""] * 6
    owner = parts[4]
    if owner and owner in expected.accounts:
        reason = f"the {kind} is in production's account"
        yield Evidence(Weight.AGAINST, reason, "an account of the replica's", arn, production=True)
    elif owner and wanted and owner != wanted:
        yield Evidence(Weight.AGAINST, f"the {kind} is not in the account {wanted}", wanted, arn)
    elif parts[3] and region and parts[3] != region:
        yield Evidence(Weight.AGAINST, f"the {kind} is not in the region {region}", region, arn)
    elif owner and wanted:
        yield Evidence(Weight.FOR, f"the {kind} is in the account {wanted}", f"the account {wanted}")
    else:
        yield Evidence(Weight.NOTHING, f"the probe names no account that the {kind} must be in")


def source(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether the server replicates from production, as itself or the inventory's endpoint told."""
    for told in (reply, expected.inventory):
        facts = told.facts.get("source") if told is not None else None
        if not isinstance(facts, Mapping) or not facts.get("host"):
            continue
        name, found = str(facts["host"]), host(facts)
        owner = next(filter(None, map(expected.territory.production_name, (name, *found.chain))), "")
        theirs = any(expected.territory.zone(a) is Zone.PRODUCTION for a in found.addresses)
        known = _recorded(texts(facts), expected)
        if owner or theirs or known:
            reason = "it replicates from production" + (f" (its {known})" if known else "")
            yield Evidence(Weight.AGAINST, reason, "a source of the replica's", name, production=True)
            return


def _recorded(facts: Mapping[str, str], expected: Expected) -> str:
    """The server of production whose recorded server_uuid the source has."""
    uuid = facts.get("server_uuid", "")
    every = (expected.production or {}).items()
    return next((name for name, theirs in every if uuid and theirs.get("server_uuid") == uuid), "")


def aliases(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether a name, or an alias that it is followed through, is production's, or where it leads."""
    for name, found in reply.hosts.items():
        for link in found.chain or (name,):
            owner = expected.territory.production_name(link)
            if owner:
                path = " -> ".join((*found.chain, *map(str, found.addresses)))
                told = f"{owner} ({expected.territory.production_names[owner]})"
                reason = f"the name is production's: {told}" if link == name else f"an alias leads to {told}"
                yield Evidence(
                    Weight.AGAINST, reason, "a name of the replica's", path or name, production=True
                )
                break


def unanswered(settings: ProbeSettings, reply: Reply) -> Evidence:
    """Why a probe did not come to its end, with the key and the place that are to be looked at."""
    if reply.outcome is not Outcome.ANSWERED:
        return Evidence(Weight.NOTHING, reply.problem or reply.outcome)
    missing = reply.facts.get("missing")
    if missing and isinstance(missing, Mapping):
        names = ", ".join(f"{key} (for {name})" for name, key in missing.items())
        return Evidence(Weight.NOTHING, f"the deployed application has no value for {names}")
    key = subject(settings, *(("password", "user") if reply.step == "login" else ()), *NAMED)
    words = {
        "resolve": f"{_unresolved(reply)} has no address on the replica",
        "connect": "it cannot be reached",
        "login": "its login was refused",
        "given": "the probe lacks a parameter",
    }.get(reply.step, "it gave no identity")
    error = str(reply.facts.get("error") or "")
    about = f"{key}: {words}" if key else words
    return Evidence(Weight.NOTHING, f"{about}: {error}" if error else about)


def _unresolved(reply: Reply) -> str:
    return ", ".join(name for name, found in reply.hosts.items() if not found.addresses) or "its host"


def _place(reply: Reply) -> str:
    return str(reply.facts.get("peer") or reply.given("host"))
