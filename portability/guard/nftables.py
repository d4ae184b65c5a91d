"""A territory in, a guard over this network namespace out, by a packet filter table that goes when we go.

The table belongs to the nft process that made it (flag owner): nobody else can change it, and the kernel
removes it when that process ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from portability.asking.territory import Territory
from portability.errors import Refused, Unfinished
from portability.guard import Counts
from portability.guard.holders import serving
from portability.guard.listing import QUESTION, counts
from portability.guard.ruleset import DECIDED, SIZE, TABLE, refusal, ruleset
from portability.system.processes import Conversation, conversation, run

_NAME = "nft, which counts packets,"
_FOLDER = Path("/")
_SEARCH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
_SECONDS = 20.0
# A command whose answer never changes, asked after each order: what nft said before it is the outcome.
_ASK, _ANSWER = "describe icmp_type", "address-mask-reply"
_PREAMBLE = "datatype icmp_type"
_FAILED = "Error:"


class NftablesGuard:
    """The guard behind `open`."""

    def __init__(self, nft: str, owner: Conversation, territory: Territory, tags: Mapping[str, int]) -> None:
        self._nft = nft
        self._owner = owner
        self._territory = territory
        self._tags = {group: name for name, group in tags.items()}

    def counts(self) -> Counts:
        """The packets of both families since the guard began.

        Unfinished if the table has gone, or if packets were seen that it had no room for.
        """
        command = [self._nft, "--json", "--numeric", QUESTION]
        done = run(_NAME, command, _FOLDER, _environment(), b"", _SECONDS)
        if done.code or not self._owner.alive:
            raise Unfinished(
                f"the guard is gone: {done.first_line if done.code else 'nft has ended'}",
                hint="what left since its last count isn't known; verify again",
            )
        return counts(done.output.decode(), self._territory, self._tags)

    def enforce(self) -> None:
        """Refuse, after counting it, what goes to production and outside; Unfinished if that fails.

        Connections that others opened to a TCP port of this machine go on: they are counted alone.
        """
        said = _order(self._owner, refusal(serving()))
        if "goto refused" not in _order(self._owner, DECIDED):
            raise Unfinished(f"the guard can't refuse packets: {_error(said)}")


@contextmanager
def open(
    territory: Territory, tags: Mapping[str, int] | None = None, size: int = SIZE
) -> Iterator[NftablesGuard]:
    """Watches this network namespace until the block is left.

    `tags` gives the group id of each job's name; `size` is how many places of a kind can be told apart.
    Unfinished without nft, without the right to use it, or if the kernel lacks what it takes; Refused
    where a table of that name stands already.
    """
    nft = shutil.which("nft", path=_SEARCH)
    if nft is None:
        raise Unfinished(
            "nft is missing, without which nobody counts packets", hint="apt-get install nftables"
        )
    _check(nft)
    with (
        _in_memory(ruleset(territory, serving(), size, _translating(nft))) as rules,
        conversation(_NAME, [nft, "--interactive"], _FOLDER, _environment(), keep=[rules]) as owner,
    ):
        said = _order(owner, f'include "/proc/self/fd/{rules}"')
        if "not permitted" in said or "File exists" in said:
            raise _taken()
        if _FAILED in said:
            raise _refused_rules(_error(said))
        guard = NftablesGuard(nft, owner, territory, tags or {})
        guard.counts()
        yield guard


def _check(nft: str) -> None:
    """Raises if we may not look at the packet filter, or if the table's name is taken."""
    # As JSON, nft 1.0.6 writes whatever lies in memory for the flag of a table that has an owner.
    done = run(_NAME, [nft, "list", "tables"], _FOLDER, _environment(), b"", _SECONDS)
    if done.code:
        raise Unfinished(
            f"the packet filter can't be used: {done.first_line}",
            hint="run it as root, or with CAP_NET_ADMIN in the network namespace",
        )
    if any(line.split()[:3] == ["table", "inet", TABLE] for line in done.output.decode().splitlines()):
        raise _taken()


def _refused_rules(reason: str) -> Unfinished:
    hint = "it takes Linux 5.12 and nft 1.0 or later, with nf_tables, nft_fib and nft_reject"
    if "too long" in reason:
        hint = "the settings name too many networks for this user: run it as root, or name fewer, wider ones"
    return Unfinished(f"the packet filter refuses the guard's rules: {reason}", hint=hint)


def _translating(nft: str) -> bool:
    """Whether this namespace has rules that may rewrite the destination of its own packets."""
    done = run(_NAME, [nft, "list", "chains"], _FOLDER, _environment(), b"", _SECONDS)
    if b"type nat hook output" in done.output:
        return True
    older = [Path(f"/proc/net/{name}_tables_names") for name in ("ip", "ip6")]
    try:
        return any("nat" in file.read_text().split() for file in older if file.exists())
    except OSError:
        return True


def _taken() -> Refused:
    return Refused(
        f"the packet filter has a table inet {TABLE} already: another run verifies this machine",
        hint=f"wait until it has ended; 'nft list table inet {TABLE}' shows the table",
    )


@contextmanager
def _in_memory(text: str) -> Iterator[int]:
    """A file descriptor that holds a text and no place on the disk."""
    descriptor = os.memfd_create(TABLE)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(text.encode())
        yield descriptor
    finally:
        os.close(descriptor)


def _order(owner: Conversation, line: str) -> str:
    """What nft says to a command."""
    owner.say(line)
    owner.say(_ASK)
    said = owner.hear(_ANSWER, _SECONDS).partition(_PREAMBLE)[0].strip()
    owner.hear("\n", _SECONDS)
    return said


def _error(said: str) -> str:
    """The line of what nft said that tells the error; a prompt or an echo of the command is none."""
    lines = [line.strip() for line in said.splitlines()]
    return next((line for line in lines if _FAILED in line), "it gave no reason")


def _environment() -> dict[str, str]:
    return {"PATH": _SEARCH, "LC_ALL": "C"}
