"""A campaign that is asked for in, its record out: gate, lock, load, judgement, all kept as it goes.

Whatever ends it (Ctrl-C, an error, a guard), what was measured until then is in the record.
"""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from portability.attestation import gate
from portability.attestation.envelopes import Verifies
from portability.attestation.gate import Wanted
from portability.campaign import (
    comparison,
    cost,
    generator,
    judging,
    knee,
    observers,
    pricetable,
    readings,
    rows,
    scenario,
    words,
)
from portability.campaign.driving import Master, driving
from portability.campaign.generator import Engine
from portability.campaign.intervals import Heard
from portability.campaign.observers import Observer, Window
from portability.campaign.pricetable import Table
from portability.campaign.reach import Reach, variables
from portability.campaign.records import Load, Record, Repetition, Series
from portability.campaign.status import status
from portability.campaign.store import Store
from portability.errors import PortabilityError, Refused, Unfinished
from portability.settings.project import Settings
from portability.system.files import write_atomic

STARTING = 60.0
"""Seconds that the generator may take before the load begins; workers of other machines have longer."""
STATEMENT = "attestation.json"
"""A campaign's copy of what it was allowed by: the next verification writes over the file."""
EVERY = 0.5
"""Seconds between two looks at what the generator wrote."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for."""

    environment: str
    scenario: Path
    load: Load
    attestation: Path
    key: Verifies
    wanted: Wanted = field(default_factory=Wanted)
    repetitions: int = 1
    engine: Engine = field(default_factory=Engine)
    focus: str = ""
    notes: str = ""
    links: str = ""
    master: Master | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how it goes: `line` is written over and over on a terminal, `say` stays."""

    line: Callable[[str], object] = lambda text: None
    say: Callable[[str], object] = lambda text: None


class Running(Protocol):
    """A generator that runs, here or on other machines."""

    @property
    def alive(self) -> bool: ...

    @property
    def problem(self) -> str: ...

    @property
    def code(self) -> int | None: ...

    @property
    def log(self) -> Path | str: ...

    def lines(self) -> list[str]: ...

    def wait(self, seconds: float) -> None: ...

    def end(self) -> None: ...

    def log_text(self) -> str: ...


@dataclass(slots=True)
class _Campaign:
    """One campaign while it runs."""

    settings: Settings
    asked: Asked
    reach: Reach
    store: Store
    watch: Watch
    record: Record
    prices: Table | None = None
    stopped: bool = False
    heard: list[Heard] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.store.run(self.record.id)


def run(
    settings: Settings,
    asked: Asked,
    reach: Reach,
    store: Store,
    watching: Sequence[Observer],
    watch: Watch,
) -> Record:
    """Runs the campaign and keeps it. `verdict` of the record says what came of it.

    Refused without an attestation that holds, while another campaign runs, and where the scenario names
    a host that is not on the list: nothing was sent then.
    """
    prices = pricetable.load(settings.root / settings.campaign.prices) if settings.campaign.prices else None
    digest = scenario.digest(asked.scenario)
    scenario.check(asked.scenario)
    with store.campaign():
        now = datetime.now(UTC)
        statement = gate.require(settings, asked.attestation, asked.key, asked.environment, now, asked.wanted)
        record = Record(
            id=f"{now:%Y%m%d-%H%M%S}-{randomness.token_hex(2)}",
            environment=asked.environment,
            application=asked.wanted.application,
            started=now.isoformat(timespec="seconds"),
            load=asked.load,
            scenario=digest,
            commit=statement.deployed.commit,
            release=statement.release,
            attestation=f"{statement.result}, {statement.finished:%Y-%m-%d %H:%M} UTC, {asked.attestation}",
            size=settings.campaign.size,
            locust=generator.check(),
            processes=_processes(asked),
            focus=asked.focus,
            notes=asked.notes,
            links=asked.links,
            statement=STATEMENT,
        )
        before = _before(store, asked.environment)
        record = replace(record, changes=rows.changes(settings.root, before, record.commit))
        write_atomic(store.run(record.id) / STATEMENT, asked.attestation.read_bytes())
        campaign = _Campaign(settings, asked, reach, store, watch, record, prices)
        return _whole(campaign, watching)


def _processes(asked: Asked) -> int:
    """How many make the load."""
    return asked.master.workers if asked.master else asked.engine.workers or asked.engine.processes


def _before(store: Store, environment: str) -> Record | None:
    return next((one for one in reversed(list(store.every())) if one.environment == environment), None)


def _whole(campaign: _Campaign, watching: Sequence[Observer]) -> Record:
    """All repetitions, then what they tell together."""
    asked = campaign.asked
    observers.begin(watching)
    try:
        for number in range(1, asked.repetitions + 1):
            if _reset(campaign):
                _same_release(campaign)
            _repetition(campaign, number)
            if campaign.stopped or campaign.heard[-1].blocked:
                break
            _same_release(campaign)
    except KeyboardInterrupt:
        campaign.stopped = True
    except (Refused, Unfinished) as error:
        if not campaign.record.repetitions:
            raise
        campaign.record = replace(campaign.record, refused=error.message)
    finally:
        if campaign.record.repetitions:
            start = campaign.record.repetitions[0].started
            seen = observers.end(watching, Window(start, generator.now()))
        else:
            seen = observers.leave(watching)
    series = (*seen.series, _busy(campaign.heard))
    read = readings.shares(series)
    facts = {**seen.facts, "Reads": readings.told(read)} if read else seen.facts
    record = replace(campaign.record, series=series, skipped=seen.skipped, facts=facts)
    record = _judged(record, campaign)
    campaign.store.save(record)
    return record


def _busy(heard: Sequence[Heard]) -> Series:
    """How busy the generator was: its busiest process, of one core."""
    points = tuple((one.at, one.cpu) for run in heard for one in run.states)
    return Series("busiest process", "Generator (% of a core)", "%", "generator", points)


def _judged(record: Record, campaign: _Campaign) -> Record:
    settings, valid = campaign.settings, record.valid
    broke = tuple(judging.broke(settings.campaign.objective, valid))
    verdict = (
        "interrupted"
        if campaign.stopped
        else "invalid"
        if record.refused or not valid
        else "broken"
        if broke
        else "held"
    )
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    record = replace(record, broke=broke, verdict=verdict, ended=ended)
    if record.load.shape == "steps" and valid:
        record = replace(record, knee=knee.of(record, settings.campaign.objective))
    if campaign.prices:
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(record.started)).total_seconds()
        record = replace(record, cost=cost.cost(campaign.prices, seconds))
    if not campaign.stopped and (other := comparison.last_like(record, campaign.store.every())):
        with suppress(PortabilityError):
            record = replace(record, comparison=comparison.compare(other, record))
    return record


def _reset(campaign: _Campaign) -> bool:
    """Puts the replica's data back, where the settings say how; whether they do."""
    command = campaign.settings.campaign.reset
    if command:
        campaign.watch.line("putting the replica's data back")
        generator.reset(command, campaign.settings.root)
    return bool(command)


