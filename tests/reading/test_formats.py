"""Which language a file is in, by its name, its first line and its content."""

from __future__ import annotations

import pytest

from portability.reading.formats import TEXT, detect


@pytest.mark.parametrize(
    ("path", "data", "language"),
    [
        ("index.php", b"", "php"),
        ("conf/general-example", b"<?php\ndefine('A', 'b');\n", "php"),
        ("config.php.dist", b"", "php"),
        ("settings.sample", b"x", TEXT),
        ("bin/run", b"#!/usr/bin/env bash\n", "shell"),
        ("bin/run", b"#!/usr/bin/python3.11 -u\n", "python"),
        ("bin/run", b"#!/usr/bin/php\n<?php\n", "php"),
        ("public/.htaccess", b"", "apache"),
        (".env.production", b"", "keyvalue"),
        ("a/b/composer.json", b"{}", "json"),
        ("app.ini", b"[a]\nb = c\n", "ini"),
        ("haproxy.cfg", b"frontend www\n    bind *:80\n    default_backend x\n", TEXT),
        ("etc/nginx/shop.conf", b"", "nginx"),
        ("etc/nginx/shop.conf.dist", b"", "nginx"),
        ("nginx.conf.d/readme", b"", TEXT),
        ("CONFIG.PHP", b"", "php"),
        ("bin/php", b"", TEXT),
        ("mail.blade.php", b"", "templates"),
        ("README.md", b"# x", TEXT),
        ("docs/README.md", b"# Plugins\n```php\n<?php\n$host = 'db1.shop.example';\n```\n", TEXT),
        ("extensions/maps/README", b"Call it so:\n<?php\n$host = 'db1.shop.example';\n", TEXT),
        ("UPGRADE-2.0", b"was:\n<?php\n$host = 'db1.shop.example';\n", TEXT),
        ("readme.txt", b"Paste this:\n<?php $host = 'db1.shop.example'; ?>\n", TEXT),
        ("bin/install", b"#!/usr/bin/env php\n<?php\n$host = 'db1.shop.example';\n", "php"),
        ("bin/install.sh", b"#!/bin/sh\ncurl http://db1.shop.example\n", "shell"),
        ("config.txt", b"<?php\n$host = 'db1.shop.example';\n", "php"),
        ("nothing", b"", TEXT),
    ],
)
def test_languages(path: str, data: bytes, language: str) -> None:
    assert detect(path, data) == language
