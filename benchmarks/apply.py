"""Measures an apply, stage by stage, on real PHP files that got many values, and prints a row of the table.

    python -m benchmarks.apply [--work DIR] [--files N] [--each N]

Each of N files of Debian's PHP applications gets so many statements that hold a host of production's, of
50 different ones. `portability apply --yes` then plans, proves (with PHP), lints and writes them all; so
does this, stage by stage. One file of twenty is a third party's, which an apply leaves alone: 5,240 files
of 100 are 500,000 edits. Memory is what all processes hold together.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.memory import watched
from benchmarks.trees import assemble
from portability.applying import apply as work
from portability.console import Console
from portability.planning import proving
from portability.planning.project import Wishes, planned
from portability.proving.php import Php
from portability.reports import plan as report
from portability.settings.project import load

HOSTS = 50
"""How many different values the code holds, and so how many keys come of them."""

_OPENS = re.compile(rb"<\?(?:php\b|=)")
_ODD = re.compile(rb"__halt_compiler|^\s*namespace\s[^;{]*\{", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Stages:
    """Seconds of the clock and of processors (this process and its children) by stage."""

    taken: dict[str, tuple[float, float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures the block."""
        wall, cpu = time.perf_counter(), _cpu()
        yield
        self.taken[name] = (time.perf_counter() - wall, _cpu() - cpu)
        print(f"  {name:<8} {self.taken[name][0]:7.2f} s, {self.taken[name][1]:7.2f} s CPU", flush=True)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def prepared(source: Path, target: Path, files: int, each: int) -> int:
    """A project of so many files, each with `each` values; how many files there are."""
    made = 0
    for path in sorted(source.rglob("*.php")):
        if made == files:
            break
        data = path.read_bytes()
        opened = max((m.start() for m in _OPENS.finditer(data)), default=-1)
        if opened < 0 or _ODD.search(data) or len(data) > 400_000:
            continue
        closed = data.rfind(b"?>")
        lead = b"\n" if closed < opened else b"\n<?php\n" if data.rstrip().endswith(b"?>") else b""
        if not lead:
            continue
        lines = (f"$made_{n} = 'https://w{(made + n) % HOSTS}.shop.example/page/{n}';\n" for n in range(each))
        place = target / "code" / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data + lead + "".join(lines).encode())
        made += 1
    (target / "portability.yaml").write_text("version: 1\nproduction: {hosts: ['*.shop.example']}\n")
    return made


def main() -> None:
    """Makes the tree, applies it in this process and prints what each stage took."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description="Measure an apply, stage by stage.")
    parser.add_argument("--work", type=Path, default=cache / "portability-benchmarks")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--each", type=int, default=100)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    tree = options.work / "apply"
    shutil.rmtree(tree, ignore_errors=True)
    made = prepared(assemble(options.work)["L"], tree, options.files, options.each)
    print(f"{made} files, {options.each} values each", flush=True)
    with watched() as peak:
        told = applied(tree)
    print(f"{told}, {peak}")


def applied(tree: Path) -> str:
    """What `apply --yes` does, its lines for people thrown away; the sum of it in words."""
    stages = Stages()
    console = Console()
    started, cpu = time.perf_counter(), _cpu()
    settings = load(tree)
    with stages.stage("plan"):
        _, plan = planned(settings, Wishes(), date.today())
    with stages.stage("prove"):
        proven = proving.prove(settings, plan, Php.find())
    with stages.stage("tell"):
        lines = [*report.summary(proven.plan, console), report.proof(proven.report, "")]
        print(f"           {lines[-1]}")
    with stages.stage("write"):
        work.write(settings, proven.plan)
    wall, used = time.perf_counter() - started, _cpu() - cpu
    edits, files = proven.plan.edits, len(proven.plan.files)
    return (
        f"{edits:,} edits in {files:,} files, {len(proven.unproven)} not proven: "
        f"{wall:.1f} s, {used:.1f} s CPU, {used / edits * 1000:.3f} ms CPU an edit"
    )


if __name__ == "__main__":
    sys.exit(main())
