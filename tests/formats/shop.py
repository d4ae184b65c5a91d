"""The files of an old shop, one of each format, with what ties them to production."""

from __future__ import annotations

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
  "mysql": {"host": "db1.shop.example", "port": 3306, "password": "Fake-Db-Pw-1"},
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
