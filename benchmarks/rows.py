"""Makes a SQL dump of some size, rewrites it for another environment, and prints what that took.

    python -m benchmarks.rows [--size MiB] [--hits SHARE] [--form mysqldump|rows] [--work DIR]

`--hits` is the share of its rows that hold a URL to replace. Both dumps are deleted afterwards.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.dumps import FORMS, write

ROOT = Path(__file__).resolve().parents[1]
VALUES = {
    "keys.yaml": "WWW_HOST: {service: http, category: host, kind: host}\n",
    "environments/production.yaml": "WWW_HOST: www.shop.example\n",
    "environments/loadtest.yaml": "WWW_HOST: www.shop-lt.example\n",
}


def run(folder: Path, size: int, hits: float, form: str) -> str:
    """One line of figures."""
    for name, text in VALUES.items():
        path = folder / "config/portability" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    old, new = folder / "old.sql", folder / "new.sql"
    write(old, size, hits, form)
    command = [sys.executable, "-m", "portability", "-C", str(folder), "apply"]
    command += ["--database", str(old), "--env", "loadtest", "-o", str(new)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    mebibytes = old.stat().st_size / 2**20
    told = done.stdout.strip().splitlines()[-1]
    old.unlink()
    new.unlink()
    figures = f"{mebibytes:,.0f} MiB, {form}: {seconds:.0f} s of processor, {mebibytes / seconds:.0f} MiB/s"
    return f"{figures}, {after.ru_maxrss // 1024} MiB of memory; {told}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=256, help="MiB")
    parser.add_argument("--hits", type=float, default=0.001)
    parser.add_argument("--form", choices=[form for form in FORMS if form != "copy"], default="mysqldump")
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        print(run(Path(folder), given.size * 2**20, given.hits, given.form))


if __name__ == "__main__":
    main()
