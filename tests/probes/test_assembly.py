"""The file to deploy is one valid piece of PHP, always the same, and sets no beacon."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.probes import probe_file, probe_stub
from portability.proving.php import Php

KEY = bytes(range(32))


def test_it_is_one_file_that_compiles_and_is_the_same_each_time(tmp_path: Path) -> None:
    made = probe_file(KEY, "AppEnv\\Shop", "/srv/it's here/bootstrap.php", "..")
    assert made == probe_file(KEY, "AppEnv\\Shop", "/srv/it's here/bootstrap.php", "..")
    assert made.count(b"<?php") == made.count(b"namespace PortabilityProbe;") == 1
    assert made.endswith(b"'AppEnv\\\\Shop', '/srv/it\\'s here/bootstrap.php', __DIR__ . '/..');\n")
    file = tmp_path / "probe.php"
    file.write_bytes(made)
    assert Php.find().lint([file]) == []


def test_it_holds_nothing_that_sets_a_beacon() -> None:
    made = probe_file(KEY, "AppEnv", "bootstrap.php", ".").decode()
    for word in ("_seed(", "CREATE TABLE", "'SET'", "TagQueue", "S3_BEACON, $payload"):
        assert word not in made


def test_the_stub_of_a_document_root_holds_no_key() -> None:
    assert probe_stub("../it's.php") == b"<?php\nrequire __DIR__ . '/../it\\'s.php';\n"


def test_a_short_key_is_refused() -> None:
    with pytest.raises(UsageError):
        probe_file(b"short", "AppEnv", "bootstrap.php", ".")
