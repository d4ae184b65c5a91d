"""Deploys the prepared fan club to the replica's folder, as verify will: run inside the lab.

`python -m tests.lab.deploying APP settle | restore | kill`: kill ends the run itself, as kill -9 would.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from portability import targets
from portability.delivery.bundle import pack
from portability.delivery.guardian import guarding
from portability.settings.project import load
from portability.values import environments, rendering


def main(app: Path, what: str) -> None:
    settings = load(app)
    target = settings.environment("loadtest").replica.target
    assert target is not None
    files = rendering.render(settings, "loadtest", environments.values(settings, "loadtest"))
    extra = {
        f"{site.document_root}/probe-fake.php": b"<?php echo 'probe';" for site in settings.verifying.sites
    }
    with tempfile.TemporaryDirectory() as scratch, guarding(Path(target.folder)) as guardian:
        deployment = targets.deploy(
            target, pack(app, "loadtest", Path(scratch) / "b.tar"), files, extra, guardian
        )
        sys.stdout.write(deployment.label + "\n")
        sys.stdout.flush()
        if what == "settle":
            targets.settle(deployment, guardian)
        elif what == "restore":
            targets.restore(deployment, guardian)
        elif what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
