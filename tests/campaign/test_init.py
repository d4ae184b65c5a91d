"""A scenario made of an access log: the pages by their share, their frames, a login, and it runs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from portability.campaign import accesslog, skeleton
from portability.campaign.surveying import Found
from portability.crawlsettings import Login
from portability.errors import NothingExamined, UsageError
from tests.campaign.loading import Ground

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
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["access.log", "access.log.gz"])
def test_pages_have_their_share_and_what_is_none_is_counted(name: str, tmp_path: Path) -> None:
    traffic = accesslog.read([written(tmp_path / name, LOG)], [written(tmp_path / "frames.log", FRAMES)])
    assert [(one.path, one.count) for one in traffic.most(3)] == [("/fan/*", 60), ("/", 20), ("/store", 19)]
    assert traffic.pages["/fan/*"].samples[:2] == ["/fan/0?ref=0", "/fan/1?ref=1"]
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


def test_the_scenario_has_a_task_a_page_and_is_python(tmp_path: Path) -> None:
    traffic = accesslog.read([written(tmp_path / "a.log", LOG)], [written(tmp_path / "f.log", FRAMES)])
    found = [Found("/", (("widgets", "/box/home"),)), Found("/store", private=True)]
    made = skeleton.tasks(found, traffic, "widgets")
    login = Login("/login", {"email": "x", "pass": "y"}, 0, '"success":true')
    texts = skeleton.files(made, login, ["www", "widgets"])
    for name in ("locustfile.py", "hosts.py", "users.py"):
        compile(texts[name], name, "exec")
    scenario = texts["locustfile.py"]
    assert "@task(600)\n    def fan(self):" in scenario
    assert "self.look('/', '/', ((hosts.url['widgets'], '/box/home'),))" in scenario
    assert "self.look('/store', '/store', ((hosts.url['widgets'], '/box/store'),))" in scenario
    logged_in, visitor = scenario.split("class Visitor")
    assert ("def store" in logged_in, "def store" in visitor) == (True, False)
    assert texts["users.csv"] == "email,pass\n"


@pytest.mark.parametrize(
    "path", ["/a'b\\c", '/x"""', "/ä/ö", "/class", "/1/2", "//evil", "/look", "/{x}", "/a\nb"]
)
def test_any_path_makes_a_scenario_that_is_python(path: str) -> None:
    made = [skeleton.Task(path, (path, path + "2"), 1), skeleton.Task(path, (path,), 1)]
    compile(skeleton.files(made, None, ["www"])["locustfile.py"], "locustfile.py", "exec")


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


def test_nothing_to_make_it_of_is_told(
    ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ground.campaign("init") == 2
    log = written(tmp_path / "access.log", LOG)
    assert ground.campaign("init", "--log", str(log), "--frames-log", f"nowhere={log}") == 2
    assert "SITE=FILE: www" in capsys.readouterr().err
