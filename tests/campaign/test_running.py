"""Whoever is impatient takes nothing of what was measured: a second Ctrl-C, one while servers are asked."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portability.attestation.gate import Wanted
from portability.campaign import observers, running
from portability.campaign.generator import Engine
from portability.campaign.observers import Observed, Window
from portability.campaign.observers.machine import Machine
from portability.campaign.observers.sampling import Sampled
from portability.campaign.running import Watch
from portability.campaign.store import Store
from portability.errors import Refused, Unfinished
from tests.attesting import KEY, make_gated
from tests.campaign.made import LOAD, record

LINES = ['{"k":"start","t":100}', '{"k":"s","t":101,"n":3,"f":0,"h":[1,3]}', '{"k":"end","t":109,"code":0}']


class Generator:
    """A generator in whose run, and in whose end, Ctrl-C is pressed."""

    alive, problem, code, log = True, "", None, Path()
    ended = 0

    def wait(self, seconds: float) -> None:
        raise KeyboardInterrupt

    def end(self) -> None:
        self.ended += 1
        if self.ended == 1:
            raise KeyboardInterrupt

    def lines(self) -> list[str]:
        return LINES if self.ended > 1 else []

    def log_text(self) -> str:
        return ""


def test_a_second_interrupt_takes_nothing_of_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_started", lambda campaign, number: nullcontext(Generator()))
    asked: Any = SimpleNamespace(load=LOAD, repetitions=3, master=None, engine=Engine())
    unused: Any = None
    store, begun = Store(tmp_path / "campaigns"), record("20261130-1", ())
    campaign = running._Campaign(unused, asked, unused, store, Watch(), begun)
    running._repetition(campaign, 1)
    assert campaign.stopped
    (found,) = store.load("last").repetitions
    assert (found.figures.requests, found.problems[0]) == (3, "it was interrupted")


@pytest.mark.parametrize(("hours", "refused"), [(2, ""), (0.5, "5 h ago; at most 4 h may be")])
def test_an_attestation_that_was_young_at_the_beginning_lasts_for_the_campaign(
    hours: float, refused: str, tmp_path: Path
) -> None:
    gated, now = make_gated(tmp_path), datetime.now(UTC)
    gated.attest(ended=now - timedelta(hours=5))
    asked: Any = SimpleNamespace(
        attestation=gated.file,
        key=KEY.public,
        environment="loadtest",
        wanted=Wanted("loadtest", timedelta(hours=4)),
    )
    started = (now - timedelta(hours=hours)).isoformat(timespec="seconds")
    begun = record("20261130-1", started=started, release=gated.target.label)
    unused: Any = None
    campaign = running._Campaign(gated.settings, asked, unused, Store(tmp_path), Watch(), begun)
    with pytest.raises(Refused, match=refused) if refused else nullcontext():
        running._same_release(campaign)


def test_where_no_load_began_no_server_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*words: object) -> None:
        raise Unfinished("the load did not start")

    monkeypatch.setattr(running, "_repetition", refused)
    monkeypatch.setattr(running, "_reset", lambda campaign: False)
    asked: Any = SimpleNamespace(repetitions=1)
    unused: Any = None
    waited: list[Window] = []
    slow: Any = SimpleNamespace(name="aws", begin=lambda: None, observe=waited.append)
    read = Sampled(Machine("machine"))
    campaign = running._Campaign(unused, asked, unused, Store(tmp_path), Watch(), record("20261130-1"))
    with pytest.raises(Unfinished, match="the load did not start"):
        running._whole(campaign, (slow, read))
    assert waited == []
    assert read._thread is not None
    assert not read._thread.is_alive()


def test_an_interrupt_while_a_server_is_asked_takes_that_server_alone() -> None:
    def asked(window: Window) -> Observed:
        raise KeyboardInterrupt

    slow: Any = SimpleNamespace(name="aws", observe=asked)
    quick: Any = SimpleNamespace(name="db", observe=lambda window: Observed(facts={"role": "writer"}))
    seen = observers.end((slow, quick), Window(0.0, 1.0))
    assert seen.skipped == ("aws: it was interrupted while it was asked",)
    assert seen.facts == {"db role": "writer"}
