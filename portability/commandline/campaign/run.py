"""What `portability campaign run` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from portability.console import Console

SHAPES = ("ramp", "spike", "steps")
"""How the load grows: campaigns.SHAPES."""
_FILE = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option(
        "--env", "environment", required=True, metavar="NAME", help="The environment of the replica."
    ),
    click.option(
        "--application",
        default="",
        metavar="NAME",
        help="The application that was attested, where the settings name several.",
    ),
    click.option(
        "--shape", type=click.Choice(SHAPES), help="ramp, spike (all at once) or steps (for the knee)."
    ),
    click.option("--users", type=click.IntRange(1), help="Fake users at once, at the most."),
    click.option("--rate", type=click.FloatRange(0, min_open=True), help="Users that come in each second."),
    click.option("--time", metavar="TIME", help="How long one run takes: 90s, 2m, 1h."),
    click.option("--steps", "levels", default="", metavar="N,N,…", help="The users of each step."),
    click.option(
        "--repetitions", type=click.IntRange(1, 100), help="Runs of the same load; 3 or more compare."
    ),
    click.option(
        "--processes", type=click.IntRange(1, 256), help="Processes of this machine that make load."
    ),
    click.option("--workers", default=0, type=click.IntRange(0), help="Wait for so many workers of others."),
    click.option(
        "--master",
        is_flag=False,
        flag_value="settings",
        metavar="[URL]",
        help="Let this master and its workers make the load; without URL the one of campaign.machines.",
    ),
    click.option("--bind", default="", metavar="HOST:PORT", help="Where those workers come to; else *:5557."),
    click.option("--scenario", type=_FILE, metavar="FILE", help="The Locust file, if not the settings'."),
    click.option("--attestation", type=_FILE, metavar="FILE", help="What verify --attest wrote."),
    click.option("--key", type=_FILE, metavar="PUB", help="The public key that is trusted."),
    click.option("--max-age", metavar="TIME", help="How old the attestation may be: 90m, 4h."),
    click.option(
        "--no-waivers", "waivers", flag_value=False, default=True, help="Refuse a PASS with waivers."
    ),
    click.option("--focus", default="", metavar="TEXT", help="What is looked at, for the journal."),
    click.option("--notes", default="", metavar="TEXT", help="Anything else, for the journal."),
    click.option("--link", "links", multiple=True, metavar="URL", help="A link for the journal; repeatable."),
)


def _with_options(function: Callable[..., int]) -> Callable[..., int]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command(
    name="run",
    help="Load on the replica, only with a fresh attestation; 1 if the objective broke or it got worse than "
    "the last campaign of the same load, 4 if it was refused, 5 if a run does not count.",
)
@_with_options
@click.pass_obj
def command(console: Console, /, **given: object) -> int:
    from portability.commands.campaign import run as work

    return work.start(console, work.Options(**given))  # type: ignore[arg-type]
