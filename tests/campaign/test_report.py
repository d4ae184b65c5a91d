"""The report of a campaign in a real browser: charts, zoom, keys, and nothing that leaves the page."""

from __future__ import annotations

import hashlib
import math
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from portability.campaign import comparison, knee, loads
from portability.campaign.charts import draw
from portability.campaign.records import Cost, Failure, Named, Record, Repetition, Second, Series
from portability.reports.campaign_html import render
from portability.settings.campaigns import Objective
from tests.campaign.made import figures, record

VENDOR = Path(__file__).resolve().parents[2] / "portability" / "_vendor" / "uplot"
START = 1_796_040_000
EVIL = "</script><img src=https://evil.invalid/x.png onerror=alert(1)>"
MARKS = "\u2028 & <b>"


def series(name: str, group: str, unit: str, count: int = 120) -> Series:
    points = tuple((START + n + 0.4, None if n == 30 else 50 + 40 * math.sin(n / 9)) for n in range(count))
    return Series(name, group, unit, "x", points)


def run(start: float, p50: float, users: int = 50) -> Repetition:
    seconds = tuple(
        Second(start + n, users, 100, n % 7 == 0, p50, p50 * 3, None if n == 9 else p50 * 5)
        for n in range(60)
    )
    names = (Named("Logged In Store Page", "GET", figures(p50)), Named(EVIL, "GET", figures(p50)))
    errors = (Failure("Log In", "POST", f"E-mail is wrong {MARKS}", 7),)
    return Repetition(start, start + 60, figures(p50), names, errors, seconds, disturbed=("steal of 4.0 %",))


def whole() -> Record:
    """A campaign that has everything."""
    made = record("20261130-120000-ab12", notes=EVIL, focus="the store", facts={"aws cluster": "a (writer)"})
    made = replace(
        made,
        repetitions=tuple(run(START + 70 * n, 100 + n) for n in range(3)),
        series=(
            series("writer reads", "Queries: writer against reader", "/s"),
            series("reader reads", "Queries: writer against reader", "/s"),
            series("cache CPU", "CPU per cache node", "%"),
            series(EVIL, "Time per subsystem", "ms"),
            Series("evicted", "Cache evictions", "/s", "x", ((START + 1.0, 0.0), (START + 2.0, None))),
        ),
        skipped=("aws: no data of AWS/RDS Queries",),
        cost=Cost("USD", 1.2, 0.04, "2026-11-01", (("3 x database", 1.2),), ("load balancer",)),
    )
    other = replace(made, id="20261129", repetitions=tuple(run(START + 70 * n, 80 + n) for n in range(3)))
    return replace(made, comparison=comparison.compare(other, made))


def stepped() -> Record:
    load = loads.load("steps", 100, 20, 240, (20, 40, 60, 80, 100))
    seconds = tuple(
        Second(START + n, 20 * (n // 48 + 1), min(20 * (n // 48 + 1), 62), 0, 5.0, 9.0, 12.0)
        for n in range(240)
    )
    made = record("b", load=load, repetitions=(Repetition(START, START + 240, figures(5), seconds=seconds),))
    return replace(made, knee=knee.of(made, Objective()))


@dataclass
class Shown:
    """A page, and all that it wanted and complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def shown(browser: Browser, tmp_path: Path, made: Record, width: int = 1280, dark: bool = False) -> Shown:
    file = tmp_path / "report.html"
    file.write_text(render(made, "../../"), "utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    found = Shown(context.new_page())

    def asked(request: Request) -> None:
        found.asked.append(request.url)

    def said(message: ConsoleMessage) -> None:
        found.said.append(message.text)

    found.page.on("request", asked)
    found.page.on("console", said)
    found.page.on("pageerror", lambda error: found.said.append(str(error)))
    found.page.goto(file.as_uri())
    found.page.wait_for_selector("html[data-ready=true]")
    return found


def ink(page: Page, at: int) -> int:
    """How many pixels of a chart's canvas are not empty."""
    script = """at => { const c = document.querySelectorAll("canvas")[at];
        const k = new OffscreenCanvas(c.width, c.height).getContext("2d", {willReadFrequently: true});
        k.drawImage(c, 0, 0); const d = k.getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"""
    return int(page.evaluate(script, at))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False)])
def test_every_chart_is_drawn_and_nothing_leaves_the_page(
    width: int, dark: bool, browser: Browser, tmp_path: Path
) -> None:
    found = shown(browser, tmp_path, whole(), width, dark)
    page = found.page
    titles = page.locator("figcaption").all_inner_texts()
    assert titles == [
        "Users and throughput",
        "Response time",
        "Failures",
        "Queries: writer against reader",
        "CPU per cache node",
        "Time per subsystem",
    ]
    page.wait_for_function("document.querySelectorAll('canvas').length === 6")
    assert all(ink(page, at) > 2000 for at in range(6))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)")
    assert [url for url in found.asked if not url.startswith(("file:", "data:"))] == []
    assert found.said == []
    assert "worse" in page.locator("h2", has_text="Against 20261129").inner_text()
    assert page.locator("dd", has_text="evil.invalid").inner_text() == EVIL
    row = page.get_by_role("row", name="E-mail is wrong")
    assert row.get_by_role("cell").all_inner_texts()[:3] == ["POST Log In", "21", "3 of 3"]
    tiles = page.locator(".tiles li").all_inner_texts()
    assert tiles[0].split("\n") == ["Users", "50", "10 a second"]
    assert [one.split("\n")[1:] for one in tiles if one.startswith("p95")] == [["303 ms", "+25%, worse"]]
    assert page.locator(".verdict").all_inner_texts() == ["held", "worse than 20261129"]
    assert page.locator("main h2").all_inner_texts()[1:3] == ["The load", "What the servers did"]
    assert page.locator("img").count() == 0
    assert page.get_by_text("Always 0, and not drawn: Cache evictions").count() == 1
    page.context.close()


