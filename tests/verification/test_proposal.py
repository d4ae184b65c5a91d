"""What verify needs is proposed from the keys, and is YAML that the settings take once <> is filled in."""

from __future__ import annotations

import re
from pathlib import Path

from portability.settings.parameters import Key
from portability.settings.project import load
from portability.values.environments import KeyInfo
from portability.verification.proposal import propose

KEYS = {
    "DB_HOST": KeyInfo("mysql", "host", "host", "writer"),
    "DB_HOST_RO": KeyInfo("mysql", "host", "host", "reader"),
    "DB_PASS": KeyInfo("mysql", "credential", "password"),
    "DB_PASS_RO": KeyInfo("mysql", "credential", "password", "reader"),
    "REDIS_HOST": KeyInfo("redis", "host", "host", "cache"),
    "HOST_WWW": KeyInfo("http", "host", "host"),
    "COOKIE_DOMAIN": KeyInfo("http", "host", "cookie-domain"),
    "PAYMENT_HOST": KeyInfo("http", "third-party", "host"),
    "S3_BUCKET": KeyInfo("s3", "aws", "bucket"),
    "AWS_ACCESS_KEY_ID": KeyInfo("aws", "credential", "access-key"),
    "SMTP_HOST": KeyInfo("smtp", "host", "host"),
}


def test_a_proposal_names_every_service_and_site_once(tmp_path: Path) -> None:
    text = propose("loadtest", KEYS, "public")
    filled = re.sub(r"<[^<>]*>", "filled", re.sub(r"(?m)^#.*\n", "", text))
    (tmp_path / "portability.yaml").write_text(f"version: 1\n{filled}", "utf-8")
    verifying = load(tmp_path).verifying
    assert [(site.name, site.host, site.document_root) for site in verifying.sites] == [
        ("www", Key("HOST_WWW"), "public")
    ]
    probes = {probe.name: probe for probe in verifying.probes}
    assert set(probes) == {"db", "db-host-ro", "redis", "s3-bucket", "smtp"}
    assert probes["db"].role == "writer"
    assert probes["db"].parameters["password"] == Key("DB_PASS")
    assert probes["db-host-ro"].parameters["password"] == Key("DB_PASS_RO")
    assert probes["s3-bucket"].parameters["access_key"] == Key("AWS_ACCESS_KEY_ID")
    assert verifying.crawl.start == ("/",)