def _same_release(campaign: _Campaign) -> None:
    """Refused where something else is served now than at the beginning, attested meanwhile or not.

    The attestation had to be young when the campaign began: it may grow older while it runs.
    """
    asked, record, now = campaign.asked, campaign.record, datetime.now(UTC)
    age = asked.wanted.max_age + (now - datetime.fromisoformat(record.started))
    wanted = replace(asked.wanted, max_age=age)
    found = gate.require(campaign.settings, asked.attestation, asked.key, asked.environment, now, wanted)
    if (found.deployed.commit, found.release) != (record.commit, record.release):
        words = (
            f"another release is served now: {found.release} of {found.deployed.commit[:7]}, "
            f"and it began with {record.release} of {record.commit[:7]}"
        )
        raise Refused(words, str(asked.attestation), "runs of two releases are two campaigns")


def _repetition(campaign: _Campaign, number: int) -> None:
    """One run of the load, kept in the record."""
    asked, folder = campaign.asked, campaign.folder
    before, heard, begun = generator.machine(), Heard(), generator.now()
    campaign.heard.append(heard)
    with _started(campaign, number) as it:
        try:
            _follow(campaign, it, heard, number)
        except KeyboardInterrupt:
            campaign.stopped = True
            campaign.watch.line("stopping the generator; what was measured is kept")
        _end(campaign, it)
        heard.hear(it.lines())
    if not heard.started:
        _not_started(campaign, it, heard)
    found = _measured(campaign, it, heard, _totals(folder, number), before, begun)
    record = campaign.record
    campaign.record = replace(record, repetitions=(*record.repetitions, found))
    which = f"run {number} of {asked.repetitions}"
    campaign.watch.say(f"{which}: {rows.figures([found.figures])}")
    for problem in found.problems:
        campaign.watch.say(f"{which} does not count: {problem}")
    for cause in found.disturbed:
        campaign.watch.say(f"{which} was disturbed: {cause}")
    campaign.store.save(campaign.record)  # Told before: a full disk must not take that, too.


