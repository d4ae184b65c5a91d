"""What a page names of a third party's is told with the way to allow it, where it may be allowed."""

from __future__ import annotations

from pathlib import Path

from portability.crawl import Leak, Weight
from portability.settings import load
from portability.verification import pages

KEYS = """\
DB_HOST: {service: mysql, category: host, kind: host}
MAP_HOST: {service: http, category: third-party, kind: host}
PAY_HOST: {service: payment, category: third-party, kind: host}
"""


def test_a_third_party_that_may_be_shared_is_told_so_once(tmp_path: Path) -> None:
    keys = tmp_path / "config/portability/keys.yaml"
    keys.parent.mkdir(parents=True)
    keys.write_text(KEYS, "utf-8")
    shareable = pages._shareable(load(tmp_path))
    assert shareable == {"MAP_HOST"}
    told = ("DB_HOST", "MAP_HOST", "PAY_HOST", "MAP_HOST", "portability.yaml")
    leaks = [Leak("x.example", "<a href>", "", Weight.ACTIVE, key) for key in told]
    (words,) = pages._third_parties(leaks, shareable)
    assert words.startswith("MAP_HOST is a third party's") and "{shared: reason}" in words
