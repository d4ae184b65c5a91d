"""A command in, the same command as root of a user namespace that has many users and groups out.

Run as a program, `mapping.py COMMAND…`; the process becomes the command. Who is root on the machine
can give a namespace a range of ids, so that processes in it can have a group of their own. Anyone else
gets `unshare --map-root-user`, whose namespace has one user and one group.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

IDS = 65536
"""How many users and groups the namespace has: 0 to 65535, the same ones as outside."""
_CLONE_NEWUSER = 0x10000000
_SETGID, _SETUID, _SETFCAP = 6, 7, 31


def has_range() -> bool:
    """Whether we are root where the whole range of ids exists and may be given away."""
    if os.geteuid() or any(not _capable(one) for one in (_SETGID, _SETUID, _SETFCAP)):
        return False
    lines = [Path(f"/proc/self/{kind}_map").read_text().split() for kind in ("uid", "gid")]
    return all(line[:1] == ["0"] and int(line[2]) >= IDS for line in lines)


def _capable(capability: int) -> bool:
    status = Path("/proc/self/status").read_text()
    held = int(status.partition("CapEff:")[2].split()[0], 16)
    return bool(held >> capability & 1)


def become(command: list[str]) -> None:
    """Enter a user namespace with the range of ids as its root, and exec the command."""
    # The ids have to be written from outside: a helper stays there for as long as that takes.
    ourselves = os.getpid()
    entered, entering = os.pipe()
    helper = os.fork()
    if not helper:
        os.close(entering)
        os.read(entered, 1)
        os._exit(_write_maps(ourselves))
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER):
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    os.close(entering)
    if os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1]):
        sys.exit("the ids of the user namespace could not be written")
    os.execvp(command[0], command)


def _write_maps(process: int) -> int:
    try:
        for kind in ("uid", "gid"):
            Path(f"/proc/{process}/{kind}_map").write_text(f"0 0 {IDS}")
    except OSError:
        return 1
    return 0


if __name__ == "__main__":
    become(sys.argv[1:])
