"""WordPress and MediaWiki answer the same bytes before and after: init, apply and render, nothing else.

What differs between fetches of the unchanged application (times, tokens, nonces) is masked, each
mask by the word that it hides; the test prints them all.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from examples.stage import Response, Stage
from examples.stage.messages import Request
from portability.cli import run
from tests.prove.installed import ADMIN, ADMIN_PASSWORD, Installed, mediawiki, wordpress

SITE = "http://www.starclub.example"
ROUNDS = 3
"""How often the unchanged application is fetched again: some times are equal by chance once."""

AROUND, CLOSE, TELLING = 8, 4, 6
"""Words that stand before a mask, the fewest between two, and how many make it one of every page."""

WORD = re.compile(rb"[\w.:+%*-]+|[^\w.:+%*-]")

DURATIONS = re.compile(rb"((?:CPU|Real) time usage: |wgBackendResponseTime\\?\":)[\d.]+")
"""What MediaWiki measures of its own making of a page; four times may be equal, and a fifth not."""

WORDPRESS = (
    "/",
    "/?p=1",
    "/?page_id=2",
    "/?cat=1",
    "/?author=1",
    "/?s=hello",
    "/?feed=rss2",
    "/?feed=atom",
    "/?feed=comments-rss2",
    "/?sitemap=index",
    "/?sitemap=posts&sitemap-subtype=post",
    "/?robots=1",
    "/?rest_route=/",
    "/?rest_route=/wp/v2/posts",
    "/?rest_route=/wp/v2/pages",
    "/?p=4711",
    "/wp-login.php",
    "/wp-login.php?action=lostpassword",
    "/wp-admin/",
    "/wp-links-opml.php",
    "/wp-comments-post.php",
    "/xmlrpc.php",
    "/health.php",
)
WORDPRESS_INSIDE = ("/wp-admin/", "/wp-admin/options-general.php", "/wp-admin/plugins.php")

MEDIAWIKI = (
    "/",
    "/index.php/Main_Page",
    "/index.php?title=Main_Page&action=history",
    "/index.php?title=Main_Page&action=info",
    "/index.php?title=Main_Page&action=raw",
    "/index.php?title=Main_Page&action=edit",
    "/index.php?title=Main_Page&printable=yes",
    "/index.php?title=Nowhere",
    "/index.php?title=Special:AllPages",
    "/index.php?title=Special:RecentChanges",
    "/index.php?title=Special:Version",
    "/index.php?title=Special:SpecialPages",
    "/index.php?title=Special:ListUsers",
    "/index.php?title=Special:UserLogin",
    "/index.php?title=Special:Search&search=wiki",
    "/index.php?title=Special:Statistics",
    "/api.php?action=query&meta=siteinfo&format=json",
    "/api.php?action=query&list=allpages&format=json",
    "/api.php?action=parse&page=Main_Page&format=json",
    "/load.php?lang=en&modules=startup&only=scripts&raw=1&skin=vector",
    "/load.php?lang=en&modules=site.styles&only=styles&skin=vector",
    "/opensearch_desc.php",
    "/rest.php/v1/page/Main_Page",
)

Visit = dict[str, bytes]
Mask = tuple[bytes, bytes]
"""What stands before, and the words that are hidden."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


FRAMING = ("connection", "content-length", "transfer-encoding")
"""Whether an answer comes whole or in pieces, and if more may be asked: the server's load decides that."""


def text(response: Response) -> bytes:
    """An answer as bytes: its status, its headers but those of its framing, its body."""
    assert response.header("content-length") in (None, str(len(response.body)))
    told = [(name, value) for name, value in response.headers if name.lower() not in FRAMING]
    lines = [f"{response.status}", *(f"{name}: {value}" for name, value in told)]
    return "\n".join(lines).encode() + b"\n\n" + DURATIONS.sub(rb"\1*", response.body)


def visit(stage: Stage, app: Installed, pages: Sequence[str], inside: Sequence[str] = ()) -> Visit:
    """Every page of an application that was served anew, and those behind its login."""
    app.serve(stage)
    found = {page: text(stage.fetch(SITE + page)) for page in pages}
    if inside:
        form = {"log": ADMIN, "pwd": ADMIN_PASSWORD, "wp-submit": "Log In", "testcookie": "1"}
        cookies = {"wordpress_test_cookie": "WP+Cookie+check"}
        entered = stage.send(Request(f"{SITE}/wp-login.php", "POST", form, {}, cookies, None))
        given = [value.partition(";")[0] for name, value in entered.headers if name.lower() == "set-cookie"]
        cookies |= dict(pair.split("=", 1) for pair in given)
        assert any(name.startswith("wordpress_logged_in") for name in cookies), entered.status
        for page in inside:
            found[f"{page} (logged in)"] = text(stage.fetch(SITE + page, cookies=cookies))
    return found


