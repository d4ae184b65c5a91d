"""Makes a SQL dump of some size, scans it, and prints the seconds, MB/s and the largest process in MiB.

    python -m benchmarks.dumps [--size MiB] [--hits SHARE] [--form mysqldump|copy|rows] [--work DIR]

The dump is as many tools write it: extended inserts of one line each, a block of COPY, or an INSERT a
row. `--hits` is the share of its rows in which a host of the project stands. It is deleted afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = """<?php
$link = mysqli_connect('db1.shop.example', 'shop', 'Fake-0001-Pw');
setcookie('a', 'b', 0, '/', '.shop.example');
"""
WORDS = (
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by "
    "word but not what all were we when your can said there use an each which she do how their if will up"
).split()
COLUMNS = "ID post_author post_date post_content post_title post_status comment_count".split()
TABLE, IN_A_STATEMENT, DIFFERENT = "wp_posts", 4_000, 20_000


def texts(hits: float) -> list[tuple[str, str]]:
    """Content and title of some thousand rows, from which a dump is made."""
    chance = random.Random(1)
    found = []
    for _ in range(DIFFERENT):
        content = " ".join(chance.choices(WORDS, k=chance.randint(20, 120)))
        if chance.random() < hits:
            content += " see https://www.shop.example/order.php for it"
        found.append((content, " ".join(chance.choices(WORDS, k=4))))
    return found


def _row(number: int, content: str, title: str) -> list[str]:
    return [str(number), str(number % 97), "2024-01-02 10:00:00", content, title, "publish", "0"]


def _quoted(row: list[str]) -> str:
    return "(" + ",".join(cell if cell.isdigit() else f"'{cell}'" for cell in row) + ")"


def mysqldump(rows: list[list[str]]) -> str:
    """An extended insert."""
    columns = ", ".join(f"`{name}`" for name in COLUMNS)
    return f"INSERT INTO `{TABLE}` ({columns}) VALUES " + ",".join(map(_quoted, rows)) + ";\n"


def copy(rows: list[list[str]]) -> str:
    """A block of COPY."""
    lines = "".join("\t".join(row) + "\n" for row in rows)
    return f"COPY public.{TABLE} ({', '.join(COLUMNS)}) FROM stdin;\n{lines}\\.\n\n"


def single(rows: list[list[str]]) -> str:
    """An INSERT for each row."""
    return "".join(f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES {_quoted(row)};\n" for row in rows)


FORMS: dict[str, Callable[[list[list[str]]], str]] = {"mysqldump": mysqldump, "copy": copy, "rows": single}


def write(path: Path, size: int, hits: float, form: str) -> None:
    """A dump of at least so many bytes."""
    chance, known = random.Random(2), texts(hits)
    number = written = 0
    with path.open("wb") as file:
        while written < size:
            rows = [_row(number + n, *chance.choice(known)) for n in range(IN_A_STATEMENT)]
            number += len(rows)
            written += file.write(FORMS[form](rows).encode())


def scan(folder: Path) -> tuple[float, float, float, int]:
    """Seconds on the clock, seconds of all processors, MiB of the largest process, findings."""
    report = folder.parent / "report.json"
    start = time.perf_counter()
    done = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "portability",
            "-C",
            str(folder),
            "scan",
            "--format",
            "json",
            "-o",
            str(report),
        ],
        cwd=ROOT,
    )
    _, status, used = os.wait4(done.pid, 0)
    seconds = time.perf_counter() - start
    done.returncode = os.waitstatus_to_exitcode(status)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the scan ended with {done.returncode}")
    cpu = used.ru_utime + used.ru_stime
    return seconds, cpu, used.ru_maxrss / 1024, len(json.loads(report.read_text("utf-8"))["findings"])


def told(size: int, hits: float, form: str, work: Path | None) -> Iterator[str]:
    """Makes the dump, scans it and yields the lines to print."""
    with tempfile.TemporaryDirectory(dir=work) as name:
        folder = Path(name) / "project"
        folder.mkdir()
        (folder / "portability.yaml").write_text("version: 1\n")
        (folder / "a.php").write_text(CODE)
        dump = folder / "dump.sql"
        write(dump, size, hits, form)
        real = dump.stat().st_size
        seconds, cpu, memory, findings = scan(folder)
    yield f"{form}: {real / 2**20:,.0f} MiB, a hit in {hits:.2%} of the rows, {findings} findings told"
    rates = f"{real / 1e6 / seconds:.1f} MB/s, {real / 1e6 / cpu:.1f} MB/s a processor"
    yield f"{seconds:.1f} s, {cpu:.1f} s CPU   {rates}   {memory:.0f} MiB"


def main() -> None:
    """Prints what a scan of one dump takes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=256, help="MiB")
    parser.add_argument("--hits", type=float, default=0.001)
    parser.add_argument("--form", choices=tuple(FORMS), default="mysqldump")
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    for line in told(given.size * 2**20, given.hits, given.form, given.work):
        print(line)


if __name__ == "__main__":
    main()
