"""A scenario and whom it may reach in, a zip file for machines that make load out: a master, and workers.

They need Python and what requirements.txt names, nothing of ours. The guard goes with them. With a key the
scenario and all that lies beside it, users with their passwords too, are sealed: the zip alone tells nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from portability.campaign import portability_key, scenario
from portability.campaign.generator import HOOKS
from portability.campaign.reach import Reach, variables
from portability.errors import UsageError

_EPOCH = (1980, 1, 1, 0, 0, 0)
_SHIPPED = ("portability_hooks.py", "portability_key.py", "portability_launch.py", "portability_remote.py")
_WORK = """\
#!/bin/sh
# Makes load for the campaign whose master is at HOST: sh work.sh {usage} [PROCESSES]
# It guards itself: whatever is not on the list of campaign.json is not reached.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
{master}exec "${{PYTHON:-python3}}" "$here/portability_launch.py" worker "$@"
"""
_GIVEN = """\
if [ $# -eq 0 ]; then set -- {master}; else set -- {master} "$@"; fi
"""
_NEEDED = """\
: "${1:?usage: sh work.sh HOST[:PORT] [PROCESSES]}"
"""
_MASTER = """\
#!/bin/sh
# The master of workers on other machines, for campaign run --master: sh master.sh [WEB [MASTER]]
# WEB is where it is asked, MASTER where workers come to: [HOST:]PORT each, 8089 and 5557.
# It answers those alone who have PORTABILITY_CAMPAIGN_KEY, which has to be set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "${PYTHON:-python3}" "$here/portability_launch.py" master "$@"
"""
_PROCFILE = "web: python3 portability_launch.py\n"


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle: its files by their paths, and the digest that its machines tell which one they have by."""

    files: Mapping[str, bytes]
    digest: str

    def zip(self) -> bytes:
        """The zip's bytes, the same for the same files."""
        return _zip(self.files.items())


def pack(file: Path, reach: Reach, locust: str, key: str = "", master: str = "") -> Packed:
    """The bundle; it holds the sites' URLs, and no secret of the values. `master` is where workers go to."""
    inside = {path.relative_to(file.parent).as_posix(): path.read_bytes() for path in scenario.files(file)}
    files = {name: HOOKS.with_name(name).read_bytes() for name in _SHIPPED}
    needs = f"locust=={locust}\n"
    if key:
        files["scenario.sealed"] = portability_key.seal(key, _zip(inside.items()))
        needs += f"cryptography=={metadata.version('cryptography')}\n"
    else:
        files |= {f"scenario/{name}": data for name, data in inside.items()}
    files["requirements.txt"] = needs.encode("utf-8") + inside.get("requirements.txt", b"")
    files["variables.json"] = _json(variables(reach))
    digest = _digest({**files, "": _json([file.name, reach.allow, _networks(reach)])})
    told = {"allow": reach.allow, "denied": reach.denied, "steps": [], "out": "/dev/null"}
    files["campaign.json"] = _json({**told, "scenario": file.name, "bundle": digest})
    files["work.sh"] = _work(master).encode("utf-8")
    files["master.sh"] = _MASTER.encode("utf-8")
    files["Procfile"] = _PROCFILE.encode("utf-8")
    return Packed(files, digest)


def checked(key: str, where: str) -> str:
    """The key; UsageError where it is too short to be a random text."""
    if len(key) < portability_key.SHORTEST or not key.isascii():
        words = f"the key of the campaign's machines has less than {portability_key.SHORTEST} characters"
        raise UsageError(words, where, "openssl rand -hex 32 makes one")
    return key


def _networks(reach: Reach) -> list[str]:
    """What is denied without lone addresses: those of production's load balancers are others each day."""
    return [one for one in reach.denied if "/" in one]


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        told = name.encode("utf-8", "surrogateescape")
        digest.update(b"%d:%b%d:" % (len(told), told, len(data)) + data)
    return digest.hexdigest()


def _work(master: str) -> str:
    if master:
        return _WORK.format(usage="", master=_GIVEN.format(master=_quoted(master)))
    return _WORK.format(usage="HOST[:PORT]", master=_NEEDED)


def _json(told: object) -> bytes:
    return (json.dumps(told, indent=1) + "\n").encode("utf-8")


def _zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
