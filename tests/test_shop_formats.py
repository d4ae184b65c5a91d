"""The files of an old shop in, with what a scan must find in each; and that a template can be made of it."""

from __future__ import annotations

import pytest

from portability.model import HOLE
from portability.values.templates import make_template, render_template
from tests.scans import scanned, source

FILES = {
    "infra/main.tf": (
        'resource "aws_db_instance" "db" {\n  password = "n0t-real-1"\n'
        '  setting {\n    name = "REDIS_HOST"\n    value = "redis-1"\n  }\n}\n',
        ["n0t-real-1", "redis-1"],
    ),
    "infra/prod.tfvars": ('db_host = "db-1"\n', ["db-1"]),
    "config/app.toml": (
        '[redis]\nhost = "redis-1" # cache\npassword = "n0t-real-1"\n',
        ["redis-1", "n0t-real-1"],
    ),
    "Dockerfile": (
        "FROM php:8.3\nENV DB_HOST=db-1 \\\n    DB_PASSWORD='n0t-real-1'\nRUN mysql -h db-2 -pn0t-real-2\n",
        ["db-1", "n0t-real-1", "db-2", "n0t-real-2"],
    ),
    "views/page.html.twig": (
        "{# www.fans.example #}\n{% set api = 'https://api.fans.example/v1' %}\n"
        '<form action="https://pay.fans.example/{{ id }}">\n',
        ["api.fans.example", "pay.fans.example"],
    ),
    "views/page.tpl": (
        '{* www.fans.example *}{assign var="api" value="https://api.fans.example/v1"}\n'
        '<form action="https://pay.fans.example/{$id}">\n',
        ["api.fans.example", "pay.fans.example"],
    ),
    "resources/views/page.blade.php": (
        "@php\n    $db = mysqli_connect('db-1', $user, 'n0t-real-1');\n@endphp\n"
        '<form action="https://pay.fans.example/{{ $id }}">\n',
        ["db-1", "n0t-real-1", "pay.fans.example"],
    ),
    "legacy/page.tpl": (
        "<p><?php $l = mysqli_connect('db1.fans.example', $u, $p); ?></p>\n",
        ["db1.fans.example"],
    ),
    "deploy/compose.yml": (
        "services:\n  web:\n    environment:\n      - DB_HOST=db-1\n      - DB_PASSWORD=n0t-real-1\n"
        "      - SMTP_HOST=${SMTP_HOST:-relay.fans.example}\n",
        ["db-1", "n0t-real-1", "relay.fans.example"],
    ),
    "deploy/stack.yaml": (
        "Db: {MasterUserPassword: n0t-real-1, Name: !Sub '${Env}-x', Sg: [!Ref A, !GetAtt B.Id]}\n"
        "Settings:\n  - OptionName: REDIS_HOST\n    Value: !If [Prod, redis-1, redis-2]\n",
        ["n0t-real-1", "redis-1", "redis-2"],
    ),
    "deploy/task.json": ('{"environment": [{"name": "DB_HOST", "value": "db-1"}]}\n', ["db-1"]),
    "deploy/hosts": ("10.20.0.5 db1.fans.example # db\n[web]\nweb1.fans.example\n", None),
    "deploy/servers.txt": (
        "web1.fans.example\nweb2.fans.example\n",
        ["web1.fans.example", "web2.fans.example"],
    ),
    "deploy/php.ini": (
        "[Session]\nsession.save_path = tcp://cache.fans.example:6379\n",
        ["cache.fans.example"],
    ),
    "deploy/php-fpm.d/www.conf": (
        "[www]\nenv[DB_HOST] = db-1\nphp_admin_value[mysqli.default_pw] = n0t-real-1\n",
        ["db-1", "n0t-real-1"],
    ),
    "deploy/supervisord.d/mails.ini": (
        '[program:mails]\nenvironment=MQ_HOST="mq-1",MQ_PASSWORD="n0t-real-1"\n',
        ["mq-1", "n0t-real-1"],
    ),
    "deploy/mails.service.d/override.conf": (
        "[Service]\nEnvironment=DB_HOST=db-1 DB_PASSWORD=n0t-real-1\n",
        ["db-1", "n0t-real-1"],
    ),
    "jobs/app.properties": ("db.host=db-1\ndb.password=n0t-real-1\n", ["db-1", "n0t-real-1"]),
    "web/api.service.ts": (
        "class Api { load(id: number) { return fetch(`https://api.fans.example/${id}`) as Data<T>; } }\n",
        ["api.fans.example"],
    ),
}


@pytest.mark.parametrize("path", FILES)
def test_its_values_are_found(path: str) -> None:
    text, expected = FILES[path]
    findings = scanned({path: text}, ["fans.example", "*.fans.example"]).findings
    values = [finding.value.text for finding in findings]
    assert values == (expected or ["10.20.0.5", "db1.fans.example", "web1.fans.example"])


@pytest.mark.parametrize("path", FILES)
def test_a_template_of_it_renders_to_the_same_bytes(path: str) -> None:
    file = source(path, FILES[path][0])
    findings = scanned({path: FILES[path][0]}, ["fans.example", "*.fans.example"]).findings
    values = {f"KEY_{number}": finding.value.text for number, finding in enumerate(findings)}
    edits = [(finding.site, key, values[key]) for key, finding in zip(values, findings, strict=True)]
    made = make_template(file, edits)
    assert made.refused == ()
    assert render_template(made.data, values, file.encoding) == file.data
    other = render_template(made.data, {key: f"x{key[4:]}.load.example" for key in values}, file.encoding)
    again = scanned({path: other.decode()}, ["load.example", "*.load.example"])
    assert HOLE not in other.decode()
    assert {f.value.text for f in again.findings if f.value.text.endswith(".load.example")}
