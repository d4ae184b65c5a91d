"""What the settings say of a replica's machines on AWS is checked where it stands."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.settings.project import load
from portability.settings.watching import Commands, Watching

AWS = "aws: {regions: [eu-west-1]}"
TAGS = "tags: {'elasticbeanstalk:environment-name': shop-lt}"
CANARY = "canary: [10.30.255.250]"


def read(folder: Path, guard: str, aws: str = AWS) -> Watching | None:
    (folder / "portability.yaml").write_text(
        "environments:\n  production: {}\n  loadtest:\n    networks: [10.30.0.0/16]\n"
        f"    {aws}\n    guard: {guard}\n"
    )
    return load(folder).environment("loadtest").watching


def test_machines_canary_and_the_time_to_wait_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, f"{{{TAGS}, {CANARY}, wait: 300}}")
    assert found is not None
    assert found.tags == {"elasticbeanstalk:environment-name": "shop-lt"}
    assert found.canary == (ipaddress.ip_address("10.30.255.250"),)
    assert (found.wait, found.commands) == (300.0, None)


@pytest.mark.parametrize(
    ("said", "commands"),
    (
        ("true", Commands()),
        ("false", None),
        ("{socket: /run/php/php8.2-fpm.sock}", Commands("/run/php/php8.2-fpm.sock")),
        (
            "{socket: '127.0.0.1:9000', current: /srv/shop/current}",
            Commands("127.0.0.1:9000", current="/srv/shop/current"),
        ),
    ),
)
def test_how_php_fpm_is_asked_is_read(tmp_path: Path, said: str, commands: Commands | None) -> None:
    found = read(tmp_path, f"{{{TAGS}, {CANARY}, run_command: {said}}}")
    assert found is not None
    assert found.commands == commands


@pytest.mark.parametrize(
    ("guard", "aws", "word"),
    (
        (f"{{{CANARY}}}", AWS, "which machines"),
        (f"{{{TAGS}}}", AWS, "its canary"),
        (f"{{{TAGS}, {CANARY}}}", "binding: {}", "regions"),
        (f"{{{TAGS}, {CANARY}, wait: 0}}", AWS, "seconds"),
        (f"{{{TAGS}, canary: [nowhere]}}", AWS, "address"),
        (f"{{{TAGS}, canary: [10.31.0.9]}}", AWS, "environments.loadtest.networks"),
        (f"{{{TAGS}, {CANARY}, run_command: {{socket: www.sock}}}}", AWS, "socket"),
        (f"{{{TAGS}, {CANARY}, run_command: {{folder: run}}}}", AWS, "absolute"),
        (f"{{{TAGS}, {CANARY}, tag: {{}}}}", AWS, "tag"),
    ),
)
def test_what_cannot_be_meant_is_an_error_with_its_place(
    tmp_path: Path, guard: str, aws: str, word: str
) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path, guard, aws)
    assert word in f"{error.value.message} {error.value.hint}"
    assert "portability.yaml" in error.value.where
