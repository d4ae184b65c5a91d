"""Values that are put together, in one file or across files: found where their parts are written."""

from __future__ import annotations

import pytest

from tests.scans import found, scanned, values

OWN = ("fans.example", "*.fans.example")


@pytest.mark.parametrize(
    ("code", "host"),
    [
        ("$host = 'api' . '.fans.example';", "api.fans.example"),
        ("$host = 'api' . '.' . 'fans' . '.example';", "api.fans.example"),
        ("$url = 'https://' . 'api' . '.fans.example' . '/v1';", "api.fans.example"),
        ("$url = sprintf('https://%s.fans.example/%s', $a, $b);", "fans.example"),
        ("$url = sprintf('%s://%s', 'https', 'api.fans.example');", "api.fans.example"),
        ("$url = vsprintf('https://%s.fans.example/%s', [$a, $b]);", "fans.example"),
        ("$host = implode('.', ['api', 'fans.example']);", "fans.example"),
        ('$url = "https://{$sub}.fans.example/x";', "fans.example"),
        ("$text = <<<EOT\nhttps://api.fans.example/x\nEOT;", "api.fans.example"),
        ("$dsn = <<<'EOT'\nhost=db1.fans.example\nEOT;", "db1.fans.example"),
        ("$host = SUB . '.fans.example';", "fans.example"),
        ("$url = 'https://' . Names::SUB . '.fans.example/v1';", "fans.example"),
        ("define('HOST', SUB . '.fans.example');", "fans.example"),
        ("const HOST = SUB . '.' . 'fans.example';", "fans.example"),
        ("class A { const HOST = 'db1.fans.example'; }", "db1.fans.example"),
        ("$url = strtr('https://{sub}.fans.example', ['{sub}' => 'api']);", "fans.example"),
    ],
)
def test_a_host_is_found_in_what_is_put_together(code: str, host: str) -> None:
    assert values(f"<?php\n{code}\n", own=OWN) == [host]


def test_a_constant_s_value_is_found_where_it_is_defined_by_its_name() -> None:
    files = {
        "config.php": "<?php\ndefine('DB_HOST', 'db1');\ndefine('DB_PASS', 'Fake-sunflower');\n",
        "a.php": "<?php\nnew PDO('mysql:host=' . DB_HOST . ';dbname=x', $u, DB_PASS);\n",
    }
    seen = scanned(files).findings
    assert [(f.path, f.line, f.names, f.value.service) for f in seen] == [
        ("config.php", 2, ("DB_HOST",), "mysql"),
        ("config.php", 3, ("DB_PASS",), "mysql"),
    ]


def test_a_host_in_two_files_is_found_in_its_longer_half() -> None:
    files = {
        "config.php": "<?php\ndefine('SUB', 'api');\ndefine('DOMAIN', '.fans.example');\n",
        "a.php": "<?php\n$a = 'https://' . SUB . '.fans.example/';\n$b = 'https://' . SUB . DOMAIN;\n",
    }
    assert found(files, OWN) == ["a.php:2 own-host fans.example", "config.php:3 own-host fans.example"]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("file_get_contents(sprintf('https://www.partner-shop.de/q?a=%s', $a));", "www.partner-shop.de"),
        ("$c = curl_init(rtrim('https://www.partner-shop.de/', '/'));", "www.partner-shop.de"),
        ("$api_url = sprintf('https://www.partner-shop.de/q?a=%s', $a);", "www.partner-shop.de"),
        ("new PDO(sprintf('mysql:host=db1;dbname=%s', $n), $u, $p);", "db1"),
        ("mysqli_connect($h, $u, trim('Fake-sunflower'));", "Fake-sunflower"),
        ("new PDO(sprintf('mysql:host=%s', $h), $u, sprintf('Fake-sunflower'));", "Fake-sunflower"),
    ],
)
def test_a_text_that_is_filled_in_or_trimmed_stands_for_the_result(code: str, value: str) -> None:
    assert values(f"<?php\n{code}\n") == [value]


def test_what_fills_a_text_in_is_not_its_result() -> None:
    assert values("<?php\nfile_get_contents(sprintf('%s?from=%s', $url, 'partner-shop.de'));\n") == []
