"""`portability campaign run`: gated load on the replica, judged, kept in the journal."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from portability.attestation import signing
from portability.attestation.gate import Wanted
from portability.campaign import bundle, cost, generator, judging, loads, machines, reach, rows, running
from portability.campaign.bundle import Packed
from portability.campaign.generator import Engine
from portability.campaign.journal import Table
from portability.campaign.observers import found as observers
from portability.campaign.records import Load, Record
from portability.campaign.running import Asked, Watch
from portability.campaign.store import Store
from portability.commands.campaign import report
from portability.commands.campaign.common import age, path_of, seconds, store_of
from portability.console import Console, one_line
from portability.errors import ExitCode, Interrupted, PortabilityError, Refused, UsageError
from portability.settings.project import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """What the call says; empty where the settings or a default are meant."""

    environment: str
    application: str = ""
    shape: str | None = None
    users: int | None = None
    rate: float | None = None
    time: str | None = None
    levels: str = ""
    repetitions: int | None = None
    processes: int | None = None
    workers: int = 0
    bind: str = ""
    master: str | None = None
    scenario: Path | None = None
    attestation: Path | None = None
    key: Path | None = None
    max_age: str | None = None
    waivers: bool = True
    focus: str = ""
    notes: str = ""
    links: tuple[str, ...] = ()


def start(console: Console, options: Options) -> int:
    """Runs it, keeps it, and tells what came of it."""
    settings = console.settings()
    asked = _asked(console, settings, options)
    url = _url(settings, options)
    places = machines.places(url, "")
    allowed = reach.reach(settings, options.environment, options.application, machines=places)
    if url or options.workers:
        key = machines.key_of(settings, allowed.values, needed=bool(url))
        packed = bundle.pack(asked.scenario, allowed, generator.check(), key)
        asked = _elsewhere(settings, options, asked, url, key, packed)
    store = store_of(settings)
    one = settings.of(options.application)
    watching = observers(one, options.environment, allowed.values)
    with console.line() as line:

        def say(text: str) -> None:
            line("")  # What stays begins where the line stood.
            console.say(text)

        record = running.run(settings, asked, allowed, store, watching, Watch(line, say))
    noted = _noted(console, store, record)
    if store.is_open:
        console.say(f"{store.journal} seems to be open in a spreadsheet: reload it before you save it there")
    drawn = _drawn(console, store, record)
    code = tell(console, settings, record)
    return code if (noted and drawn) or code else ExitCode.UNFINISHED


def _noted(console: Console, store: Store, record: Record) -> bool:
    """Writes the journal's row; what keeps it from being written takes nothing else away."""

    def row(table: Table) -> Table:
        there = table.cells(record.id).get("Results", "")  # Somebody may have filled cells meanwhile.
        return table.with_row(rows.cells(record), ("Results",) if there.startswith(rows.UNFINISHED) else ())

    try:
        store.change(row)
    except PortabilityError as error:
        console.say(f"no row in {store.journal}: {error.message}")
        console.say("portability campaign journal --restore adds it once that is mended")
        return False
    return True


def _drawn(console: Console, store: Store, record: Record) -> bool:
    """Writes the report; what keeps it from being written takes nothing else away."""
    try:
        console.say(f"report {report.write(store, record)}")
    except PortabilityError as error:
        console.say(f"no report: {error.message}; portability campaign report {record.id} writes it")
        return False
    return True


