"""A scenario and whom it may reach in, a zip file for machines that make load out: Locust's workers.

They need Python and what requirements.txt names, nothing of ours. The guard goes with them.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from portability.campaign import scenario
from portability.campaign.generator import HOOKS
from portability.campaign.reach import Reach, variables

_EPOCH = (1980, 1, 1, 0, 0, 0)
_START = """\
#!/bin/sh
# Makes load for the campaign whose master is at HOST: sh work.sh HOST[:PORT] [PROCESSES]
# It guards itself: whatever is not on the list of campaign.json is not reached.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
master=${1:?usage: sh work.sh HOST[:PORT] [PROCESSES]}
host=${master%%:*}
port=5557
[ "$host" = "$master" ] || port=${master#*:}
. "$here/variables.env"
export PORTABILITY_CAMPAIGN="$here/campaign.json"
cd "$here/scenario"
exec "${PYTHON:-python3}" -m locust -f "$here/portability_hooks.py,$here/scenario/SCENARIO" \\
    --worker --master-host "$host" --master-port "$port" --processes "${2:--1}"
"""


def pack(file: Path, reach: Reach, locust: str) -> bytes:
    """The zip's bytes, the same for the same files; it holds the sites' URLs, and no secret of the values."""
    told = {"allow": reach.allow, "denied": reach.denied, "steps": [], "out": "/dev/null"}
    texts = {
        "work.sh": _START.replace("SCENARIO", file.name),
        "variables.env": "".join(
            f"export {name}={_quoted(text)}\n" for name, text in variables(reach).items()
        ),
        "campaign.json": json.dumps(told, indent=1) + "\n",
        "requirements.txt": f"locust=={locust}\n",
        "portability_hooks.py": HOOKS.read_text("utf-8"),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            _add(archive, name, text.encode("utf-8"))
        for path in scenario.files(file):
            _add(archive, f"scenario/{path.relative_to(file.parent).as_posix()}", path.read_bytes())
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
