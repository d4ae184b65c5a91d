"""Records the runs that comparisons page by page are tested on: the fan club on real Apache, PHP and MariaDB.

    chrt -r 1 python -m benchmarks.campaign_pages tests/campaign/recorded

The stage's namespaces hold the servers and Locust. Fans log in and look at four pages, their frames and a
style. `pages.json` are runs of one state. Those of `page-slower.json`, in between, have one change: the
store's page takes a fifth more, by the time that fans waited for it before. Both meet what else the machine
does; chrt lets them go before it. It takes about 15 minutes. `pages-later.json` is the first state again, an
hour later.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.campaign_runs import driven, kept
from examples.stage import Stage
from portability.campaign import loads, records
from portability.campaign.records import Figures, Repetition
from portability.campaign.rows import middle

ROOT = Path(__file__).resolve().parents[1]
HOSTS = {name: f"{name}.starclub.example" for name in ("www", "widgets", "static")}
SLOWER, MORE = "Logged In Store Page", 0.2
SAME, CHANGED = 24, 8
LOAD = loads.load("ramp", 8, 8, 20)
PAGE = "public/demo/store.php"
WAIT = """<?php
$until = hrtime(true) + {nanoseconds};
while (hrtime(true) < $until) {{
}}
?>"""


def scenario(folder: Path) -> Path:
    """The fan club's own scenario, with fans who wait 0.2 s."""
    shutil.copytree(ROOT / "examples" / "fanclub" / "locust", folder)
    file = folder / "locustfile.py"
    text = file.read_text("utf-8").replace("between(1, 10)", "between(0.1, 0.3)")
    file.write_text(text, "utf-8")
    return file


def record(app: Path, scratch: Path, out: Path) -> None:
    """All runs, inside of the stage."""
    file = scenario(scratch / "locust")
    page = app / PAGE
    before = page.read_text("utf-8")
    allow = [f"{host}:80" for host in HOSTS.values()]
    variables = {f"PORTABILITY_SITE_{name.upper()}": f"http://{host}" for name, host in HOSTS.items()}

    def run(number: int, words: str) -> Repetition:
        time.sleep(3)  # PHP looks for changed files every two seconds.
        done = driven(scratch, number, LOAD, file, allow, variables, words)
        for one in done.errors:
            raise RuntimeError(f"{one.name}: {one.message}")
        return replace(
            done, seconds=(), names=tuple(replace(n, figures=short(n.figures)) for n in done.names)
        )

    first = [run(number, "first") for number in range(3)]
    waited = middle([one.figures.p50 for r in first for one in r.names if one.name == SLOWER])
    after = WAIT.format(nanoseconds=round(MORE * waited * 1e6)) + before
    print(f"fans wait {waited:.2f} ms for the store", flush=True)
    runs: dict[str, list[Repetition]] = {"pages": [], "page-slower": []}
    every = SAME // CHANGED + 1
    for number in range(SAME + CHANGED):
        name = "page-slower" if number % every == every - 1 else "pages"
        page.write_text(after if name == "page-slower" else before, "utf-8")
        runs[name].append(run(number + 10, name))
        made = kept(name, LOAD, runs[name])
        (out / f"{name}.json").write_bytes(
            records.dump(replace(made, scenario="benchmarks/campaign_pages.py"))
        )


def short(figures: Figures) -> Figures:
    """The figures with as many digits as they are worth."""
    names = ("throughput", "p50", "p95", "p99", "longest")
    return replace(figures, **{name: round(getattr(figures, name), 3) for name in names})


def main() -> None:
    """Starts the stage, and itself again inside of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        record(options.inside / "fanclub", options.inside, options.folder)
        return
    with tempfile.TemporaryDirectory(prefix="campaign-pages-") as scratch:
        app = Path(scratch) / "fanclub"
        shutil.copytree(ROOT / "examples" / "fanclub", app, symlinks=True)
        with Stage(Path(scratch) / "logs") as stage:
            stage.serve(app, "production")
            itself = [sys.executable, "-m", "benchmarks.campaign_pages", str(options.folder.resolve())]
            done = stage.run([*itself, "--inside", scratch], ROOT, timeout=3600)
    sys.stdout.write(done.stdout.decode() + done.stderr.decode())
    if done.code:
        raise SystemExit(done.code)


if __name__ == "__main__":
    main()