def tell(console: Console, settings: Settings, record: Record) -> int:
    """Prints the result; the exit code of it."""
    store = store_of(settings)
    console.out(f"{record.id}  {one_line(rows.results(record))}")
    if record.cost:
        for words in cost.told(record.cost, date.today()):
            console.say(one_line(words))
    else:
        which = f"portability campaign prices --env {record.environment}"
        console.say(f"the replica is still running, and costs until it is taken down; what: {which}")
    console.say(f"kept in {store.run(record.id)}, journal {store.journal}")
    for failure in _worst(record):
        console.say(one_line(failure))
    for skipped in record.skipped:
        console.say(f"not seen: {one_line(skipped)}")
    blocked = [who for one in record.repetitions for who in one.blocked]
    if blocked:
        hint = "campaign.allow lists further hosts of the replica's"
        raise Refused(f"{judging.wanted(blocked)}; it was stopped", str(store.run(record.id)), hint)
    if record.refused:
        raise Refused(f"it was not gone on with: {record.refused}", str(store.run(record.id)))
    if record.verdict == "interrupted":
        raise Interrupted("interrupted; what was measured is kept", str(store.run(record.id)))
    if len(record.valid) < len(record.repetitions):
        return ExitCode.UNFINISHED
    worse = record.comparison is not None and record.comparison.verdict == "worse"
    return ExitCode.FINDINGS if worse or record.verdict == "broken" else ExitCode.OK


def _worst(record: Record) -> list[str]:
    """What most requests failed with."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for run in record.repetitions:
        for one in run.errors:
            counts[one.method, one.name, one.message] += one.count
    return [f"failed: {n:,} x {method} {name}: {words}" for (method, name, words), n in counts.most_common(3)]


def _asked(console: Console, settings: Settings, options: Options) -> Asked:
    campaign = settings.campaign
    key = signing.public_key(path_of(settings, options.key, campaign.key, "--key"))
    maximum = age(options.max_age or campaign.max_age)
    focus = options.focus
    if not focus and console.can_ask():
        focus = console.ask_text(
            "What is the focus of this campaign (Enter: none)?", "--focus", optional=True
        )
    return Asked(
        options.environment,
        machines.scenario_of(settings, options.scenario),
        _load(settings, options),
        path_of(settings, options.attestation, campaign.attestation, "--attestation"),
        key,
        Wanted(options.environment, maximum, "", options.waivers, options.application),
        options.repetitions or campaign.repetitions,
        _engine(settings, options),
        focus,
        options.notes,
        " ".join(options.links),
    )


def _engine(settings: Settings, options: Options) -> Engine:
    if options.workers and options.processes:
        raise UsageError("--processes are of this machine, and --workers of others", hint="say one of them")
    if options.bind and not options.workers:
        raise UsageError("--bind is where workers of other machines come to", hint="--workers says how many")
    if options.bind and not re.fullmatch(r".*:[0-9]{1,5}", options.bind):
        raise UsageError(f"--bind must be HOST:PORT, not {one_line(options.bind)}", hint="*:5557 is usual")
    return Engine(options.processes or settings.campaign.processes, options.workers, options.bind)


def _url(settings: Settings, options: Options) -> str:
    """Where the master is that is to make the load; '' for this machine."""
    if options.master is None:
        return ""
    if options.processes or options.bind:
        raise UsageError("--processes and --bind are of a master on this machine", hint="leave out --master")
    url = settings.campaign.machines.url if options.master == "settings" else options.master
    if not url:
        hint = "--master URL, or campaign.machines.url"
        raise UsageError("the settings do not say where the master is", settings.campaign.where, hint)
    return url


def _elsewhere(
    settings: Settings, options: Options, asked: Asked, url: str, key: str, packed: Packed
) -> Asked:
    """The same, made by other machines, which have to have the bundle that would be packed now."""
    if url:
        return replace(asked, master=machines.master_of(settings, url, key, packed, options.workers))
    return replace(asked, engine=replace(asked.engine, bundle=packed.digest))


def _load(settings: Settings, options: Options) -> Load:
    campaign = settings.campaign
    try:
        levels = [int(one) for one in options.levels.split(",") if one]
    except ValueError:
        raise UsageError("--steps are numbers of users, such as 20,40,80") from None
    shape = "steps" if levels else options.shape or campaign.shape
    users = levels[-1] if levels else options.users or campaign.users
    length = seconds(options.time, "--time") if options.time else campaign.seconds
    rate = options.rate or campaign.rate or (float(users) if shape == "spike" else 0.0)
    return loads.load(shape, users, rate, length, levels)
