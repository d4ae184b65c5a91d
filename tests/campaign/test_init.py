"""A scenario made of an access log: the pages by their share, their frames, a login, and it runs."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from portability.campaign import accesslog, skeleton
from portability.campaign.surveying import Found
from portability.errors import NothingExamined, Unfinished, UsageError
from portability.settings.crawl import Login, Token
from portability.settings.parameters import Key, Parameter
from tests.campaign.loading import Ground

EXAMPLE = str(Path(__file__).resolve().parents[2] / "examples" / "fanclub" / "locust")
BROWSER = '"Mozilla/5.0 (X11; Linux) \\"quoted\\""'


def line(path: str, referer: str = "-", status: int = 200, method: str = "GET", agent: str = BROWSER) -> str:
    when = "30/Nov/2026:12:00:00 +0000"
    return f'192.0.2.7 - - [{when}] "{method} {path} HTTP/1.1" {status} 512 "{referer}" {agent}\n'


LOG = [
    *[line("/")] * 20,
    *[line(f"/fan/{number}?ref={number}") for number in range(60)],
    *[line("/store")] * 19,
    line("/news/2026"),
    line("/style.css"),
    line("/gone", status=404),
    line("/", agent='"SomeBot/1.0 bot"'),
    line("/login", method="POST"),
    line("/order", method="POST"),
    line("/", method="HEAD"),
    "no line of a log\n",
]
FRAMES = [
    *[line("/box/store", "http://www.shop.example/store")] * 15,
    line("/box/home", "http://www.shop.example/"),
]


def written(path: Path, lines: list[str]) -> Path:
    data = "".join(lines).encode()
    packed = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    path.write_bytes(packed[path.suffix](data) if path.suffix in packed else data)  # type: ignore[operator]
    return path


@pytest.mark.parametrize("name", ["access.log", "access.log.gz", "access.log.bz2", "access.log.xz"])
def test_pages_have_their_share_and_what_is_none_is_counted(name: str, tmp_path: Path) -> None:
    traffic = accesslog.read([written(tmp_path / name, LOG)], [written(tmp_path / "frames.log", FRAMES)])
    assert [(one.path, one.count) for one in traffic.most(3)] == [("/fan/*", 60), ("/", 20), ("/store", 19)]
    assert set(traffic.pages["/fan/*"].samples) < {f"/fan/{number}?ref={number}" for number in range(60)}
    assert len(traffic.pages["/fan/*"].samples) == 50
    assert (traffic.pages["/store"].frame, traffic.pages["/"].frame) == ("/box/store", "")
    assert traffic.logins == {"/login": 1}
    assert dict(traffic.left_out) == {
        "styles, scripts, pictures": 1,
        "answered 404": 1,
        "robots and health checks": 1,
        "sent forms (POST)": 1,
        "HEAD requests": 1,
        "not of the combined format": 1,
    }


def test_a_log_of_virtual_hosts_and_the_common_format_are_read_too(tmp_path: Path) -> None:
    common = '192.0.2.7 - fan [30/Nov/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 5\n'
    traffic = accesslog.read([written(tmp_path / "v.log", ["www.shop.example:443 " + line("/b"), common])])
    assert set(traffic.pages) == {"/a", "/b"}


def test_titles_are_grouped_and_what_is_popular_stays_one_of_its_own(tmp_path: Path) -> None:
    every = [
        *[line(f"/blog/a-title-{word}") for word in "abcdefghijklmnopqrstuvwxyz"],
        *[line("/blog/first-steps")] * 10,
        *[line(f"/{word}/about/") for word in "abcdefghijklmnopqrstuvwxyz"],
        *[line("/shop/de"), line("/shop/fr")],
    ]
    traffic = accesslog.read([written(tmp_path / "a.log", every * 8)])
    counts = {one.path: one.count for one in traffic.most(9)}
    assert counts == {"/blog/*": 208, "/*/about/": 208, "/blog/first-steps": 80, "/shop/de": 8, "/shop/fr": 8}
    assert (traffic.seen, traffic.total) == (55, 512)
    assert len(set(traffic.pages["/blog/*"].samples)) > 10


def test_paths_are_asked_for_as_browsers_did(tmp_path: Path) -> None:
    raw = line("/caf\xe9").encode("latin-1") + line("/straße?q=ä").encode()
    raw += line("/caf\\xC3\\xA9/\\x22").encode() + line("http://www.shop.example/abs?a=b").encode()
    file = tmp_path / "a.log"
    file.write_bytes(raw)
    found = {path: one.samples for path, one in accesslog.read([file]).pages.items()}
    assert found == {
        "/caf\N{REPLACEMENT CHARACTER}": ["/caf%E9"],
        "/straße": ["/stra%C3%9Fe?q=%C3%A4"],
        '/café/"': ["/caf%C3%A9/%22"],
        "/abs": ["/abs?a=b"],
    }


def test_what_ends_the_login_or_is_counted_twice_is_no_page(tmp_path: Path) -> None:
    lines = [line("/"), line("/old", status=301), line("/same", status=304), line("/user/logout?x=1")]
    lines += [line("/", agent='"GoogleOther"'), line("/phone", agent='"Mozilla/5.0 (Android 10; CUBOT X30)"')]
    traffic = accesslog.read([written(tmp_path / "a.log", lines)], (), ("*logout*",))
    assert set(traffic.pages) == {"/", "/same", "/phone"}
    assert traffic.left_out.total() == 3


def test_a_frame_is_asked_for_by_a_path_that_is_there(tmp_path: Path) -> None:
    page = [line("/fan/7")] * 9
    box = [line("/box/7?dark=1", "http://www.shop.example/fan/7")] * 9
    traffic = accesslog.read([written(tmp_path / "a.log", page)], [written(tmp_path / "f.log", box)])
    assert traffic.pages["/fan/*"].frame == "/box/7?dark=1"
    (task,) = skeleton.tasks([Found("/fan/3", private=True)], traffic, "widgets")
    assert task.private
    assert task.frames == (("widgets", "/box/7?dark=1"),)


def test_what_is_no_log_or_holds_no_page_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no access log"):
        accesslog.read([written(tmp_path / "a.log", ["hello\n"])])
    with pytest.raises(NothingExamined):
        accesslog.read([written(tmp_path / "b.log", [line("/a.css")])])
    with pytest.raises(UsageError, match="can't be read"):
        accesslog.read([tmp_path / "missing.log"])
    cut = tmp_path / "cut.log.gz"
    cut.write_bytes(gzip.compress(("".join(LOG) * 50).encode())[:-20])
    with pytest.raises(Exception, match="to its end"):
        accesslog.read([cut])


def test_a_log_that_was_just_rotated_is_empty_and_a_broken_archive_is_told(tmp_path: Path) -> None:
    full, empty, broken = (tmp_path / name for name in ("a.log.1", "a.log", "b.log.gz"))
    full.write_text("no line of a log\n" + line("/"))
    empty.write_text("")
    assert accesslog.read([full, empty]).left_out["not of the combined format"] == 1
    data = bytearray(gzip.compress(line("/").encode() * 50))
    data[10:14] = b"\xff\xff\xff\xff"
    broken.write_bytes(data)
    with pytest.raises(Unfinished, match="the log can't be read to its end"):
        accesslog.read([broken])


def test_the_scenario_has_a_task_a_page_and_is_python(tmp_path: Path) -> None:
    traffic = accesslog.read([written(tmp_path / "a.log", LOG)], [written(tmp_path / "f.log", FRAMES)])
    found = [Found("/", (("widgets", "/box/home"),)), Found("/store", private=True)]
    made = skeleton.tasks(found, traffic, "widgets")
    login = Login("/login", {"email": "x", "pass": "y"}, 0, '"success":true')
    texts = skeleton.files(made, login, ["www", "widgets"])
    for name in ("locustfile.py", "hosts.py", "users.py", "pages.py"):
        compile(texts[name], name, "exec")
    scenario = texts["locustfile.py"]
    assert "@task(600)\n    def fan(self):\n" in scenario
    assert 'self.look(random.choice(pages.of["/fan/*"]), "/fan/*")' in scenario
    assert 'self.look("/", frames=[(hosts.url["widgets"], "/box/home")])' in scenario
    assert 'self.look("/store", frames=[(hosts.url["widgets"], "/box/store")])' in scenario
    logged_in, visitor = scenario.split("class Visitor")
    assert ("def store" in logged_in, "def store" in visitor) == (True, False)
    assert texts["users.csv"] == "email,pass\n"


def made_login(login: Login, form: bool = False) -> dict[str, object]:
    """The names of a scenario whose login is such a one."""
    texts = skeleton.files([skeleton.Task("/", ("/",), 1)], login, ["www"], form)
    text = texts["locustfile.py"].replace("import hosts\nimport users\n", "")
    text = text.replace('hosts.url["www"]', '"http://localhost"')
    names: dict[str, object] = {"__name__": "made"}
    with without_locust():
        exec(compile(text, "locustfile.py", "exec"), names)
    return names


@contextmanager
def without_locust() -> Iterator[None]:
    """Locust patches the whole process: the scenario gets a stand-in for what it takes from there."""
    fake = ModuleType("locust")
    fake.HttpUser, fake.between, fake.task = object, lambda *_: None, lambda _: lambda f: f  # type: ignore[attr-defined]
    before = sys.modules.get("locust")
    sys.modules["locust"] = fake
    try:
        yield
    finally:
        del sys.modules["locust"]
        if before is not None:
            sys.modules["locust"] = before


FORM_PAGE = """<form action=/search><input name=q><input type=hidden name=other value=1></form>
<form method=post><input type='hidden' name="wpLoginToken" value="a&amp;b+\\"><INPUT NAME=wpName>
<input name='wpPassword' type=password><button type=hidden name=go value="x y"></button></form>
<meta name="csrf-token" content='t0ken'>"""


def test_a_login_sends_along_what_its_form_hides() -> None:
    names = made_login(Login("/login", {"wpName": "a", "wpPassword": "b"}, 302), form=True)
    hidden: object = names["hidden_fields"](FORM_PAGE, {"wpName": "", "wpPassword": ""})  # type: ignore[operator]
    assert hidden == {"wpLoginToken": "a&b+\\", "go": "x y"}
    assert names["hidden_fields"]("<p>gone", {"wpName": ""}) == {}  # type: ignore[operator]


@pytest.mark.parametrize(
    "token",
    [
        Token(meta="csrf-token", header="X-CSRF-TOKEN"),
        Token(meta="csrf-token", field="_token"),
        Token(cookie="XSRF-TOKEN", header="X-XSRF-TOKEN"),
        Token(cookie="XSRF-TOKEN", field="_token"),
    ],
)
def test_a_login_with_a_token_is_python(token: Token) -> None:
    names = made_login(Login("/login", {"email": "a", "password": "b"}, 0, "Log out", token=token))
    if token.meta:
        assert names["meta"](FORM_PAGE, "csrf-token") == "t0ken"  # type: ignore[operator]


def test_pages_of_a_walk_that_differ_in_their_query_are_one_task() -> None:
    found = [
        Found("/index.php?title=A"),
        Found("/index.php?title=B", private=True),
        Found("/fan/7", private=True),
    ]
    fan, index = skeleton.tasks(found, None, "")
    assert (index.name, index.paths, index.private) == ("/index.php", ("/index.php?title=A",), False)
    assert (fan.name, fan.paths, fan.private) == ("/fan/*", ("/fan/7",), True)


def test_what_every_user_sends_is_no_column() -> None:
    form: dict[str, Parameter] = {"log": "keeper", "pwd": Key("PW"), "rememberMe": "1", "wp-submit": "Log In"}
    login = Login("/login", form, 302)
    texts = skeleton.files([skeleton.Task("/", ("/",), 1)], login, ["www"])
    assert texts["users.csv"] == "log,pwd\n"
    assert 'ALIKE = {"rememberMe": "1", "wp-submit": "Log In"}' in texts["users.py"]


@pytest.mark.parametrize(
    "path", ["/a'b\\c", '/x"""', "/ä/ö", "/class", "/1/2", "//evil", "/look", "/{x}", "/a\nb"]
)
def test_any_path_makes_a_scenario_that_is_python(path: str) -> None:
    made = [skeleton.Task(path, (path, path + "2"), 1), skeleton.Task(path, (path,), 1)]
    for name, text in skeleton.files(made, None, ["www"]).items():
        compile(text, name, "exec")