def words(data: bytes) -> list[bytes]:
    return WORD.findall(data)


def opcodes(one: Sequence[bytes], other: Sequence[bytes]) -> Sequence[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()


def differing(first: bytes, second: bytes) -> set[int]:
    """The places of the first fetch's words that the second one has not."""
    places: set[int] = set()
    lines = first.splitlines(keepends=True), second.splitlines(keepends=True)
    at = 0
    for kind, start, end, its_start, its_end in opcodes(*lines):
        ours = words(b"".join(lines[0][start:end]))
        if kind != "equal":
            theirs = words(b"".join(lines[1][its_start:its_end]))
            for inner, begin, stop, _, _ in opcodes(ours, theirs):
                if inner != "equal":
                    places.update(range(at + begin, at + max(stop, begin + 1)))
        at += len(ours)
    return places


def masks(first: bytes, others: Sequence[bytes]) -> list[Mask]:
    """What differs between a page's fetches; differences with hardly anything between them are one.

    What stands before a mask is never part of another one.
    """
    one = words(first)
    places = sorted(set().union(*(differing(first, other) for other in others)))
    spans: list[tuple[int, int]] = []
    for place in places:
        if spans and place - spans[-1][1] < CLOSE:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    found = []
    edge = 0
    for start, end in spans:
        found.append((b"".join(one[max(edge, start - AROUND) : start]), b"".join(one[start:end])))
        edge = end
    return list(dict.fromkeys(found))


def masked(data: bytes, hidden: Sequence[Mask]) -> bytes:
    """The page with as many words as a mask has hidden wherever its surroundings stand."""
    for before, what in hidden:
        count = str(max(1, len(words(what)))).encode()
        pattern = re.escape(before) + b"(?:" + WORD.pattern + b"){" + count + b"}"
        data = re.sub(pattern, (before + b"*").replace(b"\\", b"\\\\"), data)
    return data


def committed(site: Path) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@starclub.example"]
    for arguments in (["init", "-q"], ["add", "--all", "--force"], [*identity, "commit", "-qm", "before"]):
        subprocess.run(["git", *arguments], cwd=site, check=True, capture_output=True, timeout=120)


def portability(site: Path, *arguments: str) -> int:
    return run(["-C", str(site), *arguments])


def prove_same(stage: Stage, app: Installed, pages: Sequence[str], inside: Sequence[str] = ()) -> int:
    """Fetches the unchanged application, takes the values out, fetches again; returns the number of masks."""
    committed(app.site)
    before = visit(stage, app, pages, inside)
    rounds = [visit(stage, app, pages, inside) for _ in range(ROUNDS)]
    own = {page: masks(before[page], [again[page] for again in rounds]) for page in before}
    every = [mask for found in own.values() for mask in found if len(words(mask[0])) >= TELLING]
    hidden = {page: list(dict.fromkeys([*found, *every])) for page, found in own.items()}
    assert portability(app.site, "init") == 0
    assert portability(app.site, "apply", "--yes") == 0
    assert portability(app.site, "render", "--env", "production") == 0
    assert portability(app.site, "check", "--env", "production") == 0
    after = visit(stage, app, pages, inside)
    sys.stdout.write(
        "".join(f"mask  {page}  {around!r} {what!r}\n" for page in own for around, what in own[page])
    )
    changed = [
        line
        for page in before
        for line in list(
            difflib.unified_diff(
                masked(before[page], hidden[page]).decode(errors="replace").splitlines(),
                masked(after[page], hidden[page]).decode(errors="replace").splitlines(),
                fromfile=page,
                lineterm="",
                n=0,
            )
        )
    ]
    assert not changed, "\n".join(line[:2000] for line in changed[:40])
    assert all(not answer.startswith(b"503") for answer in after.values())
    return sum(map(len, own.values()))


@pytest.mark.prove
def test_wordpress_answers_the_same_bytes(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = wordpress(stage, tmp_path)
    prove_same(stage, app, WORDPRESS, WORDPRESS_INSIDE)
    said = capsys.readouterr().out
    assert "the guard stands in wp-config.php" in said
    config = (app.site / "wp-config.php").read_text()
    assert "bootstrap.php" in config.splitlines()[0]
    assert "rds.amazonaws.com" not in config
    plugin = (app.site / "wp-content/plugins/starclub/starclub.php").read_text()
    assert "AppEnv" in plugin and "bootstrap.php" not in plugin
    assert "bootstrap.php" in (app.site / "health.php").read_text().splitlines()[0]


@pytest.mark.prove
def test_mediawiki_answers_the_same_bytes(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = mediawiki(stage, tmp_path)
    prove_same(stage, app, MEDIAWIKI)
    said = capsys.readouterr().out
    assert "the guard stands in LocalSettings.php" in said
    assert "rds.amazonaws.com" not in (app.site / "LocalSettings.php").read_text()