def test_a_drag_zooms_all_charts_and_a_button_shows_all_again(browser: Browser, tmp_path: Path) -> None:
    found = shown(browser, tmp_path, whole())
    page = found.page
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=8)
    page.mouse.up()
    page.wait_for_selector("html[data-zoomed=true]")
    assert " to " in page.locator("#shown").inner_text()
    page.get_by_role("button", name="Show all").press("Enter")
    page.wait_for_selector("html[data-zoomed=false]")
    assert page.locator("#shown").inner_text() == "the whole campaign"
    assert found.said == []
    page.context.close()


def test_the_keyboard_reaches_every_chart_and_zooms(browser: Browser, tmp_path: Path) -> None:
    found = shown(browser, tmp_path, whole())
    page = found.page
    chart = page.locator("figure").nth(1)
    assert "p95" in str(chart.get_attribute("aria-label"))
    chart.focus()
    before = ink(page, 1)
    page.keyboard.press("+")
    page.wait_for_selector("html[data-zoomed=true]")
    first = page.locator("#shown").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#shown").inner_text() != first
    page.keyboard.press("Escape")
    page.wait_for_selector("html[data-zoomed=false]")
    assert abs(ink(page, 1) - before) < before * 0.2
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "FIGURE"
    assert found.said == []
    page.context.close()


def test_a_change_from_light_to_dark_draws_again(browser: Browser, tmp_path: Path) -> None:
    found = shown(browser, tmp_path, whole())
    script = "c => { c = document.querySelector('canvas'); return c.toDataURL(); }"
    before = found.page.evaluate(script)
    found.page.emulate_media(color_scheme="dark")
    found.page.wait_for_function(f"before => ({script})() !== before", arg=before)
    assert found.said == []
    found.page.context.close()


def test_the_knee_is_drawn(browser: Browser, tmp_path: Path) -> None:
    found = shown(browser, tmp_path, stepped())
    title = found.page.locator("figcaption", has_text="Throughput by users").inner_text()
    assert "the knee is at 6" in title
    assert ink(found.page, 3) > 1000
    assert found.said == []
    found.page.context.close()


def test_times_are_those_of_a_clock_and_forty_series_have_room(browser: Browser, tmp_path: Path) -> None:
    made = replace(whole(), series=tuple(series(f"node {n}", "CPU per cache node", "%") for n in range(40)))
    found = shown(browser, tmp_path, made)
    page = found.page
    wide = page.locator("figure").nth(3).bounding_box()
    assert wide is not None
    assert wide["width"] > 1000
    assert wide["height"] < 450
    over = page.locator(".u-over").first
    over.hover()
    time_row = page.locator(".u-legend .u-series").first
    assert re.search(r"\d\d:\d\d:\d\d", time_row.inner_text())
    assert time_row.is_visible()
    assert found.said == []
    page.context.close()


def test_the_first_second_lies_inside_of_what_is_shown() -> None:
    made = record("a", [5.0])
    second = Second(float(START), 1, 9, 0, 50.0, 500.0, 900.0)
    run = replace(made.repetitions[0], started=START + 0.7, ended=START + 60.2, seconds=(second,))
    drawn = draw(replace(made, repetitions=(run,)))
    assert (drawn["start"], drawn["end"]) == (START, START + 61)


def test_links_lead_to_the_attestation_and_nowhere_unasked(browser: Browser, tmp_path: Path) -> None:
    links = "https://wiki.invalid/1?a=b&c javascript:alert(1)"
    made = replace(whole(), attestation="PASSED", statement="attestation.json", links=links)
    page = shown(browser, tmp_path, made).page
    found = [one.get_attribute("href") for one in page.locator("dl a").all()]
    assert found == [
        "https://wiki.invalid/1?a=b&c",
        f"../../runs/{made.id}/attestation.json",
        "../../journal.csv",
    ]
    page.context.close()


def test_an_empty_campaign_is_a_page_too(browser: Browser, tmp_path: Path) -> None:
    found = shown(browser, tmp_path, record("empty"))
    assert found.page.locator("figure").count() == 0
    assert not found.page.locator("#all").is_visible()
    assert found.said == []
    found.page.context.close()


def test_two_hours_of_forty_series_are_rendered_quickly(tmp_path: Path) -> None:
    made = whole()
    long = tuple(Second(START + n, 50, 100, 0, 9.1, 21.7, 40.3) for n in range(7200))
    made = replace(made, repetitions=(Repetition(START, START + 7200, figures(9), seconds=long),))
    many = tuple(series(f"s{n}", f"Group {n // 4}", "/s", 7200) for n in range(40))
    begun = time.process_time()
    text = render(replace(made, series=many))
    assert time.process_time() - begun < 3
    assert len(text) < 8_000_000


def test_what_was_taken_over_is_what_its_authors_published() -> None:
    lines = (VENDOR / "SOURCE").read_text().splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in lines[1:])}
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in told} == told
    assert set(told) == {"uPlot.iife.min.js", "uPlot.min.css", "LICENSE"}
