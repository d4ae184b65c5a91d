"""`portability campaign report`: one page of a campaign, which needs nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from portability.campaign.records import Record
from portability.campaign.store import Store
from portability.commands.campaign.common import store_of
from portability.console import Console
from portability.errors import ExitCode
from portability.reports import campaign_html
from portability.system.files import write_atomic


def called(console: Console, run: str, output: Path | None) -> int:
    """Writes the page and prints where it is; the exit code."""
    store = store_of(console.settings())
    console.out(str(write(store, store.load(run), output)))
    return ExitCode.OK


def write(store: Store, record: Record, output: Path | None = None) -> Path:
    """Writes the page, beside the record if no other place is named; its path."""
    file = output or store.run(record.id) / "report.html"
    base = Path(os.path.relpath(store.folder, file.absolute().parent)).as_posix()
    write_atomic(file, campaign_html.render(record, f"{base}/").encode("utf-8"))
    return file
