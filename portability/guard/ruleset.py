"""A territory in, the rules of a packet filter (nftables) that watch over it out.

Each packet that leaves or passes through meets the chain `judge`: a canary's is counted and dropped, a
spared one goes its way, any other is counted in the first set that can hold its key. A key names the
sender's group where the packet has a socket, and the port where the protocol has one; a full set hands
over to the next, coarser one, and what no set could take shows in the counter `uncounted`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from portability.asking.territory import Territory
from portability.guard.ranges import Care, Range, ranges
from portability.settings.replica import Address

TABLE = "portability"
"""The table's name; its family is inet."""
UNCOUNTED = "uncounted"
"""The counter of packets that no set could take."""
SIZE = 65_535
"""How many keys a set holds."""
PORTED = "meta l4proto { tcp, udp, dccp, sctp, udplite } "
"""Matches the protocols whose header has the destination's port where th dport looks."""
ANSWERS = "meta l4proto tcp tcp sport @serving "
"""Matches packets of TCP connections that others opened to us: nobody who connects gets such a port."""
KEYS = {
    "answer_port": "{daddr} . meta l4proto . th sport",
    "group_port": "meta skgid . {daddr} . meta l4proto . th dport",
    "port": "{daddr} . meta l4proto . th dport",
    "group": "meta skgid . {daddr} . meta l4proto",
    "protocol": "{daddr} . meta l4proto",
}
"""The sets of each family by name, in the order in which a packet meets them, and their keys."""
DADDR = {4: "ip daddr", 6: "ip6 daddr"}
COUNTING_SETS = tuple(f"{name}_{family}" for family in DADDR for name in KEYS)
"""The names of the sets that grow as packets come."""
TRANSLATED = (
    "chain translated { type filter hook output priority -90; policy accept; ct status dnat jump judge; }"
)
"""Sees packets after NAT, whose priority is -100. It needs connection tracking, which NAT has anyway."""
DECIDED = f"list chain inet {TABLE} decided"
"""The command whose answer shows whether packets are refused."""


def ruleset(
    territory: Territory, serving: Collection[int] = (), size: int = SIZE, translating: bool = False
) -> str:
    """The whole table, in nft's language.

    `serving` are the TCP ports on which we answer others; `size` is the most keys of a set.
    `translating`: the machine rewrites destinations of its own packets (NAT), so that they are judged a
    second time, by where they really go.
    """
    return "\n".join(
        [
            f"table inet {TABLE} {{",
            "flags owner;",
            f"counter {UNCOUNTED} {{ }}",
            f"set serving {{ type inet_service; {_elements(map(str, sorted(serving)))} }}",
            *_canary_counters(territory.canary),
            *(line for family in DADDR for line in _sets(territory, family, size)),
            "chain refused {",
            # To an ICMP error TCP pays heed only between two calls: a blocking connect would take a second,
            # and a connection that stands already would wait for its own timeout.
            "meta l4proto tcp reject with tcp reset",
            "reject with icmpx admin-prohibited",
            "}",
            "chain decided { }",
            *(line for family in DADDR for line in _counting(family)),
            *_judge(territory.canary),
            "chain leaving { type filter hook output priority -300; policy accept; jump judge; }",
            *([TRANSLATED] if translating else []),
            "chain passing { type filter hook forward priority -300; policy accept; jump judge; }",
            "}",
        ]
    )


def refusal(serving: Collection[int]) -> str:
    """The command that turns counting into counting and refusing.

    Answers from the TCP ports `serving` aren't refused: who asked came from there to us, and whoever
    runs this may have come by such a connection himself.
    """
    ports = ", ".join(map(str, sorted(serving)))
    known = [f"add element inet {TABLE} serving {{ {ports} }}"] if ports else []
    rules = (f"{ANSWERS}return", "goto refused")
    return "; ".join([*known, *(f"add rule inet {TABLE} decided {rule}" for rule in rules)])


def canary_counters(addresses: Iterable[Address]) -> dict[str, Address]:
    """The name of each canary's counter, and its address."""
    return {f"canary_{number}": address for number, address in enumerate(addresses)}


def _canary_counters(addresses: Iterable[Address]) -> list[str]:
    return [f"counter {name} {{ }}" for name in canary_counters(addresses)]


def _sets(territory: Territory, family: int, size: int) -> Iterator[str]:
    """The ranges of a family, and the sets that grow as packets come."""
    found = ranges(territory, family)
    for care in (Care.SPARED, Care.PRODUCTION):
        chosen = [_range(one) for one in found if one.care is care]
        yield f"set {care.value}_{family} {{ type ipv{family}_addr; flags interval; {_elements(chosen)} }}"
    for name, key in KEYS.items():
        typed = key.format(daddr=DADDR[family])
        yield f"set {name}_{family} {{ typeof {typed}; size {size}; flags dynamic; counter; }}"


def _elements(texts: Iterable[str]) -> str:
    """What fills a set from the start; nothing where there is nothing, for {} is no list to nft."""
    joined = ", ".join(texts)
    return f"elements = {{ {joined} }}" if joined else ""


def _range(one: Range) -> str:
    return f"{one.first}-{one.last}" if one.first != one.last else str(one.first)


def _counting(family: int) -> Iterator[str]:
    """The chain that counts: each rule falls through to the next if it can't take the packet."""
    yield f"chain count_{family} {{"
    for name, key in KEYS.items():
        condition = ANSWERS if "answer" in name else PORTED if "port" in name else ""
        yield f"{condition}update @{name}_{family} {{ {key.format(daddr=DADDR[family])} }} goto decided"
    yield f"counter name {UNCOUNTED} goto decided"
    yield "}"


def _judge(canary: Iterable[Address]) -> Iterator[str]:
    yield "chain judge {"
    for name, address in canary_counters(canary).items():
        yield f"{DADDR[address.version]} {address} counter name {name} drop"
    for family, daddr in DADDR.items():
        yield f"{daddr} @{Care.SPARED.value}_{family} return"
        yield f"{daddr} @{Care.PRODUCTION.value}_{family} goto count_{family}"
    # The machine's own addresses and its links' broadcasts, which no settings name.
    yield "fib daddr type { local, broadcast } return"
    for family in DADDR:
        yield f"meta nfproto ipv{family} goto count_{family}"
    yield "}"
