"""Measures a scan beside other scanners, in turns on the same trees, and writes docs/performance.md.

    python -m benchmarks.scan [--work DIR] [--rounds N] [--trees 1SM]

Everything runs in a network namespace without any network: what is found in the trees is asked nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.peers import Peer, peers
from benchmarks.trees import assemble, size

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
OFFLINE = ("unshare", "--map-root-user", "--net")
ACCEPTED = {0, 1, 200, 205}
"""Exit codes that say that the scan was done, findings or not."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: seconds on the clock, seconds of processors, the largest process in MiB."""

    wall: float
    cpu: float
    memory: float


def run(peer: Peer, tree: Path) -> Run:
    """One run; raises RuntimeError where the program fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [*OFFLINE, *peer.on(tree)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PAGE.parents[1],
        stdin=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ACCEPTED:
        raise RuntimeError(f"{peer.name} ended with {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(tree: Path, programs: list[Peer], rounds: int) -> dict[str, Run]:
    """The median run of each program; a first round warms the page cache and isn't counted."""
    runs: dict[str, list[Run]] = {peer.name: [] for peer in programs}
    for number in range(rounds + 1):
        for peer in programs:
            done = run(peer, tree)
            if number:
                runs[peer.name].append(done)
    return {
        name: Run(*(median(getattr(r, field) for r in done) for field in ("wall", "cpu", "memory")))
        for name, done in runs.items()
    }


def table(trees: dict[str, Path], results: dict[str, dict[str, Run]], programs: list[Peer]) -> str:
    """The page's table: seconds, and how many times portability's."""
    sizes = {name: size(trees[name]) for name in results}
    heads = [
        f"{name}: {files:,} file{'s' * (files > 1)}, {data / 1e6:.1f} MB"
        for name, (files, data) in sizes.items()
    ]
    lines = ["| program | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for peer in programs:
        cells = []
        for done in results.values():
            one, own = done[peer.name], done["portability"]
            cells.append(
                f"{one.wall:.2f} s ({one.wall / own.wall:.2f}), {one.cpu:.2f} s CPU, {one.memory:.0f} MiB"
            )
        lines.append(f"| {peer.name} {peer.version} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Assembles, measures, and puts the table between the page's two marks."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description="Measure a scan beside other scanners.")
    parser.add_argument("--work", type=Path, default=cache / "portability-benchmarks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trees", default="1SML", help="which trees, by letter")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["XDG_CACHE_HOME"] = str(options.work / "cache")
    trees = assemble(options.work)
    for name, tree in trees.items():
        _as_repository(tree, options.work / "git" / name)
    programs = peers(options.work)
    results = {}
    for name in options.trees:
        results[name] = measured(trees[name], programs, options.rounds)
        print(name, {peer: round(one.wall, 2) for peer, one in results[name].items()}, flush=True)
    cpus = len(os.sched_getaffinity(0))
    where = f"{cpus} processors, {platform.python_implementation()} {platform.python_version()}, Linux"
    told = f"{where}; medians of {options.rounds} runs in turns, page cache warm, no network.\n\n"
    before, _, rest = PAGE.read_text().partition("<!-- measured -->\n")
    _, mark, after = rest.partition("<!-- end -->")
    PAGE.write_text(f"{before}<!-- measured -->\n{told}{table(trees, results, programs)}\n{mark}{after}")


def _as_repository(tree: Path, folder: Path) -> None:
    """Puts the tree under git's control, for `git status`; git's own files lie elsewhere."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "--quiet", "--separate-git-dir", folder, tree], check=True)
        subprocess.run(["git", "-C", tree, "add", "--all", "--force"], check=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
