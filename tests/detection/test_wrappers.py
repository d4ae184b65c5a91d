"""Functions of the project that pass on what they are given: their calls count, and no others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from portability.detection.prefilter import Prefilter, Seen
from portability.detection.wrappers import Wrapper, WrapperWords
from portability.model import Focus
from portability.system.workers import limited
from tests.scans import book, scanned, source

SHOP = "'db1', 'shop', 'Fake-sunflower'"
CONNECT = "mysqli_connect($host, $user, $pass)"
FOUND = ["db1", "Fake-sunflower"]


def found(definition: str, call: str, *others: str) -> list[str]:
    """The values found in a file with the call, next to one with the definition."""
    files = {"lib/db.php": f"<?php\n{definition}\n", "a.php": f"<?php\n{call}\n"}
    files |= {f"other{number}.php": f"<?php\n{text}\n" for number, text in enumerate(others)}
    return [f.value.text for f in scanned(files).findings if f.path == "a.php"]


FOLLOWED = [
    (f"function db_connect($host, $user, $pass) {{ return {CONNECT}; }}", f"db_connect({SHOP});"),
    (f"function &db_connect($host, $user, $pass) {{ return {CONNECT}; }}", f"$l =& DB_Connect({SHOP});"),
    (
        "class Db { function __construct($host, $user, $pw) "
        '{ $this->link = new PDO("mysql:host=$host", $user, $pw); } }',
        f"$db = new Db({SHOP});",
    ),
    (
        "class Db { public function __construct(private string $host, string $user = '', ?string $pw = null)"
        " { $this->link = new \\PDO('mysql:host=' . $host . ';dbname=shop', $user, $pw); } }",
        "$db = new Db('db1', pw: 'Fake-sunflower');",
    ),
    (f"class Db {{ function Db($host, $user, $pass) {{ {CONNECT}; }} }}", f"$db = new Db({SHOP});"),
    (
        f"namespace App; class Db {{ function __construct($host, $user, $pass) {{ {CONNECT}; }} }}",
        f"use App\\Db;\n$db = new Db({SHOP});",
    ),
    (
        f"class Db {{ static function connect($host, $user, $pass) {{ {CONNECT}; }} }}",
        f"Db::connect({SHOP});",
    ),
    (f"class Db {{ function openShop($host, $user, $pass) {{ {CONNECT}; }} }}", f"$db->openShop({SHOP});"),
    (
        "function db_connect($host, $user, $pass) {\n if (!$host) { $host = DB_HOST; }\n"
        f" $user = $user ?: 'root';\n // it's {{ odd\n return {CONNECT};\n}}",
        f"db_connect({SHOP});",
    ),
    (
        f"function db_connect($host, $user, $pass) {{ return retry(function () use ($host, $user, $pass) "
        f"{{ return {CONNECT}; }}); }}",
        f"db_connect({SHOP});",
    ),
    (
        'function db($host, $user, $pass) { return new PDO("mysql:host=$host;password=$pass", $user); }',
        f"db({SHOP});",
    ),
    (
        "function db($host, $user, $pass) { $redis->connect($host); $redis->auth($pass); }",
        f"db({SHOP});",
    ),
]


@pytest.mark.parametrize(("definition", "call"), FOLLOWED)
def test_what_a_function_passes_on_is_found_where_it_is_called(definition: str, call: str) -> None:
    assert found(definition, call) == FOUND


NOT_FOLLOWED = {
    "another argument": (
        "function db_connect($label, $host) { return mysqli_connect($host); }",
        "db_connect('db1', $x);",
    ),
    "a common method of whatever": (
        f"class Db {{ function connect($host, $user, $pass) {{ {CONNECT}; }} }}",
        f"$door->connect({SHOP});",
    ),
    "the same method of another class": (
        f"class Db {{ static function connect($host, $user, $pass) {{ {CONNECT}; }} }}",
        f"Door::connect({SHOP});",
    ),
    "a class of another namespace": (
        f"namespace App; class Db {{ function __construct($host, $user, $pass) {{ {CONNECT}; }} }}",
        f"use Acme\\Db;\n$db = new Db({SHOP});",
    ),
    "two steps": (
        f"function db_connect($host, $user, $pass) {{ return {CONNECT}; }}\n"
        "function step($h, $u, $p) { return db_connect($h, $u, $p); }",
        f"step({SHOP});",
    ),
    "changed before": (
        "function db_connect($host, $user, $pass) { $host = conf($host); $pass = decrypt($pass); "
        f"return {CONNECT}; }}",
        f"db_connect({SHOP});",
    ),
    "an element of it": (
        "function db_connect($host, $u, $pass) { return mysqli_connect($host['h'], $u, $pass->value); }",
        f"db_connect({SHOP});",
    ),
    "what is made of it": (
        "function db_connect($host, $u, $pass) { return mysqli_connect(host_of($host), $u, md5($pass)); }",
        f"db_connect({SHOP});",
    ),
    "a part of a name": (
        "function db_connect($sub) { return mysqli_connect($sub . '.db.internal.fans.example'); }",
        "db_connect('db1');",
    ),
    "a function after the one that connects": (
        "function a() { } function db_connect($host, $user, $pass) { } mysqli_connect($host, $user, $pass);",
        f"db_connect({SHOP});",
    ),
    "a parameter of an inner function": (
        "function db_connect($host, $u, $pass) { return function ($host, $pass) "
        "{ return mysqli_connect($host, 'x', $pass); }; }",
        f"db_connect({SHOP});",
    ),
    "a comment": (
        f"function db_connect($host, $user, $pass) {{ // return {CONNECT};\n }}",
        f"db_connect({SHOP});",
    ),
    "two roles": (
        "function db_connect($host, $pass) { mysqli_connect($pass, 'x', $pass); }",
        "db_connect('x', 'Fake-sunflower');",
    ),
    "words for people": (
        f"function db_connect($host, $user, $pass) {{ return {CONNECT}; }}",
        "db_connect('a host', 'a user', 'your password');",
    ),
    "an empty text": (
        f"function db_connect($host, $user, $pass) {{ return {CONNECT}; }}",
        "db_connect('', '', '');",
    ),
    "a file of this machine": (
        "function load($file) { return file_get_contents($file); }",
        "load('partner-shop.de');",
    ),
}


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_is_not_passed_on_is_no_value(name: str) -> None:
    definition, call = NOT_FOLLOWED[name]
    assert found(definition, call) == []


@pytest.mark.parametrize(
    "other",
    [
        "function db_connect($label, $colour, $text) { echo $text; }",
        "function db_connect($pass, $x, $host) { return mysqli_connect($host, $x, $pass); }",
    ],
)
def test_a_name_that_is_defined_twice_tells_nothing(other: str) -> None:
    definition = f"function db_connect($host, $user, $pass) {{ return {CONNECT}; }}"
    assert found(definition, f"db_connect({SHOP});", other) == []


def test_the_same_function_defined_twice_is_followed() -> None:
    definition = (
        f"if (!function_exists('db_connect')) {{ function db_connect($host, $user, $pass) {{ {CONNECT}; }} }}"
    )
    assert found(definition, f"db_connect({SHOP});", definition) == FOUND


def test_another_class_of_the_name_leaves_a_method_to_its_own_class() -> None:
    definition = f"class Db {{ static function openShop($host, $user, $pass) {{ {CONNECT}; }} }}"
    other = "class Door { function openShop($colour) { } }"
    assert found(definition, f"$x->openShop({SHOP});", other) == []
    assert found(definition, f"Db::openShop({SHOP});", other) == FOUND


def test_the_reason_says_which_way_the_value_takes() -> None:
    files = {
        "lib/db.php": f"<?php\nfunction db_connect($host, $user, $pass)\n{{\n return {CONNECT};\n}}\n",
        "a.php": f"<?php db_connect({SHOP});",
    }
    host, password = scanned(files).findings
    way = "of db_connect, which passes it to mysqli_connect (lib/db.php:4)"
    assert host.reason == f"the name of a mysql server; argument 1 {way}"
    assert (password.reason, password.rule, password.value.service) == (
        f"argument 3 {way}",
        "php-mysqli",
        "mysql",
    )


def test_an_address_that_a_function_fetches_is_called() -> None:
    http = "class Net { static function http($url) { return file_get_contents($url); } }"
    curl = "function http_fetch($url) { $c = curl_init(); curl_setopt($c, CURLOPT_URL, $url); return $c; }"
    address = "'https://www.partner-shop.de/q?a=' . $b"
    assert found(http, f"Net::http({address});") == ["www.partner-shop.de"]
    assert found(curl, f"http_fetch({address});") == ["www.partner-shop.de"]
    assert found(curl, f"show({address});") == []


def test_functions_and_classes_of_python_are_followed() -> None:
    files = {
        "lib/db.py": (
            "import pymysql\n\n\ndef db_connect(host, user, password):\n"
            "    return pymysql.connect(host=host, user=user, password=password)\n\n\n"
            "class Db:\n    def __init__(self, host, secret=None):\n        host = host or 'x'\n"
            "        self.link = pymysql.connect(host, 'shop', secret)\n"
        ),
        "a.py": "from lib.db import db_connect\n\nc = db_connect('db1', 'shop', password='Fake-sunflower')\n",
        "b.py": "from lib.db import Db\n\nd = Db('db2', 'Fake-tulip')\ne = Other('db3', 'Fake-rose')\n",
    }
    texts = [f.value.text for f in scanned(files).findings]
    assert texts == ["db1", "Fake-sunflower", "db2", "Fake-tulip"]


def noticed(text: str, path: str = "lib/db.php") -> tuple[Wrapper, ...]:
    words, file = WrapperWords(book()), source(path, text)
    return words.look(file, words.calls(file))


def test_no_function_is_parsed_that_does_not_pass_a_parameter_on(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    monkeypatch.setattr("portability.syntax.php.passing.parse", parsed.append)
    noticed("<?php function a($host) { return mysqli_connect('db1', $user); }")
    noticed("<?php function a($file) { return file_get_contents($file); }")
    noticed("<?php $a = function ($host) { return mysqli_connect($host); };")
    noticed("<?php function mysqli_connect($host) { }")
    assert parsed == []


def test_wrappers_of_tests_are_not_followed() -> None:
    text = f"<?php function db_connect($host, $user, $pass) {{ return {CONNECT}; }}"
    assert noticed(text) and not noticed(text, "tests/db.php")


def test_broken_code_is_left_alone() -> None:
    for text in (
        f"<?php function db_connect($host, $user, $pass) {{ return {CONNECT};",
        f"<?php function db_connect($host, $user, $pass {{ return {CONNECT}; }}",
        f"<?php function db_connect($host, $user, $pass) {{ return '{CONNECT}; }}",
        "<?php function ($host) mysqli_connect($host",
    ):
        assert noticed(text) == ()


def told(files: Mapping[str, str | bytes]) -> tuple[object, ...]:
    result = scanned(files, ("*.fans.example",))
    return result.findings, result.unsure, result.own_domains


@pytest.mark.parametrize(("definition", "call"), FOLLOWED)
def test_looking_at_fewer_bytes_finds_the_same(
    definition: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("db1", "db1.fans.example", "10.0.3.7", "www.php.net"):
        text = f"<?php\nfunction f() {{\n $x = {call.replace('db1', value).removeprefix('$db = ')}\n}}\n"
        files = {
            "lib/db.php": f"<?php\n{definition}\n",
            "a.php": text,
            "b.php": "<?php foo('Fake-sunflower');",
        }
        seen = told(files)
        with monkeypatch.context() as patch:
            patch.setattr(Prefilter, "look", lambda *_: Seen(Focus(everything=True)))
            assert told(files) == seen


@pytest.mark.parametrize(
    "text",
    [
        "<?php " + "class " * 100_000 + "function f($h) { mysqli_connect($h); }",
        "<?php " + "mysqli_connect($h);" * 50_000,
        "<?php " + "function f($h" * 20_000 + "mysqli_connect($h);",
        "<?php function f($h) { mysqli_connect(" + "(" * 9_000 + "$h" + ")" * 9_000 + "); }",
    ],
)
def test_what_nobody_writes_takes_no_long_time(text: str) -> None:
    with limited(5):
        noticed(text)
