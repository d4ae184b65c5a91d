"""What `portability fingerprint` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from typing import Any

import click

from portability.console import Console


@click.command(
    name="fingerprint",
    help="On production, read-only: record what tells its servers from the replica's. It connects to "
    "every service that the settings name under probes, as the application does.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="Only production has a fingerprint.")
@click.option(
    "--application", default="", metavar="NAME", help="The application, where the settings name several."
)
@click.option("--yes", is_flag=True, help="Connect to production without asking.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import fingerprint as work

    return work.called(console, **given)
