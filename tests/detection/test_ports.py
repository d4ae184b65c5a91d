"""Ports that stand beside hosts: found where they are not the usual ones and belong to the host."""

from __future__ import annotations

import pytest

from tests.scans import found, scanned

OWN = ("fans.example", "*.fans.example")
ARRAY = "<?php\nreturn ['host' => 'db1.fans.example', 'port' => {}];\n"


def _ports(text: str, path: str = "a.php") -> list[str]:
    return [one.split()[-1] for one in found({path: text}, OWN) if "port-beside-host" in one]


@pytest.mark.parametrize("port", ["3307", "'3307'", '"3307"'])
def test_a_port_beside_a_host_is_found(port: str) -> None:
    assert _ports(ARRAY.format(port)) == ["3307"]


@pytest.mark.parametrize(
    "port", ["3306", "443", "'6379'", "0", "70000", "-3307", "33.07", "$port", "3307 + 1"]
)
def test_usual_ports_and_what_is_none_stay(port: str) -> None:
    if port == "3307 + 1":
        assert _ports(ARRAY.format(port)) in ([], ["3307"])
    else:
        assert _ports(ARRAY.format(port)) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.php", "<?php\n$host = 'db1.fans.example';\n$port = 3307;\n"),
        ("a.php", "<?php\n$port = 3307;\n$host = 'db1.fans.example';\n"),
        ("a.php", "<?php\nclass Db { const HOST = 'db1.fans.example'; const PORT = 3307; }\n"),
        ("a.php", "<?php\n$c->dbHost = 'db1.fans.example';\n$c->dbPort = '3307';\n"),
        ("a.php", "<?php\n$c = ['server' => 'tcp://db1.fans.example', 'user' => 'x', 'port' => 3307];\n"),
        (
            "a.php",
            "<?php\n$c = ['host' => env('DB_HOST', 'db1.fans.example'), 'port' => env('DB_PORT', 3307)];\n",
        ),
        ("a.php", "<?php\n$s = fsockopen('db1.fans.example', 3307);\n"),
        ("a.php", "<?php\nmysqli_connect('db1.fans.example', $u, $p, 'fans', 3307);\n"),
        ("a.py", 'DB = {"host": "db1.fans.example", "port": 3307}\n'),
        ("a.js", "const c = {host: 'db1.fans.example', port: 3307};\n"),
        ("a.json", '{"redis_host": "db1.fans.example", "redis_port": "3307"}'),
        ("a.yaml", "db:\n  port: 3307\n  host: db1.fans.example\n"),
        ("a.ini", "[db]\nhost = db1.fans.example\nport = 3307\n"),
        ("a.toml", '[db]\nhost = "db1.fans.example"\nport = 3307\n'),
        ("a.xml", '<c><db host="db1.fans.example" port="3307"/></c>'),
        (".env", "DB_HOST=db1.fans.example\nDB_PORT=3307\n"),
    ],
)
def test_it_is_found_in_every_format(path: str, text: str) -> None:
    assert _ports(text, path) == ["3307"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.php", "<?php\n$c = ['host' => 'db1.fans.example', 'support' => 3307, 'timeout' => 3308];\n"),
        ("a.php", "<?php\n$c = ['db' => ['host' => 'db1.fans.example'], 'app' => ['port' => 3307]];\n"),
        ("a.php", "<?php\n$c = ['host' => getenv('DB_HOST'), 'port' => 3307];\n"),
        ("a.php", "<?php\n$c = ['host' => 'db1.fans.example:3308', 'port' => 3307];\n"),
        ("a.php", "<?php\nnew mysqli('db1.fans.example', $u, $p, 3307);\n"),
        ("a.php", "<?php\n// host db1.fans.example port 3307\n$port = 3307;\n"),
        ("a.php", "<?php\n$dbHost = 'db1.fans.example';\n$listenPort = 3307;\n"),
        ("a.php", "<?php\n$host = 'db1.fans.example';\nif ($port == 3307) { go(); }\n"),
        ("a.ini", "[db]\nhost = db1.fans.example\n[app]\nport = 3307\n"),
        ("a.php", "<?php\n$host = 'db1.fans.example';\n" + "// x\n" * 1000 + "$port = 3307;\n"),
    ],
)
def test_what_does_not_belong_to_the_host_is_left(path: str, text: str) -> None:
    assert _ports(text, path) == []


def test_each_of_several_has_its_own() -> None:
    one = "['host' => 'db{}.fans.example', 'port' => 330{}]"
    text = f"<?php\n$c = [{one.format(1, 7)}, {one.format(2, 8)}];\n"
    assert _ports(text) == ["3307", "3308"]


def test_a_port_is_called_by_the_host_of_its_service() -> None:
    text = "<?php\n$c = ['redis' => ['host' => 'cache.fans.example', 'port' => 6380]];\n"
    (host, port) = scanned({"a.php": text}, OWN).findings
    assert (port.value.kind, port.value.service) == ("port", host.value.service)
    assert "cache.fans.example" in port.reason
