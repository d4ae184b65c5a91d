"""`portability campaign workers`: what other machines need to make load for a campaign, as one file."""

from __future__ import annotations

from pathlib import Path

from portability.campaign import bundle, generator, reach
from portability.console import Console
from portability.errors import ExitCode
from portability.files import write_atomic


def run(console: Console, name: str, application: str, scenario: Path | None, output: Path) -> int:
    """Writes the zip; the exit code."""
    settings = console.settings()
    file = (scenario or settings.root / settings.campaign.scenario).absolute()
    allowed = reach.reach(settings, name, application)
    data = bundle.pack(file, allowed, generator.check())
    write_atomic(output, data, 0o600)
    console.out(f"{output}  {len(data):,} bytes, for {len(allowed.allow)} hosts: {', '.join(allowed.allow)}")
    console.say("it holds the scenario's files, test users too: treat it as they are treated")
    return ExitCode.OK
