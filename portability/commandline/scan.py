"""What `portability scan` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console
from portability.database import options as database

FORMATS = ("text", "json", "github", "sarif")
GROUPS = ("service", "file", "key")
USUAL = 0.5
"""The confidence from which on a finding counts: concluding.USUAL."""


@click.command(name="scan", help="Find the hosts, credentials and endpoints that tie the code to production.")
@click.argument("paths", nargs=-1, metavar="[PATHS | -]")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to tell it.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.option("--since", metavar="REF", help="Only on lines that git says are new since the commit.")
@click.option("--as", "name", metavar="PATH", help="The file that standard input (-) stands for.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule; may be repeated.")
@click.option("--skip-rule", "skipped", multiple=True, metavar="ID", help="Not this rule; may be repeated.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=USUAL,
    show_default=True,
    help="From how sure on.",
)
@click.option("--by", type=click.Choice(GROUPS), default=None, help="Put findings together.")
@click.option("--apart", is_flag=True, help="Only what others wrote or a tool made; usually left out.")
@click.option("--engine", is_flag=True, help="Ask a secret scanner too: portability-toolkit[secrets].")
@click.option("--explain", is_flag=True, help="Say of each finding why it is one; show notes too.")
@click.option("--show-secrets", is_flag=True, help="Show credentials; on a terminal only.")
@click.option("--accept", is_flag=True, help="Take what is shown into portability-decisions.yaml.")
@click.option("--reason", metavar="TEXT", help="Why it is accepted.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 although there are findings.")
@click.option(
    "--inventory",
    "inventory",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Tell whose a host, bucket or queue is by what portability inventory wrote.",
)
@click.option("--no-cache", is_flag=True, help="Look at all files, and keep nothing for the next scan.")
@database.reading
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import scan as work

    return work.called(console, **given)
