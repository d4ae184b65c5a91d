"""New Relic's documented answers, by a server of this machine: a 200 may hold an error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from portability.campaign import observers
from portability.campaign.observers.door import Window
from portability.campaign.observers.newrelic import NewRelic, quoted
from portability.errors import Unfinished, UsageError

WINDOW = Window(1_796_040_000.0, 1_796_040_120.0)
TIME = {"begin": 1_796_040_000_000, "end": 1_796_040_120_000}
SPENT = [
    {
        "facet": "PHP",
        "segmentName": "PHP",
        "beginTimeSeconds": 1_796_040_060,
        "endTimeSeconds": 1_796_040_120,
        "ms": 31.0,
    },
    {
        "facet": "PHP",
        "segmentName": "PHP",
        "beginTimeSeconds": 1_796_040_000,
        "endTimeSeconds": 1_796_040_060,
        "ms": 30.5,
    },
    {
        "facet": "MySQL",
        "segmentName": "MySQL",
        "beginTimeSeconds": 1_796_040_000,
        "endTimeSeconds": 1_796_040_060,
        "ms": None,
    },
]
SLOW = [
    {"facet": "WebTransaction/store", "transactionName": "WebTransaction/store", "ms": 812.4},
    {"facet": "x", "transactionName": "WebTransaction/home", "ms": 90.0},
]


def results(rows: object, window: Mapping[str, int] = TIME) -> dict[str, Any]:
    return {"data": {"actor": {"account": {"nrql": {"results": rows, "metadata": {"timeWindow": window}}}}}}


def error(kind: str, message: str = "no") -> dict[str, Any]:
    return {
        "data": {"actor": {"account": None}},
        "errors": [{"message": message, "extensions": {"errorClass": kind}}],
    }


@dataclass
class Graph:
    url: str = ""
    answers: list[tuple[int, object]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def observer(self, application: str = "Shop LT") -> NewRelic:
        given = {"account": "1234567", "application": application, "key": "NRAK-FAKE", "endpoint": self.url}
        found = NewRelic.of("apm", given, {})
        found.sleep = self.slept.append
        return found


@pytest.fixture
def graph() -> Iterator[Graph]:
    graph = Graph()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            graph.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            graph.keys.append(self.headers["API-Key"])
            status, told = graph.answers.pop(0)
            data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    graph.url = f"http://127.0.0.1:{server.server_address[1]}/graphql"
    yield graph
    server.shutdown()
    server.server_close()
    thread.join()


def test_time_per_subsystem_and_slow_transactions_of_exactly_the_window(graph: Graph) -> None:
    graph.answers = [(200, results(SPENT)), (200, results(SLOW))]
    seen = graph.observer("Shop's \\ LT").observe(WINDOW)
    mysql, php = seen.series
    assert (php.name, php.points) == ("PHP", ((1_796_040_000.0, 30.5), (1_796_040_060.0, 31.0)))
    assert mysql.points == ((1_796_040_000.0, None),)
    assert seen.facts["slow transaction 1"] == "WebTransaction/store: 812 ms"
    first = graph.asked[0]["variables"]
    assert first["account"] == 1234567
    assert "SINCE 1796040000000 UNTIL 1796040120000 LIMIT MAX" in first["nrql"]
    assert "appName = 'Shop\\'s \\\\ LT' FACET segmentName TIMESERIES 1 minute" in first["nrql"]
    assert set(graph.keys) == {"NRAK-FAKE"}
    assert seen.skipped == ()


@pytest.mark.parametrize("kind", ["TIMEOUT", "SERVER_ERROR", "INTERNAL_SERVER_ERROR"])
def test_an_error_inside_a_200_that_passes_is_tried_again(kind: str, graph: Graph) -> None:
    graph.answers = [(200, error(kind)), (503, "busy"), (200, results(SPENT)), (200, results(SLOW))]
    assert len(graph.observer().observe(WINDOW).series) == 2
    assert graph.slept == [2.0, 4.0]


def test_minutes_that_come_late_are_asked_for_again(graph: Graph) -> None:
    long = Window(WINDOW.start, WINDOW.end + 120)
    last = {**SPENT[0], "beginTimeSeconds": 1_796_040_180, "ms": 33.0}
    nothing = {**last, "ms": None}
    graph.answers = [(200, results([*SPENT, nothing])), (200, results([*SPENT, last])), (200, results(SLOW))]
    seen = graph.observer().observe(long)
    assert seen.series[1].points[-1] == (1_796_040_180.0, 33.0)
    assert graph.slept == [20.0]


def test_minutes_that_never_come_are_told(graph: Graph) -> None:
    graph.answers = [(200, results(SPENT))] * 7 + [(200, results(SLOW))]
    seen = graph.observer().observe(Window(WINDOW.start, WINDOW.end + 240))
    assert "the last minutes had not come after 120 s" in seen.skipped
    assert graph.slept == [20.0] * 6


def test_too_many_questions_are_asked_again(graph: Graph) -> None:
    graph.answers = [(429, "slowly"), (200, results(SPENT)), (200, results(SLOW))]
    assert len(graph.observer().observe(WINDOW).series) == 2


def test_an_answer_of_another_form_costs_no_campaign(graph: Graph) -> None:
    for odd in ([{"ms": 5}], [{"beginTimeSeconds": "soon", "ms": 1.0}]):
        graph.answers = [(200, results(odd))]
        seen = observers.end([graph.observer()], WINDOW)
        assert "what it was told is not understood" in seen.skipped[0]
    graph.answers = [(200, {**results(SPENT)}), (200, results(SLOW))]
    graph.answers[0][1]["data"]["actor"]["account"]["nrql"]["metadata"] = None  # type: ignore[index]
    assert graph.observer().observe(WINDOW).skipped == ()


def test_europe_has_a_host_of_its_own() -> None:
    given = {"account": "1", "application": "a", "key": "k"}
    asked = {region: NewRelic.of("apm", {**given, "region": region}, {}).endpoint for region in ("us", "EU")}
    assert asked["us"] == "https://api.newrelic.com/graphql"
    assert asked["EU"] == "https://api.eu.newrelic.com/graphql"


def test_a_key_that_is_refused_is_told_and_not_tried_again(graph: Graph) -> None:
    graph.answers = [(200, error("BAD_API_KEY", "The API key is invalid"))]
    with pytest.raises(
        UsageError, match="New Relic refuses the key: BAD_API_KEY: The API key is invalid"
    ) as told:
        graph.observer().observe(WINDOW)
    assert "NRAK" not in str(told.value)
    assert len(graph.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, error("INVALID_QUERY", "NRQL Syntax Error")), "INVALID_QUERY: NRQL Syntax Error"),
        ((200, "<html>"), "status 200, no JSON"),
        ((200, ["odd"]), "status 200, no object of JSON"),
        ((200, {"data": {"actor": {"account": None}}}), "is the account's number right"),
    ],
)
def test_anything_else_is_told(answer: tuple[int, object], words: str, graph: Graph) -> None:
    graph.answers = [answer]
    with pytest.raises(Unfinished, match=words):
        graph.observer().observe(WINDOW)


def test_a_window_that_was_moved_and_no_data_are_notes(graph: Graph) -> None:
    moved = {"begin": TIME["begin"] - 300_000, "end": TIME["end"]}
    graph.answers = [(200, results([], moved)), (200, results([]))]
    assert graph.observer().observe(WINDOW).skipped == (
        "no data of the application Shop LT in the window",
        "the window was moved by -300 and +0 s",
    )


def test_a_long_window_has_no_more_buckets_than_it_may(graph: Graph) -> None:
    graph.answers = [(200, results([])), (200, results([]))]
    graph.observer().observe(Window(0, 60 * 1000))
    assert "TIMESERIES 3 minutes" in graph.asked[0]["variables"]["nrql"]


def test_the_settings_must_say_enough() -> None:
    for given in (
        {},
        {"account": "x", "application": "a", "key": "k"},
        {"account": "1", "application": "a", "key": "k", "region": "ap"},
    ):
        with pytest.raises(UsageError):
            NewRelic.of("apm", given, {})
    assert quoted("a'b") == "'a\\'b'"
    assert "Fake" not in repr(NewRelic("n", 1, "a", "Fake-Key"))