def _end(campaign: _Campaign, it: Running) -> None:
    """Ends the generator; whoever interrupts that, too, does not take what was measured."""
    try:
        it.end()
    except KeyboardInterrupt:
        campaign.stopped = True
        it.end()


def _not_started(campaign: _Campaign, it: Running, heard: Heard) -> None:
    """Raises what kept the load from beginning; nothing was sent. Not where somebody interrupted it."""
    said, where = words.of(it.log_text(), campaign.asked.scenario)
    if it.code == generator.WRONG_HOST:
        raise Refused(said, where, "nothing was sent; campaign.allow lists further hosts")
    if heard.others:
        raise Refused(judging.another_bundle(heard), hint="portability campaign workers writes it anew")
    if heard.blocked or words.BLOCKED in said:
        what = judging.wanted(judging.refused(heard)) if heard.blocked else said.removeprefix(words.BLOCKED)
        hint = "nothing was sent; requests belong into tasks and on_start"
        raise Refused(f"{what}, while it was loaded", where, hint)
    if not campaign.stopped:
        if campaign.asked.master:
            raise Unfinished(f"the load did not start: {said}", str(it.log))
        raise Unfinished(f"the load did not start: {said}", where, f"all that Locust said: {it.log}")


def _started(campaign: _Campaign, number: int) -> AbstractContextManager[Running]:
    """The generator, on this machine or on others."""
    asked, folder = campaign.asked, campaign.folder
    config = folder / f"campaign-{number}.json"
    out, totals = folder / f"intervals-{number}.jsonl", folder / f"totals-{number}.json"
    write_atomic(config, _config(campaign.reach, asked, out))
    if asked.master:
        run, line = f"{campaign.record.id}-{number}", campaign.watch.line
        return driving(asked.master, run, asked.load, out, totals, STARTING * 10, line)
    values = {name: str(value) for name, value in campaign.reach.values.items()}
    values |= variables(campaign.reach)
    return generator.running(asked.scenario, folder, number, config, asked.engine, values)


def _config(reach: Reach, asked: Asked, out: Path) -> bytes:
    steps = [[step.until, step.users, step.rate] for step in asked.load.steps]
    told = {"allow": reach.allow, "denied": reach.denied, "steps": steps, "out": str(out)}
    told["wants"] = asked.engine.bundle
    return json.dumps(told).encode("utf-8")


def _follow(campaign: _Campaign, it: Running, heard: Heard, number: int) -> None:
    """Watches until it ends, and ends it where it goes on for too long, or wants to go where it may not."""
    asked = campaign.asked
    starting = STARTING * (10 if asked.engine.workers else 1)
    begun = generator.now()
    while it.alive:
        it.wait(EVERY)
        heard.hear(it.lines())
        campaign.watch.line(status(asked.load, heard, number, asked.repetitions))
        late = heard.started + asked.load.seconds + STARTING if heard.started else begun + starting
        if heard.blocked or heard.others or generator.now() > late:
            return


def _totals(folder: Path, number: int) -> Sequence[dict[str, Any]] | None:
    """What Locust itself counted, by name; None where it wrote nothing whole."""
    try:
        told = json.loads((folder / f"totals-{number}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, list) else None


def _measured(
    campaign: _Campaign,
    it: Running,
    heard: Heard,
    totals: Sequence[dict[str, Any]] | None,
    before: tuple[float, ...],
    begun: float,
) -> Repetition:
    after, whose = generator.machine(), "this machine"
    ticks = max(after[0] - before[0], 1.0)
    idle, stolen, niced = (100 * (after[at] - before[at]) / ticks for at in (1, 2, 3))
    if campaign.asked.master:
        whose, niced = "a worker's machine", 0.0
        idle = min((one for one, _ in heard.machines), default=100.0)
        stolen = max((one for _, one in heard.machines), default=0.0)
    problems = list(judging.problems(campaign.asked.load, heard, totals))
    if it.problem and heard.code is None and not campaign.stopped:
        problems.insert(0, it.problem)
    if not heard.all.requests and (complaint := words.complaint(it.log_text())):
        problems.append(f"Locust says: {complaint}")
    if campaign.stopped:
        problems.insert(0, rows.INTERRUPTED)
    return Repetition(
        started=heard.started or begun,
        ended=heard.stopped or generator.now(),
        figures=heard.all.figures(heard.took),
        names=heard.names(),
        errors=tuple(sorted(heard.errors, key=lambda one: -one.count))[:50],
        seconds=heard.seconds(),
        problems=tuple(dict.fromkeys(problems)),
        disturbed=tuple(judging.disturbed(heard, stolen, idle, whose, niced)),
        blocked=judging.refused(heard),
    )
