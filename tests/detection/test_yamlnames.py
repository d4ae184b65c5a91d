"""A name in YAML leads to a reading only where it can name a value that may be one."""

from __future__ import annotations

import pytest

from portability.detection.prefilter import Prefilter
from tests.scans import book, source

PREFILTER = Prefilter(book())


def is_read(text: str) -> bool:
    return PREFILTER.look(source("config/app.yml", text)).focus is not None


@pytest.mark.parametrize(
    "text",
    [
        "db:\n  password: Fake-pw-1234\n",
        "db: {password: Fake-pw-1234, port: 1}\n",
        "db_password: >-\n  Fake-pw-1234\n",
        "db_password: Fake-\n  pw 1234\n",
        "db_password: [Fake-pw-1234]\n",
        "password:\n  main: Fake-pw-1234\n",
        "password: &p Fake-pw-1234\n",
        'password: "Fake\\x2dpw-1234"\n',
        "password: Fake-pw-1234 # local\n",
        "- name: DB_PASSWORD\n  value: Fake-pw-1234\n",
        "- {name: DB_PASSWORD, value: Fake-pw-1234}\n",
        '- "name": "DB_PASSWORD"\n  "value": "Fake-pw-1234"\n',
        "environment:\n  - DB_PASSWORD=Fake-pw-1234\n",
        "x: ${DB_PASSWORD:-Fake-pw-1234}\n",
        "# db_password: 'Fake-pw-1234'\n",
        "database_host: db1\n",
        "the redis host: cache1\n",
    ],
)
def test_a_name_with_a_value_is_read(text: str) -> None:
    assert is_read(text)


@pytest.mark.parametrize(
    "text",
    [
        "title: 'Your password'\n",
        "text: the server said no\n",
        "items:\n  - a new key\n",
        "database_host: 'Zabbix server health'\n",
        "password: '{$VMWARE.PASSWORD}'\n",
        "db_password: '%env(DB_PASSWORD)%'\n",
        "steps:\n  - ping the master\n",
    ],
)
def test_a_word_alone_is_not(text: str) -> None:
    assert not is_read(text)
