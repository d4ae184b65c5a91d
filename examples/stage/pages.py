"""The requests that show the whole fan-club application, by name, for either side."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from examples.stage import names
from examples.stage.messages import Request, Upload

FAN = "fan0007@fans.example"
FAN_ID = "7"
FAN_PASSWORD = "fan-7-pw"
ADMIN_TOKEN = "Fake-Pr0d-Admin-Token"
SESSION_COOKIE = "STARCLUBSESS"


def session_of(email: str) -> str:
    """Return the session id that the application derives from a fan."""
    return hashlib.sha256(f"starclub:{email}".encode()).hexdigest()[:32]


def fan_cookies(email: str = FAN, number: str = FAN_ID) -> dict[str, str]:
    """Return the cookies of a fan who has logged in before."""
    return {"userId": number, SESSION_COOKIE: session_of(email)}


def pages(side: str, rabbitmq: bool = False) -> list[tuple[str, Request]]:
    """Return every page of a side in an order in which each finds what it needs."""
    values = names.load_values()

    def url(host: str, path: str) -> str:
        return f"http://{names.on_side(host + '.starclub.example', side, values)}{path}"

    found = [*_public(side, values, url), *_of_fans(url), *_moved(url), *_files_and_office(side, values, url)]
    if rabbitmq:
        ticket = {"event": "2", "quantity": "3"}
        order = Request(url("www", "/order"), "POST", ticket, cookies=fan_cookies())
        found.append(("order", order))
    return found


Url = Callable[[str, str], str]
Named = list[tuple[str, Request]]


def _public(side: str, values: Mapping[str, str], url: Url) -> Named:
    """Return what a stranger sees first."""
    apex = names.on_side("starclub.example", side, values)
    balancer = names.on_side("starclub-prod.eu-west-1.elasticbeanstalk.com", side, values)
    return [
        ("home", Request(url("www", "/"))),
        ("bare name", Request(f"http://{apex}/demo/store")),
        ("balancer", Request(f"http://{balancer}/demo/events")),
        ("fan club", Request(url("www", "/demo/fanclub"))),
        ("events", Request(url("www", "/demo/events"))),
        ("store", Request(url("www", "/demo/store"))),
        ("iframe fan club", Request(url("widgets", "/fanclub"))),
        ("iframe events", Request(url("widgets", "/events"))),
        ("iframe store", Request(url("widgets", "/store"))),
        ("iframe unknown", Request(url("widgets", "/index.php?page=nothing"))),
        ("widget script", Request(url("widgets", "/widget.js"))),
    ]


def _of_fans(url: Url) -> Named:
    """Return logins, pages of a fan, an upload and an order."""
    good = {"email": FAN, "password": FAN_PASSWORD, "rememberMe": "1"}
    fan = fan_cookies()
    picture = Upload("picture", "me.png", b"\x89PNG fake picture", "image/png")
    return [
        ("login by GET", Request(url("www", "/login"))),
        ("login empty", Request(url("www", "/login"), "POST", {"email": "", "password": ""})),
        ("login wrong", Request(url("www", "/login"), "POST", {**good, "password": "no"})),
        ("login good", Request(url("www", "/login"), "POST", good)),
        ("fan club, logged in", Request(url("www", "/demo/fanclub"), cookies=fan)),
        ("events, logged in", Request(url("www", "/demo/events"), cookies=fan)),
        ("store, logged in", Request(url("www", "/demo/store"), cookies=fan)),
        ("upload, stranger", Request(url("www", "/upload"), "POST", {}, upload=picture)),
        ("upload", Request(url("www", "/upload"), "POST", {}, cookies=fan, upload=picture)),
        ("upload, no file", Request(url("www", "/upload"), "POST", {}, cookies=fan)),
        ("order, stranger", Request(url("www", "/order"), "POST", {"event": "1"})),
        ("order unknown", Request(url("www", "/order"), "POST", {"event": "99"}, cookies=fan)),
    ]


def _moved(url: Url) -> Named:
    """Return what leads elsewhere."""
    return [
        ("old shop", Request(url("www", "/shop"))),
        ("old fan page", Request(url("www", "/fan/12"))),
        ("go store", Request(url("www", "/go.php?to=store"))),
        ("go widgets", Request(url("www", "/go.php?to=widgets"))),
        ("go cdn", Request(url("www", "/go.php?to=cdn"))),
        ("go own", Request(url("www", "/go.php?url=" + url("static", "/css/site.css")))),
        ("go foreign", Request(url("www", "/go.php?url=http://elsewhere.example/"))),
        ("go nowhere", Request(url("www", "/go.php?to=nowhere"))),
        ("log out", Request(url("www", "/go.php?to=logout"))),
    ]


def _files_and_office(side: str, values: Mapping[str, str], url: Url) -> Named:
    """Return files, the pages of the office, and one that is not there."""
    token = names.on_side(ADMIN_TOKEN, side, values)
    friend = {"Referer": url("www", "/demo/fanclub")}
    return [
        (
            "hot link",
            Request(url("www", "/img/x.png"), headers={"Referer": "http://else.example/"}),
        ),
        ("friendly link", Request(url("www", "/img/x.png"), headers=friend)),
        ("robots", Request(url("www", "/robots.txt"))),
        ("sitemap", Request(url("www", "/sitemap.xml"))),
        ("crossdomain", Request(url("www", "/crossdomain.xml"))),
        ("script", Request(url("static", "/js/app.js"))),
        ("vendor script", Request(url("static", "/js/vendor.min.js"))),
        ("style", Request(url("static", "/css/site.css"))),
        ("logo", Request(url("static", "/img/logo.svg"))),
        ("admin, stranger", Request(url("admin", "/index.php"))),
        ("admin", Request(url("admin", f"/index.php?token={token}"))),
        ("reports, stranger", Request(url("admin", "/reports.php"))),
        ("reports", Request(url("admin", f"/reports.php?token={token}"))),
        ("missing", Request(url("www", "/no/such/page"))),
    ]
