"""The phases that look at a release which runs on machines elsewhere, in order; checks go to the log.

Nothing can be stopped from here: where a service, a variable or a site is production's, no page is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from portability.asking.verdicts import Area, Check, Result
from portability.probes import Asker
from portability.verification import pages, services, work
from portability.verification.machines import Machines
from portability.verification.scene import Scene
from portability.verification.windows import Windows


def look(
    scene: Scene,
    asker: Asker,
    file: str,
    windows: Windows,
    machines: Machines,
    register: Callable[[int], None],
) -> None:
    """Every phase; packets are told by the account's logs at the end."""
    log = scene.log
    with log.phase("control", "looking at the account's rules and logs"):
        if log.wants(Area.NETWORK, "rules"):
            log.add(*machines.static())
        marks = machines.mark() if log.wants(Area.LOGS, "logs") else ()
    with log.phase("identity", "asking every service who it is, on every machine"):
        log.add(*services.identities(scene, machines))
        log.add(*services.sites(scene, asker, file))
    wanted, own = scene.settings.verifying.jobs, work.environment(scene.settings, os.environ)
    log.add(*work.run(wanted, None, own, {}, windows, register, log))
    if log.at_production:
        reason = (
            "a service or a variable is production's, and what pages send there can't be stopped from here"
        )
        log.add(Check(Area.PAGE, "pages", Result.SKIP, reason=reason))
    else:
        with log.phase("pages", "walking the pages"):
            walked = pages.observe(
                scene.settings, scene.values, scene.standing, scene.territory, windows, log
            )
            log.add(*walked.checks)
    if marks:
        with log.phase("logs", "waiting for the account's logs"):
            log.add(*machines.conclude([*marks, *machines.mark()], windows.spans))
