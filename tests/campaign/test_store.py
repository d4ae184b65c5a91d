"""Writers at the same time, and writers that are killed, lose and tear nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from portability.campaign import journal, records, rows
from portability.campaign.store import Store
from portability.commands.campaign.run import _noted
from portability.console import Console
from portability.errors import NothingExamined, Refused
from tests.campaign.made import record

ROOT = Path(__file__).resolve().parents[2]
WRITER = """\
import sys
from pathlib import Path
from portability.campaign import rows
from portability.campaign.store import Store
from tests.campaign.made import record
store, name, count = Store(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for number in range(count):
    made = record(f"{name}-{number:04d}", (1.0, 2.0, 3.0), notes="x" * 2000)
    store.save(made)
    store.change(lambda table: table.with_row(rows.cells(made)))
    print(made.id, flush=True)
"""


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def runs(store: Store) -> list[str]:
    place = store.table().place(journal.KEY)
    assert place is not None
    return [row.cells[place] for row in store.table().rows]


def test_eight_writers_lose_no_row(tmp_path: Path) -> None:
    store = Store(tmp_path / "campaigns")
    started = [writer(store.folder, f"w{number}", 20) for number in range(8)]
    told = [line for one in started for line in one.communicate(timeout=120)[0].split()]
    assert [one.returncode for one in started] == [0] * 8
    assert sorted(runs(store)) == sorted(told)
    assert len(told) == 160
    assert {len(row.cells) for row in store.table().rows} == {10}
    assert (store.folder / ".gitignore").read_text() == "*\n"


def killed_writers(folder: Path, times: int, seed: int) -> None:
    store, told = Store(folder), []
    chance = random.Random(seed)
    for number in range(times):
        one = writer(folder, f"k{number:03d}", 1_000_000)
        assert one.stdout is not None
        told.append(one.stdout.readline().strip())
        time.sleep(chance.random() * 0.03)
        os.kill(one.pid, signal.SIGKILL)
        told += [line for line in one.communicate()[0].split("\n")[:-1] if line]
    assert set(filter(None, told)) <= set(runs(store))
    assert len(set(runs(store))) == len(runs(store))
    assert {len(row.cells) for row in store.table().rows} == {10}
    for name in store.names():
        assert store.load(name).notes == "x" * 2000
    store.change(lambda table: table.with_row(rows.cells(record("last"))))
    assert not list(folder.glob(".portability-*"))


def test_writers_that_are_killed_tear_nothing(tmp_path: Path) -> None:
    killed_writers(tmp_path, 5, seed=1)


@pytest.mark.prove
def test_writers_that_are_killed_a_hundred_times_tear_nothing(tmp_path: Path) -> None:
    killed_writers(tmp_path, 100, seed=2)


FULL = """\
import sys
from pathlib import Path
from portability.campaign import rows
from portability.campaign.store import Store
from portability.errors import Unfinished
from tests.campaign.made import record
store, kept = Store(Path(sys.argv[1])), 0
try:
    for number in range(1000):
        made = record(f"r{number:04d}", (1.0, 2.0, 3.0), notes="x" * 2000)
        store.change(lambda table: table.with_row(rows.cells(made)))
        kept += 1
except Unfinished as error:
    print(error)
print(kept, len(store.table().rows), len({len(row.cells) for row in store.table().rows}))
print(len(list(store.folder.glob(".portability-*"))))
"""


def test_a_full_disk_takes_no_row_and_leaves_nothing_behind(tmp_path: Path) -> None:
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are not allowed here")
    script = 'mount -t tmpfs -o size=120k tmpfs "$1" && shift && exec "$@"'
    words = [sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(
        [*unshare, script, "sh", str(tmp_path), *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = done.stdout.split("\n")
    assert "no space left on device" in told[0]
    kept, found, widths = told[-3].split()
    assert (kept == found, int(kept) > 10, widths, told[-2]) == (True, True, "1", "0")


def test_one_campaign_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.campaign(), pytest.raises(Refused, match="another campaign runs"), Store(tmp_path).campaign():
        pass
    with store.campaign():
        pass


def test_a_record_is_found_by_name_beginning_and_last(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("20261101-1", "20261102-1", "20261102-2"):
        store.save(record(name, (1.0,)))
    assert store.load("last").id == "20261102-2"
    assert store.load("20261101") == record("20261101-1", (1.0,))
    for name in ("20261102", "2025", ""):
        with pytest.raises(NothingExamined):
            store.load(name)


def test_what_cannot_be_read_is_left_out_of_all(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(record("a"))
    (store.run("b")).mkdir(parents=True)
    (store.run("b") / "run.json").write_text("{}")
    assert [one.id for one in store.every()] == ["a"]


def test_a_table_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.journal.write_bytes(b"our,own\n1,2\n")
    with pytest.raises(Exception, match="header is gone"):
        store.change(lambda table: table.with_row(rows.cells(record("a"))))
    assert store.journal.read_bytes() == b"our,own\n1,2\n"


def test_a_journal_that_is_none_any_more_takes_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, made = Store(tmp_path / "campaigns"), record("20261130-1", (1.0,))
    store.save(made)
    assert _noted(Console(), store, made)
    store.journal.write_text("somebody's shopping list\n")
    assert not _noted(Console(), store, made)
    told = capsys.readouterr().err
    assert "the journal's header is gone" in told
    assert "portability campaign journal --restore adds it" in told
    assert store.journal.read_text() == "somebody's shopping list\n"


def test_a_row_that_was_filled_while_it_ran_gets_its_results(tmp_path: Path) -> None:
    store, made = Store(tmp_path / "campaigns"), record("20261130-1", (1.0,))
    begun = {**rows.cells(replace(made, verdict="")), "Focus": "the store"}
    store.change(lambda table: table.with_row(begun))
    assert _noted(Console(), store, made)
    row = store.table().cells(made.id)
    assert row["Results"].startswith("held; ")
    assert row["Focus"] == "the store"
    store.change(lambda table: table.with_row({**row, "Results": "mine"}, ("Results",)))
    assert _noted(Console(), store, made)
    assert store.table().cells(made.id)["Results"] == "mine"


def test_a_record_of_an_older_release_is_read() -> None:
    told = json.loads(records.dump(record("a", [10.0, 11.0])))
    for name in ("application", "statement"):
        del told[name]
    assert records.load(json.dumps(told).encode(), "run.json") == record("a", [10.0, 11.0])
