"""Signed questions in, one shell script that asks them on the machine out; its output in, answers out: pure.

The script carries a client of FastCGI and the probe's file, puts them into a folder of its own, asks
php-fpm through its socket, and leaves nothing behind. So the probe runs in the pool's own environment,
stands in no bundle, and no web server can reach it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portability.asking.questions import HEADER, Signed

CLIENT = Path(__file__).resolve().parent.parent / "_php" / "fastcgi.php"
SOCKETS = ("/run/php-fpm/www.sock", "/run/php/php-fpm.sock")
"""Where php-fpm listens where nothing else is said: on Amazon Linux and Fedora, on Debian."""
LARGEST_SCRIPT = 60_000
"""The bytes of a script that Run Command takes for sure: a document with its parameters has 64 KB."""
NO_PHP, NO_SOCKET, NO_POOL, NO_FOLDER = 70, 71, 72, 73
EXITS: Mapping[int, str] = {
    NO_PHP: "there is no PHP for the command line on the machine",
    NO_SOCKET: "there is no socket of php-fpm on the machine (say which: target.fpm.socket)",
    NO_POOL: "php-fpm does not answer at its socket",
    NO_FOLDER: "the folder for the probe can't be made on the machine (say which: target.fpm.folder)",
}
"""What the script's own exit codes say."""

_MARK = "portability-answers"
_SCRIPT = """\
set -eu
umask 022
php=$(command -v {php}) || exit {no_php}
socket=
for one in {sockets}; do
  if [ -S "$one" ]; then socket=$one; break; fi
done
{tcp}
[ -n "$socket" ] || exit {no_socket}
outer=$(mktemp -d {folder}/portability-XXXXXXXXXX) || exit {no_folder}
trap 'rm -rf "$outer"' EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$outer"
inner=$(mktemp -d "$outer/XXXXXXXXXXXXXXXXXXXXXXXX")
chmod 711 "$inner"
unpack() {{ base64 -d | gzip -dc >"$inner/$1"; }}
unpack client.php <<'END'
{client}
END
unpack probe.php <<'END'
{probe}
END
(umask 077; unpack questions <<'END'
{questions}
END
)
"$php" -n "$inner/client.php" "$socket" "$inner/probe.php" {seconds} \
<"$inner/questions" >"$outer/answers"
printf '{mark} %s ' "$(gzip -9nc "$outer/answers" | base64 | tr -d '\\n')"
printf '{mark}\\n'
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """Where php-fpm is on a machine: its socket (a path, or host:port; '': where it usually is).

    `folder` is one that php-fpm's service sees too: its /tmp is mostly its own (PrivateTmp). `php` is
    the command line's.
    """

    socket: str = ""
    folder: str = "/run"
    php: str = "php"


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer as it came: `how` is done, silent or broken."""

    how: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """All answers of one script by the questions' numbers, and the machine's own time while it asked."""

    time: int
    answers: Mapping[int, Raw]


def script(asked: Sequence[Signed], probe: bytes, pool: Pool, seconds: float) -> str:
    """The shell script that asks all of `asked`; `seconds` is how long that may take."""
    lines = "".join(f"{_encoded(one.header.encode())} {_encoded(one.body)}\n" for one in asked)
    path = pool.socket.startswith("/") or not pool.socket
    return _SCRIPT.format(
        php=_word(pool.php),
        sockets=" ".join(map(_word, (pool.socket,) if pool.socket else SOCKETS)) if path else "",
        tcp="" if path else f"socket={_word(pool.socket)}",
        folder=_word(pool.folder),
        no_php=NO_PHP,
        no_socket=NO_SOCKET,
        no_folder=NO_FOLDER,
        client=_packed(CLIENT.read_bytes()),
        probe=_packed(probe),
        questions=_packed(lines.encode()),
        seconds=f"{seconds:g}",
        mark=_MARK,
    )


def was_cut(output: str) -> bool:
    """Whether an output has our beginning and not our end: Run Command gives 24,000 characters."""
    return output.startswith(f"{_MARK} ") and output.count(_MARK) == 1


def unpack(output: str) -> Delivery | None:
    """The answers in a script's output; None where it was cut, or is not such an output."""
    _, mark, rest = output.partition(f"{_MARK} ")
    packed, end, _ = rest.partition(f" {_MARK}")
    if not mark or not end:
        return None
    try:
        lines = gzip.decompress(base64.b64decode(packed, validate=True)).decode("ascii").splitlines()
        found = [line.split(" ") for line in lines]
        answers = {int(number): _raw(*rest) for number, *rest in found[1:]}
        return Delivery(int(found[0][1]), answers)
    except (ValueError, LookupError, TypeError, OSError, EOFError, zlib.error, binascii.Error):
        return None


def _raw(how: str, status: str, header: str, body: str) -> Raw:
    told = base64.b64decode(header).decode("ascii", "replace") if header != "-" else ""
    return Raw(how, int(status), {HEADER: told}, base64.b64decode(body) if body != "-" else b"")


def _packed(data: bytes) -> str:
    return "\n".join(_encoded(part) for part in _slices(gzip.compress(data, 9, mtime=0)))


def _slices(data: bytes, length: int = 57) -> list[bytes]:
    return [data[at : at + length] for at in range(0, len(data), length)]


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _word(text: str) -> str:
    """The text as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"
