"""Which of production's values are looked for, and what keeps an environment from replacing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.database.replacements import known, replacing
from portability.errors import NothingExamined, Refused, UsageError
from portability.settings.project import load
from tests import shop
from tests.database.given import rewritten

KEYS = """\
API_URL: {service: http, category: host, kind: url}
BUCKET: {service: s3, category: aws, kind: bucket}
COOKIE_DOMAIN: {service: http, category: host, kind: cookie-domain}
DB_HOST: {service: mysql, category: host, kind: host}
LOCAL: {service: redis, category: host, kind: host}
SHARED_HOST: {service: http, category: third-party, kind: host}
TOKEN: {category: credential, kind: token}
"""
PRODUCTION = """\
API_URL: https://api.fans.example/v1
BUCKET: fans-prod-uploads
COOKIE_DOMAIN: fans.example
DB_HOST: db1
LOCAL: localhost
SHARED_HOST: pay.fans.example
TOKEN: {secret: 'env:TOKEN'}
"""
LOADTEST = """\
API_URL: https://api.lt.test/v1
BUCKET: fans-lt-uploads
COOKIE_DOMAIN: lt.test
DB_HOST: db2
LOCAL: localhost
SHARED_HOST: {shared: 'a sandbox'}
TOKEN: {secret: 'env:TOKEN_LT'}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shop.write(tmp_path, "config/portability/keys.yaml", KEYS)
    shop.write(tmp_path, f"{shop.ENVIRONMENTS}/production.yaml", PRODUCTION)
    shop.write(tmp_path, f"{shop.ENVIRONMENTS}/loadtest.yaml", LOADTEST)
    return tmp_path


def test_hosts_and_urls_are_replaced_words_secrets_and_shared_ones_are_not(project: Path) -> None:
    names = replacing(load(project), "loadtest", ["old.test=new.test"])
    text = b"https://api.fans.example/v1/x a.fans.example fans-prod-uploads db1 localhost pay.fans.example old.test"
    after, seen = rewritten(text, names)
    assert (
        after
        == b"https://api.lt.test/v1/x a.lt.test fans-prod-uploads db1 localhost pay.fans.example new.test"
    )
    assert not seen.left


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("API_URL: https://api.fans.example/v1", "is equal to production's"),
        ("API_URL: https://api.fans.example/v1/lt", "lies below production's own"),
        ("API_URL: api.lt.test", "is a URL here and a host there|is a URL"),
        ("API_URL:", "has no host or URL"),
        ("COOKIE_DOMAIN: api.fans.example", "is a host of production's"),
    ],
)
def test_an_environment_that_would_not_do_is_refused(project: Path, changed: str, told: str) -> None:
    key = changed.partition(":")[0]
    lines = [changed if line.startswith(f"{key}:") else line for line in LOADTEST.splitlines()]
    shop.write(project, f"{shop.ENVIRONMENTS}/loadtest.yaml", "\n".join(lines) + "\n")
    with pytest.raises(Refused, match=told.split("|", maxsplit=1)[0]):
        replacing(load(project), "loadtest")


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("{off: 'nobody is to pay'}", b"https://shared-host.off.invalid/x"),
        ("{sink: pay.lt.test}", b"https://pay.lt.test/x"),
        ("{sandbox: pay.fans.example, by: TOKEN}", b"https://pay.fans.example/x"),
    ],
)
def test_rows_lead_to_a_third_party_where_code_does(said: str, after: bytes, project: Path) -> None:
    lines = [f"SHARED_HOST: {said}" if "SHARED_HOST" in line else line for line in LOADTEST.splitlines()]
    shop.write(project, f"{shop.ENVIRONMENTS}/loadtest.yaml", "\n".join(lines) + "\n")
    assert rewritten(b"https://pay.fans.example/x", replacing(load(project), "loadtest"))[0] == after


def test_the_hosts_of_all_applications_are_known_and_what_they_disagree_about_is_left(project: Path) -> None:
    shop.write(project, "portability.yaml", "version: 1\napplications: {blog: {root: blog}}\n")
    blog = "blog/config/portability"
    shop.write(project, f"{blog}/keys.yaml", KEYS)
    shop.write(
        project,
        f"{blog}/environments/production.yaml",
        "API_URL: https://api.blog.example/\nDB_HOST: db.fans.example\n",
    )
    shop.write(
        project,
        f"{blog}/environments/loadtest.yaml",
        "API_URL: https://api.blog.test/\nDB_HOST: db.lt.test\n",
    )
    shop.write(
        project,
        f"{shop.ENVIRONMENTS}/production.yaml",
        PRODUCTION.replace("DB_HOST: db1", "DB_HOST: db.fans.example"),
    )
    shop.write(
        project,
        f"{shop.ENVIRONMENTS}/loadtest.yaml",
        LOADTEST.replace("DB_HOST: db2", "DB_HOST: db2.lt.test"),
    )
    names = replacing(load(project), "loadtest")
    text = b"https://api.blog.example/a https://api.fans.example/v1 http://db.fans.example/"
    after, seen = rewritten(text, names)
    assert after == b"https://api.blog.test/a https://api.lt.test/v1 http://db.fans.example/"
    assert "DB_HOST and blog: DB_HOST" in names.unclear["db.fans.example"]
    assert seen.left


def test_a_look_knows_the_hosts_of_other_environments(project: Path) -> None:
    shop.write(project, f"{shop.ENVIRONMENTS}/test.yaml", "API_URL: https://api.test.fans.example/\n")
    seen = rewritten(b"https://api.test.fans.example/ https://pay.fans.example", known(load(project)))[1]
    assert [hit.name for hit in seen.hits] == ["pay.fans.example"]


def test_production_keeps_its_own(project: Path) -> None:
    with pytest.raises(Refused):
        replacing(load(project), "production")


def test_a_replacement_must_name_two_places(project: Path) -> None:
    for text in ("a", "a=b", "old.test=", "old.test=old.test", "https://old.test=new.test"):
        with pytest.raises(UsageError):
            replacing(load(project), "loadtest", [text])


def test_a_look_needs_something_to_look_for(tmp_path: Path) -> None:
    with pytest.raises(NothingExamined):
        known(load(tmp_path))
    shop.write(tmp_path, "portability.yaml", "version: 1\nproduction: {hosts: ['*.fans.example']}\n")
    assert rewritten(b"https://www.fans.example/", known(load(tmp_path)))[1].left
