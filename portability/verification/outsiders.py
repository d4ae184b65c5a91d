"""What an environment says of the services of others in, a check of each out: what deployed code has for it.

A sandbox must lead to nothing of production's, a sink into the replica's own networks, and what is off
nowhere. That the declarations themselves hold is checked with the values, before anything is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from portability.asking.identity import Ask, Asks, Outcome, Reply
from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.model import Category
from portability.probes import dns
from portability.settings.parameters import Key
from portability.values.entries import Entry
from portability.values.environments import KeyInfo
from portability.values.thirdparties import OFF

_KINDS = ("host", "url")
_WANTED = {
    "sandbox": "a sandbox that is not production's",
    "sink": "a sink in the replica's own networks",
    "off": "a name that leads nowhere",
}


def wanted(keys: Mapping[str, KeyInfo], entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The keys that name a place of a third party's, or of mail, and say by a word what stands for it."""
    return tuple(
        name
        for name, info in keys.items()
        if name in entries
        and info.kind in _KINDS
        and (info.category == Category.THIRD_PARTY or info.service == "smtp")
        and (entries[name].word or info.category == Category.THIRD_PARTY)
    )


def questions(keys: Sequence[str]) -> list[Ask]:
    """The question for each key: where does the value that the deployed code has for it lead."""
    return [Ask("resolve", "http", {"url": Key(key)}) for key in keys]


def ask(
    asker: Asks, keys: Sequence[str], entries: Mapping[str, Entry], territory: Territory
) -> Iterator[Check]:
    """A check of each of the keys."""
    for key, reply in zip(keys, asker.ask_many(questions(keys)), strict=True):
        yield judge(key, entries[key], reply, territory)


def judge(key: str, entry: Entry, reply: Reply, territory: Territory) -> Check:
    """Whether what the deployed code has for a third party's key is what the environment says."""
    word = entry.word or "shared"
    check = Check(Area.DNS, key, Result.PASS, key, _WANTED.get(word, "nothing of production's"))
    if reply.outcome is not Outcome.ANSWERED or reply.step != "resolve" or not reply.hosts:
        reason = reply.problem or str(reply.facts.get("error") or "") or _lacking(reply)
        return replace(check, result=Result.INCONCLUSIVE, reason=reason)
    name, host = next(iter(reply.hosts.items()))
    path = " -> ".join((*(host.chain or (name,)), *map(str, host.addresses)))
    theirs = dns.production(host, territory)
    if theirs and not entry.by:
        return replace(check, result=Result.FAIL, found=path, reason=theirs, production=True)
    if word == "off" and (host.addresses or not name.endswith(OFF)):
        return replace(
            check, result=Result.FAIL, found=path, reason="it is said to be off, and leads somewhere"
        )
    if word == "sink":
        return _sink(replace(check, found=path), host.addresses, territory)
    ends = f"{path}, which leads nowhere" if not host.addresses and word != "off" else path
    return replace(check, found=ends, reason=f"declared: {word}")


def _sink(check: Check, addresses: Sequence[object], territory: Territory) -> Check:
    outside = [str(one) for one in addresses if territory.zone(str(one)) not in (Zone.REPLICA, Zone.ALLOWED)]
    if outside:
        reason = f"a sink must be the replica's own, and {', '.join(outside)} is not"
        return replace(check, result=Result.FAIL, reason=reason)
    if not addresses:
        return replace(check, result=Result.INCONCLUSIVE, reason="the sink's name leads nowhere")
    return replace(check, reason="declared: sink")


def _lacking(reply: Reply) -> str:
    missing = reply.facts.get("missing")
    return "the deployed application has no value for it" if missing else "its name could not be followed"
