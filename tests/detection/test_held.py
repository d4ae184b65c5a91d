"""What a variable carries into a call is found where it is written, whatever the variable is called."""

from __future__ import annotations

import pytest

from tests.scans import scanned

FOUND = [
    ("a.php", "$h = 'db1';\n$l = mysqli_connect($h, $u, $p);", ["db1"]),
    ("a.php", '$s = "localhost"; $n = "fans"; $p = "Fake-sunflower";\n$l = new mysqli($s, $n, $p);',
     ["localhost", "Fake-sunflower"]),
    ("a.php", "$h = 'db1';\n$l = new \\PDO(\"mysql:host=$h;dbname=fans\", $u, $p);", ["db1"]),
    ("a.php", "$h = 'db1';\n$l = new PDO('mysql:host=' . $h . ';dbname=fans', $u, $p);", ["db1"]),
    ("a.php", "$d = 'mysql:host=db1;dbname=fans';\n$l = new PDO($d, $u, $p);", ["db1"]),
    ("a.php", "class C {\n private static ?string $h = 'db1';\n"
     " function c() { return new mysqli(self::$h); }\n}", ["db1"]),
    ("a.php", "class C {\n const H = 'db1';\n"
     " function c() { return new mysqli(static::H, $u); }\n}", ["db1"]),
    ("a.php", "class C {\n var $h;\n function C() { $this->h = 'db1'; }\n"
     " function c() { mysql_connect($this->h, $u, $p); }\n}", ["db1"]),
    ("a.php", "define('MACHINE', 'db1');\nfunction c() { return mysqli_connect(MACHINE, $u, $p); }", ["db1"]),
    ("a.php", "function c() {\n $m = 'mq1';\n"
     " return new AMQPConnection(['host' => $m, 'login' => $u]);\n}", ["mq1"]),
    ("a.php", "$c['db']['h'] = 'db1';\n$l = mysqli_connect($c['db']['h'], $u, $p);", ["db1"]),
    ("a.php", "$c = array('x' => ['h' => 'db0'],\n 'h' => 'db1');\n"
     "$l = mysqli_connect($c['h'], $u, $p);", ["db1"]),
    ("a.php", "$c = ['db' => ['h' => 'db1', 'n' => 'x'], 'h' => 'x'];\n$l = new mysqli($c['db']['h'], $u);",
     ["db1"]),
    ("a.py", "c = {'h': 'cache1'}\nr = redis.Redis(host=c['h'])\n", ["cache1"]),
    ("a.php", "$h = 'mc1';\n$memcache->addServer($h, 11211);", ["mc1"]),
    ("a.py", "h = 'cache1'\nr = redis.Redis(host=h)\n", ["cache1"]),
    ("a.py", "def c():\n    h = 'cache1'\n    return redis.StrictRedis(h)\n", ["cache1"]),
    ("a.py", "class C:\n    def __init__(self):\n        self.h = 'cache1'\n"
     "    def c(self):\n        return redis.Redis(host=self.h)\n", ["cache1"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "values"), FOUND)
def test_a_text_that_reaches_a_call_by_a_variable_is_found(path: str, text: str, values: list[str]) -> None:
    assert found(path, text) == values


@pytest.mark.parametrize(
    "text",
    [
        "function a() { $h = 'db1'; }\nfunction b() { return mysqli_connect($h, $u, $p); }",
        "$h = 'db1';\nfunction b($h) { return mysqli_connect($h, $u, $p); }",
        "$h = 'db1';\n$l = mysqli_query($h, 'SELECT 1');",
        "$hh = 'db1';\n$l = mysqli_connect($h, $u, $p);",
        "// $h = 'db1';\n$l = mysqli_connect($h, $u, $p);",
        "$x = '$h = \\'db1\\'';\n$l = mysqli_connect($h, $u, $p);",
        "$l = mysqli_connect($h, $u, $p);\nlog_to(\"connected to $h\", 'fans1');",
        "$h = '';\n$l = mysqli_connect($h, $u, $p);",
        "$f = 'list';\n$x = fopen($f, 'r');",
        "$h = 'db1';\n$l = connect_to($h, mysqli_connect(X, Y, Z));",
        "$c = ['h' => 'db1'];\n$l = mysqli_connect($c['host'], $u, $p);",
        "$c = ['x' => ['h' => 'db1']];\n$l = mysqli_connect($c['h'], $u, $p);",
        "if ($h == 'db1') { $l = mysqli_connect($h, $u, $p); }",
    ],
)
def test_no_other_text_is_taken_for_it(text: str) -> None:
    assert found("a.php", text) == []


def test_the_reason_names_the_variable_and_the_call() -> None:
    text = "<?php\n$h = 'db1';\n$l = mysqli_connect($h, $u, $p);\n"
    (finding,) = scanned({"a.php": text}).findings
    assert finding.reason.endswith("$h is given to mysqli_connect (line 3)")
    assert (finding.rule, finding.value.service) == ("php-mysqli", "mysql")


def test_a_name_that_tells_another_service_is_believed() -> None:
    connects = "function c() { $this->cache->connect($this->server); }"
    text = f"class Memcache {{\n public $server = '127.0.0.1';\n {connects}\n}}"
    (finding,) = scanned({"a.php": f"<?php\n{text}\n"}).findings
    assert finding.value.service == "memcached"


def found(path: str, text: str) -> list[str]:
    before = "<?php\n" if path.endswith(".php") else ""
    return [f.value.text for f in scanned({path: f"{before}{text}\n"}).findings]


ELSEWHERE = [
    ({"config.php": "define('MACHINE', 'db1');", "a.php": "mysqli_connect(MACHINE, $u, $p);"}, ["db1"]),
    ({"config.php": "const MACHINE = 'db1';", "a.php": "new mysqli(\\MACHINE, $u, $p);"}, ["db1"]),
    ({"c.php": "class Conf { const H = 'db1'; }", "a.php": "mysqli_connect(Conf::H, $u, $p);"}, ["db1"]),
    ({"lib/config.php": "$h = 'db1';", "a.php": "require_once __DIR__ . '/lib/config.php';\n"
      "mysqli_connect($h, $u, $p);"}, ["db1"]),
    ({"config.inc": "<?php $c = ['h' => 'db1', 'n' => 'x'];",
      "a.php": "include('config.inc');\n$l = new mysqli($c['h'], $u, $p);"}, ["db1"]),
    ({"config.php": "$h = 'db1';", "a.php": "mysqli_connect($h, $u, $p);"}, []),
    ({"config.php": "function f() { $h = 'db1'; }",
      "a.php": "include 'config.php';\nmysqli_connect($h, $u, $p);"}, []),
    ({"c.php": "class Other { const H = 'db1'; }", "a.php": "mysqli_connect(Conf::H, $u, $p);"}, []),
    ({"config.php": "define('MACHINE', 'db1');", "a.php": "mysqli_connect(MACHINE, $u, $p);",
      "b.php": "mysqli_connect($h, $u, MACHINE);"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("files", "values"), ELSEWHERE)
def test_constants_and_what_is_included_are_followed_into_other_files(
    files: dict[str, str], values: list[str]
) -> None:
    texts = {path: text if "<?php" in text else f"<?php\n{text}\n" for path, text in files.items()}
    findings = scanned(texts).findings
    assert [f.value.text for f in findings] == values
    assert all("a.php:" in f.reason for f in findings)


def test_a_call_in_the_same_file_is_told_first() -> None:
    text = "<?php\ndefine('MACHINE', 'db1');\nmysqli_connect(MACHINE, $u, $p);\n"
    files = {"b.php": text, "a.php": "<?php\nmysqli_connect(MACHINE, $u, $p);\n"}
    (finding,) = scanned(files).findings
    assert finding.reason.endswith("(line 3)")