def test_what_is_written_runs(ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "access.log", [line("/page"), line("/page"), line("/other")])
    assert ground.campaign("init", "--log", str(log)) == 0
    told = capsys.readouterr()
    assert told.out.split() == ["667", "/page", "333", "/other"]
    assert "nobody logs in" in told.err
    file = ground.project / "loadtest" / "locustfile.py"
    text = file.read_text()
    file.write_text(text.replace("between(1, 10)", "between(0.1, 0.2)"))
    hosts = ground.project / "loadtest" / "hosts.py"
    hosts.write_text(hosts.read_text() + f"\nurl['www'] += ':{ground.site.port}'\n")
    ground.settings()
    options = ["--scenario", str(file), "--users", "3", "--rate", "3", "--time", "6s"]
    assert ground.run(*options) == 0
    assert {one.name for one in ground.last.repetitions[0].names} == {"/page", "/other"}
    assert ground.campaign("init", "--log", str(log)) == 2
    assert file.read_text() != text


REFUSED = """
from locust.env import Environment
import locustfile
for user in locustfile.USERS:
    environment = Environment(user_classes=[user])
    environment.create_local_runner()
    locustfile.LOOK(user(environment))
    for one in environment.stats.errors.values():
        print(one.name, one.occurrences, "refused" in str(one.error))
"""


