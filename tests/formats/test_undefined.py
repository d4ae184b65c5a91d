"""What a reference in place comes to where its value is missing: the reason why most formats get a template.

Each text is read by the program that reads it in production; docs/formats.md tells the same.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.formats import readers, servers
from tests.formats.programs import Reader

OPEN = [
    (
        "apache",
        ".htaccess",
        "SetEnv SHOP_A https://${SHOP_NONE}/\n",
        servers.htaccess,
        "https://${SHOP_NONE}/",
    ),
    ("php.ini", "php.ini", 'session.save_path = "tcp://${SHOP_NONE}:6379"\n', readers.php_ini, "tcp://:6379"),
    ("ini", "a.ini", 'a = "x${SHOP_NONE}y"\n', readers.ini, '{"a": "xy"}'),
    ("ini in single quotes", "a.ini", "a = 'x${PATH}y'\n", readers.ini, "x${PATH}y"),
    (
        "compose",
        "docker-compose.yml",
        "version: '3'\nservices: {web: {image: a, environment: {A: 'x${SHOP_NONE}y'}}}\n",
        readers.compose,
        '"A": "xy"',
    ),
    ("smarty", "a.tpl", "x{$smarty.const.SHOP_NONE}y", readers.smarty, "xy"),
    ("dotenv", ".env", 'A="x${SHOP_NONE}y"\n', readers.dotenv_symfony, '"A": "xy"'),
    ("sh", "a.sh", 'echo "x${SHOP_NONE}y"\n', readers.shell("dash"), "xy"),
    (
        "node",
        "a.js",
        "console.log(JSON.stringify(`https://${process.env.SHOP_NONE}/`))\n",
        readers.node_program,
        "https://undefined/",
    ),
    ("crontab", "crontab", "A=x${HOME}y\n* * * * * echo $A\n", readers.crontab, "x${HOME}y"),
    (
        "systemd",
        "a.service",
        "[Service]\nEnvironment=A=x${HOME}y\nExecStart=/bin/true\n",
        readers.systemd,
        "x${HOME}y",
    ),
]
CLOSED = [
    (
        "nginx",
        "a.conf",
        'server { listen 80; return 302 "http://${shop_none}/"; }\n',
        servers.nginx,
        "unknown",
    ),
    (
        "compose",
        "docker-compose.yml",
        "version: '3'\nservices: {web: {image: a, environment: {A: 'x${SHOP_NONE:?}y'}}}\n",
        readers.compose,
        "SHOP_NONE",
    ),
    (
        "symfony",
        "services.yaml",
        "services: {a: {class: ArrayObject, arguments: [['%env(SHOP_NONE)%']]}}\n",
        readers.symfony_run,
        "EnvNotFoundException",
    ),
    (
        "supervisor",
        "a.conf",
        "[supervisord]\n[program:a]\ncommand=/bin/true\nenvironment=A=%(ENV_SHOP_NONE)s\n",
        readers.supervisor,
        "SystemExit",
    ),
    ("twig", "a.twig", "{{ constant('AppEnv\\\\SHOP_NONE') }}", readers.twig, "SHOP_NONE"),
    ("blade", "a.blade.php", "{{ \\AppEnv\\SHOP_NONE }}", readers.blade, "SHOP_NONE"),
    ("sh", "a.sh", '#!/bin/sh\necho "x${SHOP_NONE:?}y"\n', readers.shell("dash"), "SHOP_NONE"),
    ("smarty with a namespace", "a.tpl", "{$smarty.const.AppEnv\\SHOP_NONE}", readers.smarty, "Syntax error"),
    (
        "terraform",
        "main.tf",
        'variable "shop_none" {\n  type = string\n}\nlocals {\n  seen = "x${var.shop_none}"\n}\n',
        readers.terraform_plan,
        "No value for required variable",
    ),
]


def _file(tmp_path: Path, path: str, text: str) -> list[Path]:
    (tmp_path / "file").mkdir()
    file = tmp_path / "file" / path
    file.write_text(text)
    return [file]


@pytest.mark.parametrize(
    ("path", "text", "read", "seen"), [case[1:] for case in OPEN], ids=[c[0] for c in OPEN]
)
def test_it_goes_on_without_the_value(path: str, text: str, read: Reader, seen: str, tmp_path: Path) -> None:
    found = read(_file(tmp_path, path, text))[0]
    assert seen in json.dumps(found)


@pytest.mark.parametrize(
    ("path", "text", "read", "said"), [case[1:] for case in CLOSED], ids=[c[0] for c in CLOSED]
)
def test_it_stops_without_the_value(path: str, text: str, read: Reader, said: str, tmp_path: Path) -> None:
    if path == "main.tf" and not shutil.which("terraform"):
        pytest.skip("terraform is not installed: it is no package of Debian")
    with pytest.raises(AssertionError, match=said):
        read(_file(tmp_path, path, text))
