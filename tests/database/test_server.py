"""URLs and defaults files are read as MySQL's programs read them; a password never comes in by a URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.database.server import Login, login
from portability.errors import UsageError


def read(url: str, file: Path | None = None, **variables: str) -> Login:
    return login(url, file, variables)


def test_a_url_tells_where_and_as_whom() -> None:
    found = read("mysql://us%40er@DB.lt.internal:3307/shop?ssl-mode=required", MYSQL_PWD="Fake-1")
    assert (found.host, found.port, found.user, found.database) == ("db.lt.internal", 3307, "us@er", "shop")
    assert found.options == {"ssl-mode": "required"}
    assert found.password == "Fake-1"
    assert found.shown == "shop at db.lt.internal:3307"
    assert "Fake-1" not in repr(found)
    assert (
        read("mariadb://a@h/d", PORTABILITY_DATABASE_PASSWORD="Fake-2", MYSQL_PWD="Fake-1").password
        == "Fake-2"
    )


def test_a_defaults_file_fills_what_the_url_leaves_out(tmp_path: Path) -> None:
    file = tmp_path / "my.cnf"
    file.write_text(
        "# mine\n!includedir /etc/mysql/\n[mysqld]\nuser=mysql\n[client]\nuser=app\npassword='a # b'\n"
        'port=3310\nssl_ca=/ca.pem\nquick\n[client-mariadb]\nhost="db.lt.internal"\n'
    )
    found = read("mysql:///shop", file)
    assert (found.host, found.port, found.user, found.password) == ("db.lt.internal", 3310, "app", "a # b")
    assert found.options == {"ssl-ca": "/ca.pem"}
    assert read("mysql://x@h:1/shop", file).user == "x"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://a:Fake-Pw@h/d",
        "mysql://a:@h/d",
        "mysql://a@h",
        "mysql://h/d",
        "mysql://a@h/d/e",
        "mysql://a@h:x/d",
        "mysql://a@h/d?x",
        "mysql://a@h/d?ssl-mode=SOMETIMES",
        "http://a@h/d",
    ],
)
def test_a_wrong_url_is_told_without_it(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(url)
    assert "Fake-Pw" not in str(raised.value)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read("mysql://a@h/d", tmp_path / "none")
    (tmp_path / "odd").write_text("user=a\n")
    with pytest.raises(UsageError, match="no defaults file"):
        read("mysql://a@h/d", tmp_path / "odd")