@pytest.mark.parametrize(
    ("folder", "more"),
    [
        ("made", "USERS, LOOK = [Visitor], lambda user: user.page()"),
        (EXAMPLE, "USERS, LOOK = [Visitor], lambda user: user.home()"),
        (EXAMPLE, "USERS, LOOK = [LoggedInFan], lambda user: user.store()"),
    ],
)
def test_a_connection_that_is_refused_is_a_failure_and_no_error_of_the_scenario(
    folder: str, more: str, tmp_path: Path
) -> None:
    if folder == EXAMPLE:
        shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    else:
        written(tmp_path / "access.log", [line("/page")])
        traffic = accesslog.read([tmp_path / "access.log"])
        for name, text in skeleton.files(skeleton.tasks((), traffic, ""), None, ["www"]).items():
            (tmp_path / name).write_text(text)
    with (tmp_path / "locustfile.py").open("a") as file:
        file.write(f"\n\n{more}\n")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # Nobody listens there.
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        sites = {f"PORTABILITY_SITE_{name}": url for name in ("WWW", "WIDGETS", "STATIC")}
        done = subprocess.run(
            [sys.executable, "-c", f"from gevent import monkey; monkey.patch_all()\n{REFUSED}"],
            cwd=tmp_path,
            env={**os.environ, **sites},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == ["1", "True"]


def test_nothing_to_make_it_of_is_told(
    ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ground.campaign("init") == 2
    log = written(tmp_path / "access.log", LOG)
    assert ground.campaign("init", "--log", str(log), "--frames-log", f"nowhere={log}") == 2
    assert "SITE=FILE: www" in capsys.readouterr().err
