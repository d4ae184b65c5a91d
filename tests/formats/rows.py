"""One file of each format as an old shop has it, what becomes of it, what really reads it, and why so.

docs/formats.md is made of these rows. `how` says what apply has to do: edit the file in place, or make a
template of it; `undefined` what a reference in place would come to in that format without its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.formats import readers, servers
from tests.formats.readers import Reader


class How(StrEnum):
    """What becomes of a file."""

    IN_PLACE = "in place"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Row:
    """A format: a file of it, what becomes of that, its reader (None: nothing here reads it), in words."""

    format: str
    path: str
    text: str
    how: How
    read: Reader | None
    by: str
    why: str


PYTHON = '''\
#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""Reports of shop.example (this line stays: it is for people)."""
from __future__ import annotations
import json


def named(host):
    return lambda function: lambda *given: [host, function(*given)]


@named("mail.shop.example")
def server(host="db1.shop.example", password='Fake-Db-Pw-1'):
    return [host, password]


def kind(host):
    match host:
        case "www.shop.example" | "m.shop.example":
            return "web"
        case _:
            return "other"


sub = "de"
seen = [
    server(),
    kind("www.shop.example"),
    f"https://{sub!s:>4}.shop.example/{{id}}/{'x'}",
    ("https://"
     "api.shop.example"
     "/v1"),
    b"wss://chat.shop.example/".decode(),
    "https://%s@cdn.shop.example/%%" % sub,
]
print(json.dumps(seen))
'''
NODE = """\
#!/usr/bin/env node
'use strict';
const fs = require('fs');
const hosts = {'db1.shop.example': 'writer', api: "https://api.shop.example/v1"};
function connect(host = 'db1.shop.example', password = 'Fake-Db-Pw-1') {
    switch (host) {
        case 'db1.shop.example': return [host, password];
        default: return `wss://${host}.chat.shop.example/`;
    }
}
console.log(JSON.stringify([hosts, connect(), connect('x'), typeof fs]));
"""
DASH = """\
#!/bin/sh
set -eu
export API=https://api.shop.example/v1
case ${1:-db1.shop.example} in
db1.shop.example) printf '%s\\n' writer ;;
*) printf '%s\\n' "${1:-}" ;;
esac
printf '%s|' "$API" 'http://www.shop.example/$x' "https://m.shop.example/$#" --password='Fake-Db-Pw-1'
cat <<END
host = db1.shop.example
shell = ${0##*/}
END
"""
BASH = """\
#!/bin/bash
set -euo pipefail
hosts=(www.shop.example "m.shop.example" 'cdn.shop.example')
declare -A role=([db1.shop.example]=writer)
printf '%s\\n' "${hosts[@]}" "${!role[@]}" $'api.shop.example\\tx'
[[ ${hosts[0]} == www.shop.example ]] && printf 'same\\n'
"""
QUOTED_HEREDOC = """\
#!/bin/sh
cat <<'END'
{"host": "db1.shop.example", "as": "$HOME"}
END
"""
HTACCESS = """\
# the shop's own rules
SetEnv SHOP_DB db1.shop.example
SetEnv SHOP_PASSWORD "Fake-Db-Pw-1"
RewriteEngine On
RewriteCond %{HTTP_HOST} ^m\\.shop\\.example$ [NC]
RewriteRule ^m$ https://www.shop.example/ [R=302,L]
RewriteRule ^go$ https://www.shop.example/%{REQUEST_METHOD} [R=302,L]
Header set X-Shop "https://cdn.shop.example/"
php_value session.save_path "tcp://cache.shop.example:6379"
"""
VHOST = """\
<VirtualHost *:8099>
    ServerName www.shop.example
    ServerAlias shop.example \\
        m.shop.example
    SetEnv DB_PASSWORD 'Fake-Db-Pw-1'
    ProxyPass /api https://api.shop.example/v1
    Redirect permanent /old https://www.shop.example/
</VirtualHost>
"""
NGINX = """\
server {
    listen 80;
    server_name www.shop.example;
    add_header X-Shop-Policy "connect-src 'self' https://api.shop.example";
    set $db 'db1.shop.example';
    add_header X-Shop-Db $db;
    if ($host ~* ^m\\.shop\\.example$) { return 301 https://www.shop.example/m; }
    return 302 https://www.shop.example$request_uri;
}
"""
PHP_INI = """\
; of the shop
session.save_path = "tcp://cache.shop.example:6379?weight=1"
mysqli.default_host = db1.shop.example
mysqli.default_pw = "Fake-Db-Pw-1"
"""
FPM = """\
[www]
user = nobody
listen = /nonexistent/www.sock
pm = static
pm.max_children = 1
env[DB_HOST] = db1.shop.example
env[DB_PASSWORD] = "Fake-Db-Pw-1"
php_value[session.save_path] = "tcp://cache.shop.example:6379"
"""
INI = """\
[production]
db.host = "db1.shop.example"
db.password = 'Fake-Db-Pw-1'
api = https://api.shop.example/v1
hosts[] = www.shop.example
"""
MY_CNF = """\
[client]
host = db1.shop.example
password = "Fake-Db-Pw-1"
"""
COMPOSE = """\
version: '3'
services:
  web:
    image: shop
    environment:
      DB_HOST: db1.shop.example
      DB_PASSWORD: 'Fake-Db-Pw-1'
      API: "https://api.shop.example/v1"
      PRICE: 5$$
"""
SYMFONY = """\
parameters:
    database_host: db1.shop.example
    database_password: 'Fake-Db-Pw-1'
    api: 'https://api.shop.example/%%s'
    all: '%api%,www.shop.example'
services:
    mailer:
        class: ArrayObject
        arguments: ['smtp.shop.example']
"""
YAML = """\
production: &all
  db: {host: db1.shop.example, password: "Fake-Db-Pw-1"}
  api: https://api.shop.example/v1
  text: |
    Write to www.shop.example.
test: *all
"""
CLOUDFORMATION = """\
Resources:
  Host:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Name: db_host
      Value: db1.shop.example
  Url:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: url, Value: !Sub 'https://${AWS::Region}.shop.example/'}
"""
JSON = """\
{
  "mysql": {"host": "db1.shop.example", "port": 3307, "password": "Fake-Db-Pw-1"},
  "api": "https:\\/\\/api.shop.example\\/v1"
}
"""
XML = """\
<?xml version="1.0"?>
<config>
  <db host='db1.shop.example' password="Fake-Db-Pw-1"/>
  <api>https://api.shop.example/?a=1&amp;b=2</api>
  <cdn><![CDATA[https://cdn.shop.example/]]></cdn>
</config>
"""
TOML = """\
[db]
host = "db1.shop.example"
password = 'Fake-Db-Pw-1'
api = { url = "https://api.shop.example/v1" }
"""
DOTENV = """\
APP_ENV=production
DB_HOST=db1.shop.example
DB_PASSWORD='Fake-Db-Pw-1'
API="https://api.shop.example/v1"
"""
CRONTAB = """\
MAILTO=""
API="https://api.shop.example/v1"
*/5 * * * * echo db1.shop.example '5\\%' "$API"
"""
SUPERVISOR = """\
[supervisord]
[program:mails]
command=/bin/echo --host=mq.shop.example --rate=5%%
environment=DB_HOST="db1.shop.example",DB_PASSWORD="Fake-Db-Pw-1"
"""
SYSTEMD = """\
[Service]
Environment=DB_HOST=db1.shop.example "DB_PASSWORD=Fake-Db-Pw-1"
ExecStart=/bin/echo --api=https://api.shop.example/v1 --rate=5%%
"""
DOCKERFILE = """\
FROM php:8.2
ENV DB_HOST=db1.shop.example
ARG API="https://api.shop.example/v1"
RUN curl -fsS https://cdn.shop.example/a.tar.gz
"""
TERRAFORM = """\
variable "db_host" {
  default = "db1.shop.example"
}
locals {
  db_password = "Fake-Db-Pw-1"
  seen        = [var.db_host, local.db_password, "https://${var.db_host}/", "https://api.shop.example/v1"]
}
"""
TWIG = """\
{# for people: the page #}
{% set api = 'https://api.shop.example/v1' %}
<a href="https://{{ country }}.shop.example/{{ id }}">{{ api }}</a>
<script>var ws = "wss://chat.shop.example/{{ id }}";</script>
"""
SMARTY = """\
{assign var="api" value="https://api.shop.example/v1"}
<a href="https://{$country}.shop.example/{$id}">{$api}</a>
"""
BLADE = """\
@php
    $api = 'https://api.shop.example/v1';
@endphp
<a href="https://{{ $country }}.shop.example/{{ $id }}">{!! $api !!}</a>
"""
HTML = """\
<html><head><link rel=canonical href=https://www.shop.example/></head>
<body onload="go('https://api.shop.example/v1')">
<a href="https://m.shop.example/?a=1&amp;b=2" title='//cdn.shop.example'>Shop</a>
<script>var api = "https://api.shop.example/v1";</script></body></html>
"""
BROWSER = """\
window.api = 'https://api.shop.example/v1';
fetch("https://www.shop.example/feed", {headers: {'X-Host': 'cdn.shop.example'}});
var socket = new WebSocket(`wss://chat.shop.example/${window.api.length > 9}`);
if (/^m\\.shop\\.example$/.test(location.hostname)) { $.ajax({url: '//m.shop.example/'}); }
"""
TYPESCRIPT = """\
import fs from 'node:fs';
export const api: string = 'https://api.shop.example/v1';
"""
CSS = """\
.logo { background: url(https://cdn.shop.example/logo.png); }
@import "https://static.shop.example/a.css";
"""
SQL = """\
INSERT INTO `t` (`a`, `b`) VALUES ('home', 'https://www.shop.example/'), ('it''s', "cdn.shop.example");
"""
PROPERTIES = """\
db.host = db1.shop.example
db.password: Fake-Db-Pw-1
api=https\\://api.shop.example/v1
"""
HOSTS = """\
127.0.0.1 localhost
10.20.0.5 db1.shop.example db1  # the writer
"""

STARTED = "who starts it with which environment does not stand in the project"
ROWS = {
    row.format: row
    for row in (
        Row(
            "Python",
            "jobs/report.py",
            PYTHON,
            How.IN_PLACE,
            readers.python_program,
            "Python",
            "`AppEnv.KEY` of a module that the file imports: typed, and an error without its value",
        ),
        Row(
            "JavaScript, Node",
            "jobs/mailer.js",
            NODE,
            How.IN_PLACE,
            readers.node_program,
            "Node",
            "`AppEnv.KEY` of a module: typed, where `process.env` gives texts, and `undefined` without a "
            "value. Only where the script shows that Node runs it (`#!`, `node:` or a module that no bundler "
            "has, `.cjs`)",
        ),
        Row(
            "JavaScript, browser",
            "web/shop.js",
            BROWSER,
            How.TEMPLATE,
            readers.javascript_browser,
            "Node's engine, with a page's objects",
            "a browser has no environment; a script with the values, loaded before, would be one more "
            "request that caches and content policies know nothing of",
        ),
        Row(
            "TypeScript, JSX",
            "web/api.ts",
            TYPESCRIPT,
            How.TEMPLATE,
            None,
            "",
            "a compiler moves the code, from where it would not find the values; render before it is built",
        ),
        Row(
            "sh",
            "cron/go.sh",
            DASH,
            How.IN_PLACE,
            readers.shell("dash"),
            "dash",
            "`${KEY:?}` of a sourced file: the script ends without its value",
        ),
        Row(
            "bash",
            "bin/hosts.bash",
            BASH,
            How.IN_PLACE,
            readers.shell("bash"),
            "bash",
            "the same; arrays too",
        ),
        Row(
            "sh, a text that expands nothing",
            "bin/config.sh",
            QUOTED_HEREDOC,
            How.TEMPLATE,
            readers.shell("dash"),
            "dash",
            "a here-document with a quoted end mark reads no variables",
        ),
        Row(
            "Apache, `.htaccess`",
            ".htaccess",
            HTACCESS,
            How.TEMPLATE,
            servers.htaccess,
            "Apache with mod_php",
            "`${KEY}` without its value stays as it is written, with no more than a warning; only the server "
            "can define it, and dots in patterns need another spelling",
        ),
        Row(
            "Apache, configuration",
            "deploy/apache2/shop.conf",
            VHOST,
            How.TEMPLATE,
            servers.apache_configuration,
            "Apache (`-D DUMP_CONFIG`)",
            "the same",
        ),
        Row(
            "nginx",
            "deploy/nginx/shop.conf",
            NGINX,
            How.TEMPLATE,
            servers.nginx,
            "nginx",
            "it reads no environment; `envsubst` takes nginx' own `$variables` away",
        ),
        Row(
            "php.ini",
            "deploy/php.ini",
            PHP_INI,
            How.TEMPLATE,
            readers.php_ini,
            "PHP",
            "`${KEY}` without its value is an empty text",
        ),
        Row(
            "php-fpm's pools",
            "deploy/php-fpm.d/www.conf",
            FPM,
            How.TEMPLATE,
            readers.php_fpm,
            "php-fpm (`-tt`)",
            "`${KEY}` without its value is an empty text; " + STARTED,
        ),
        Row(
            "INI",
            "config/app.ini",
            INI,
            How.TEMPLATE,
            readers.ini,
            "PHP's parse_ini_file",
            "`${KEY}` without its value is an empty text, between `'` or in raw mode it is not read at all",
        ),
        Row(
            "MariaDB's and MySQL's options",
            "deploy/my.cnf",
            MY_CNF,
            How.TEMPLATE,
            readers.my_cnf,
            "my_print_defaults",
            "they read no environment",
        ),
        Row(
            "YAML, Compose",
            "docker-compose.yml",
            COMPOSE,
            How.TEMPLATE,
            readers.compose,
            "docker-compose 1.29",
            "`${KEY}` without its value is an empty text with a warning; `${KEY:?}` stops, but every "
            "`docker compose` on production would need the values first",
        ),
        Row(
            "YAML, Symfony",
            "config/services.yaml",
            SYMFONY,
            How.TEMPLATE,
            readers.symfony_container,
            "Symfony's container",
            "`%env(KEY)%` without its value throws when the service is asked for, not when it is deployed; "
            "web server, cron and workers all need it in their environment",
        ),
        Row(
            "YAML, CloudFormation",
            "deploy/stack.yaml",
            CLOUDFORMATION,
            How.TEMPLATE,
            readers.cloudformation,
            "moto's CloudFormation, a stand-in",
            "a parameter has to be given to each update of the stack, or keeps the value that it had",
        ),
        Row(
            "YAML",
            "data/settings.yaml",
            YAML,
            How.TEMPLATE,
            readers.pyyaml,
            "PyYAML, Symfony's parser",
            "it reads no environment",
        ),
        Row(
            "JSON",
            "config/app.json",
            JSON,
            How.TEMPLATE,
            readers.json_php,
            "PHP, Node",
            "it reads no environment",
        ),
        Row(
            "XML",
            "config/app.xml",
            XML,
            How.TEMPLATE,
            readers.xml,
            "PHP's DOM (libxml2)",
            "it reads no environment",
        ),
        Row(
            "TOML",
            "config/app.toml",
            TOML,
            How.TEMPLATE,
            readers.toml,
            "Python's tomllib",
            "it reads no environment",
        ),
        Row(
            ".env",
            ".env",
            DOTENV,
            How.TEMPLATE,
            readers.dotenv_symfony,
            "Symfony's and Laravel's (vlucas) readers, dash",
            "it is the environment; rendered whole",
        ),
        Row(
            "properties",
            "jobs/app.properties",
            PROPERTIES,
            How.TEMPLATE,
            readers.properties,
            "Java, where it is installed",
            "they read no environment",
        ),
        Row(
            "crontab",
            "deploy/crontab",
            CRONTAB,
            How.TEMPLATE,
            readers.crontab,
            "sh, by the rules of crontab(5); cron itself was *not run*",
            "`NAME=value` expands nothing, and `%` ends a command",
        ),
        Row(
            "supervisor",
            "deploy/supervisor/mails.conf",
            SUPERVISOR,
            How.TEMPLATE,
            readers.supervisor,
            "supervisor",
            "`%(ENV_KEY)s` without its value stops all of supervisor, and names every variable in its error; "
            + STARTED,
        ),
        Row(
            "systemd's units",
            "deploy/mails.service",
            SYSTEMD,
            How.TEMPLATE,
            readers.systemd,
            "systemd (`--test`)",
            "`$KEY` in a command without its value is an empty text; `Environment=` expands nothing",
        ),
        Row(
            "Dockerfile",
            "Dockerfile",
            DOCKERFILE,
            How.TEMPLATE,
            None,
            "",
            "`ARG` without its value is an empty text, and what is built in stays: an image per environment, "
            "built where it is rendered, without secrets",
        ),
        Row(
            "Terraform",
            "infra/main.tf",
            TERRAFORM,
            How.TEMPLATE,
            readers.terraform,
            "terraform, where it is installed (it is no package of Debian)",
            "a variable needs a `-var-file` at every call; without, terraform asks or stops",
        ),
        Row(
            "Twig",
            "views/page.html.twig",
            TWIG,
            How.TEMPLATE,
            readers.twig,
            "Twig 3",
            "`constant('AppEnv\\\\KEY')` throws without its value, while the page is made, wherever one "
            "entry point does not load the values; it escapes `&` too",
        ),
        Row(
            "Smarty",
            "views/page.tpl",
            SMARTY,
            How.TEMPLATE,
            readers.smarty,
            "Smarty 4",
            "`{$smarty.const.KEY}` knows no namespaces, and without its value is an empty text or an error, "
            "by version",
        ),
        Row(
            "Blade",
            "resources/views/page.blade.php",
            BLADE,
            How.TEMPLATE,
            readers.blade,
            "Laravel's compiler",
            "a constant throws without its value, while the page is made; `env()` is null once the "
            "configuration is cached",
        ),
        Row(
            "HTML",
            "web/index.html",
            HTML,
            How.TEMPLATE,
            readers.html,
            "PHP's DOM (libxml2)",
            "it reads no environment",
        ),
        Row("CSS", "web/shop.css", CSS, How.TEMPLATE, None, "", "it reads no environment"),
        Row(
            "SQL",
            "database/seed.sql",
            SQL,
            How.TEMPLATE,
            readers.sql,
            "MariaDB",
            "a client reads no environment; a dump that is too large is refused",
        ),
        Row(
            "lists of machines",
            "deploy/hosts",
            HOSTS,
            How.TEMPLATE,
            readers.etc_hosts,
            "the C library (`getent`)",
            "they read no environment",
        ),
    )
}
