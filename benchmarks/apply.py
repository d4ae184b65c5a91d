"""Measures an apply, stage by stage, on real PHP files that got many values, and prints a row of the table.

    python -m benchmarks.apply [--work DIR] [--files N] [--each N]

Each of N files of Debian's PHP applications gets so many statements that hold a host of production's, of
50 different ones. `portability apply --yes` then plans, proves (with PHP), lints and writes them all.
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

from benchmarks.trees import assemble
from portability import apply as work
from portability import proving
from portability.php import Php
from portability.planning import Wishes, planned
from portability.settings import load

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
    stages = Stages()
    print(f"{made} files, {options.each} values each", flush=True)
    started, cpu = time.perf_counter(), _cpu()
    settings = load(tree)
    with stages.stage("plan"):
        _, plan = planned(settings, Wishes(), date.today())
    with stages.stage("prove"):
        proven = proving.prove(settings, plan, Php.find())
    with stages.stage("write"):
        work.write(settings, proven.plan)
    edits = proven.plan.edits
    memory = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"{edits:,} edits in {len(proven.plan.files):,} files, {len(proven.unproven)} not proven: "
        f"{time.perf_counter() - started:.1f} s, {_cpu() - cpu:.1f} s CPU, {memory / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    sys.exit(main())
