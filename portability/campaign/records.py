"""A campaign as it is kept: what was asked of the generator, what came of it, in and out of run.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from portability.errors import UsageError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Step:
    """So many users, reached by so many more or fewer a second, until `until` seconds after the start."""

    until: float
    users: int
    rate: float


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of the generator: a shape (ramp, spike or steps), its two knobs, and its steps."""

    shape: str
    users: int
    rate: float
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.steps[-1].until


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured over requests: counts, requests a second, and percentiles in milliseconds."""

    requests: int
    failures: int
    throughput: float
    p50: float
    p95: float
    p99: float
    longest: float

    @property
    def failed(self) -> float:
        """The share of failures, in percent."""
        return 100 * self.failures / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class Named:
    """The figures of the requests of one name."""

    name: str
    method: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Failure:
    """A message with which requests of a name failed, and how often."""

    name: str
    method: str
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class Series:
    """Values over time: `points` are (seconds since 1970, value), the value None where nothing is known.

    `group` is the chart that it stands in, `source` which observer told it, `unit` of the values.
    """

    name: str
    group: str
    unit: str
    source: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True)
class Second:
    """One second of load: users, answers, failures, and percentiles in milliseconds (None: no answer)."""

    at: float
    users: int
    requests: int
    failures: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run of the load: when (seconds since 1970), what came of it, and what makes it worthless.

    `problems` say why it does not count as a run of the load that was asked for; `disturbed` what besides
    the replica may have slowed it; `blocked` whom the generator's guard did not let it reach.
    """

    started: float
    ended: float
    figures: Figures
    names: tuple[Named, ...] = ()
    errors: tuple[Failure, ...] = ()
    seconds: tuple[Second, ...] = ()
    problems: tuple[str, ...] = ()
    disturbed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of two campaigns: ratio new to old, its interval, and what is said of it.

    `verdict` is worse, better, same or inconclusive; `visible` is the smallest change, as a share, that so
    many repetitions of such noise would have shown; `p` is Holm's.
    """

    figure: str
    before: float
    after: float
    ratio: float
    low: float
    high: float
    p: float
    visible: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A campaign against another one: every figure's, the verdict of all, and what else is another."""

    other: str
    verdict: str
    figures: tuple[Compared, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knee:
    """Where throughput stops growing with users; `reached` False says that it was still growing.

    `breaks` is the first step's users at which the objective broke, None if none did.
    """

    reached: bool
    users: float | None
    most: float
    breaks: int | None = None
    limit: str = ""
    points: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What the replica costs: an hour, and the campaign's window, by the prices of a day.

    `most` and `window_most` are the same where all that grows under load is as large as it may get.
    """

    currency: str
    hour: float
    window: float
    day: str
    lines: tuple[tuple[str, float], ...] = ()
    unpriced: tuple[str, ...] = ()
    most: float = 0.0
    window_most: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """A campaign. `verdict` is held, broken, invalid or interrupted; `size` tells the replica's size.

    `application` is the one that was attested, of several.
    `statement` is the file beside the record that keeps the attestation as it was checked.
    `refused` is why it was not gone on with: the release was another, or its data could not be put back.
    """

    id: str
    environment: str
    started: str
    load: Load
    scenario: str
    version: int = VERSION
    ended: str = ""
    verdict: str = ""
    commit: str = ""
    release: str = ""
    attestation: str = ""
    size: str = ""
    locust: str = ""
    processes: int = 1
    repetitions: tuple[Repetition, ...] = ()
    series: tuple[Series, ...] = ()
    skipped: tuple[str, ...] = ()
    changes: str = ""
    focus: str = ""
    notes: str = ""
    links: str = ""
    broke: tuple[str, ...] = ()
    refused: str = ""
    comparison: Comparison | None = None
    knee: Knee | None = None
    cost: Cost | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    application: str = ""
    statement: str = ""

    @property
    def begun(self) -> datetime:
        """When it started, in this machine's time zone."""
        return datetime.fromisoformat(self.started).astimezone()

    @property
    def valid(self) -> tuple[Repetition, ...]:
        """The repetitions that are runs of the load that was asked for."""
        return tuple(one for one in self.repetitions if not one.problems)


def dump(record: Record) -> bytes:
    """The bytes of run.json."""
    return json.dumps(asdict(record), ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n"


def load(data: bytes, where: str) -> Record:
    """The campaign that run.json holds; UsageError where it is none, or a newer version's."""
    try:
        told = json.loads(data)
        if told.get("version") != VERSION:
            raise UsageError(f"this is version {told.get('version')} of a campaign, not {VERSION}", where)
        found: Record = _made(Record, told)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UsageError("this is no campaign's record", where, "is it what campaign run wrote?") from None
    return found


def _made(kind: Any, told: Any) -> Any:
    """The value of a type that JSON told."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if told is None:
            return None
        return _made(next(one for one in inner if one is not NoneType), told)
    if origin is tuple:
        kinds = [inner[0]] * len(told) if inner[1] is Ellipsis else inner
        return tuple(_made(one, part) for one, part in zip(kinds, told, strict=True))
    if origin is Mapping:
        return {str(name): str(value) for name, value in told.items()}
    return _plain(kind, told)


_LATER = {Record: ("application", "statement"), Cost: ("most", "window_most"), Comparison: ("notes",)}
"""What a record of an older release of this version lacks: it has the default there."""


def _newer(kind: Any, name: str) -> bool:
    return name in _LATER.get(kind, ())


def _plain(kind: Any, told: Any) -> Any:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        maker: Any = kind
        return maker(
            **{
                one.name: _made(hints[one.name], told[one.name])
                for one in fields(kind)
                if one.name in told or not _newer(kind, one.name)
            }
        )
    if kind is float and isinstance(told, int):
        return float(told)
    if not isinstance(told, kind):
        raise TypeError
    return told
