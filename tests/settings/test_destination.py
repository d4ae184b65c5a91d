"""Targets that are no folder of this machine: read whole, or refused with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability import targets
from portability.errors import UsageError
from portability.settings.destination import Ssh
from portability.settings.parameters import Key
from portability.settings.project import load
from portability.settings.replica import Target

ARN = "arn:aws:elasticbeanstalk:eu-west-1:444455556666:environment/shop/shop-lt"
BEANSTALK = (
    f"{{kind: elastic_beanstalk, application: shop, environment: shop-lt, allow: ['{ARN}'], "
    "tag: {env: lt}, options: {'aws:elasticbeanstalk:command': {Timeout: 600}}, "
    "variables: {DB_PASSWORD: {key: DB_PASSWORD}, APP_ENV: loadtest}, seconds: 900, poll: 20}"
)
SSH = (
    "{kind: ssh, host: lt-web-1.internal, port: 2222, user: deploy, key: keys/deploy, "
    "known_hosts: /etc/ssh/known, folder: /srv/shop, restart: [[service, php, restart]], keep: 2}"
)
COMMAND = "{kind: command, command: [bin/deploy, now], current: /srv/shop/current, seconds: 60}"


def target(folder: Path, text: str) -> Target:
    lines = ["version: 1", "production: {accounts: ['111122223333']}", "environments:", "  production: {}"]
    lines.append(f"  loadtest: {{aws: {{profile: shop-lt}}, target: {text}}}")
    (folder / "portability.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    found = targets.prepared(load(folder), "loadtest")
    assert found is not None
    return found


def test_an_environment_of_elastic_beanstalk_is_read_whole(tmp_path: Path) -> None:
    found = target(tmp_path, BEANSTALK)
    told = found.beanstalk
    assert told is not None and told.arn is not None
    assert (told.arn.account, told.arn.region, told.arn.text) == ("444455556666", "eu-west-1", ARN)
    assert (told.tag, told.poll, found.seconds) == (("env", "lt"), 20, 900)
    assert told.options == {"aws:elasticbeanstalk:command": {"Timeout": "600"}}
    assert found.variables == {"DB_PASSWORD": Key("DB_PASSWORD"), "APP_ENV": "loadtest"}
    assert (found.environment, found.profile, found.accounts) == ("loadtest", "shop-lt", ("111122223333",))
    assert found.folder == str(tmp_path / ".portability" / "targets" / "loadtest")


def test_another_machine_is_read_whole_and_its_files_are_the_projects(tmp_path: Path) -> None:
    found = target(tmp_path, SSH)
    key = str(tmp_path / "keys/deploy")
    assert found.ssh == Ssh("lt-web-1.internal", "deploy", "/srv/shop", key, "/etc/ssh/known", 2222)
    assert (found.restart, found.keep) == ((("service", "php", "restart"),), 2)


def test_a_command_is_read_whole(tmp_path: Path) -> None:
    found = target(tmp_path, COMMAND)
    assert found.script is not None and found.script.command == ("bin/deploy", "now")
    assert (found.script.current, found.seconds) == ("/srv/shop/current", 60)


@pytest.mark.parametrize(
    ("text", "change", "words"),
    (
        (BEANSTALK, ("kind: elastic_beanstalk", "kind: beanstalk"), "must be local or elastic_beanstalk or"),
        (BEANSTALK, (f"['{ARN}']", "[]"), "must name the environments that may be deployed to"),
        (BEANSTALK, ("environment/shop/shop-lt", "environment/shop/*"), "must be the ARN of an environment"),
        (BEANSTALK, ("444455556666", "4444"), "must be the ARN of an environment"),
        (BEANSTALK, ("application: shop, ", ""), "must say its application"),
        (BEANSTALK, ("{env: lt}", "{env: lt, a: b}"), "must be one tag"),
        (
            BEANSTALK,
            ("elasticbeanstalk:command", "elasticbeanstalk:application:environment"),
            "under variables:",
        ),
        (BEANSTALK, ("'aws:elasticbeanstalk:command'", "command"), "must be a namespace"),
        (BEANSTALK, ("APP_ENV: loadtest", "'A B': x"), "must be named as an environment variable is"),
        (BEANSTALK, ("APP_ENV: loadtest", "PORTABILITY_PROBE_KEY: x"), "portability's own"),
        (BEANSTALK, ("seconds: 900", "folder: /srv"), "unknown key"),
        (SSH, ("lt-web-1.internal", "'-oProxyCommand=x'"), "must be a host name or an address"),
        (SSH, ("user: deploy", "user: '-l'"), "must be the name of a user"),
        (SSH, ("folder: /srv/shop", "folder: shop"), "must be an absolute path"),
        (SSH, ("port: 2222", "port: 70000"), "must be a port"),
        (SSH, ("key: keys/deploy, ", ""), "must say its key"),
        (COMMAND, ("[bin/deploy, now]", "[]"), "must be a command"),
        (COMMAND, ("current: /srv/shop/current", "current: here"), "must be an absolute path"),
    ),
)
def test_what_is_wrong_is_refused_with_its_line(
    tmp_path: Path, text: str, change: tuple[str, str], words: str
) -> None:
    assert change[0] in text
    with pytest.raises(UsageError) as refused:
        target(tmp_path, text.replace(*change))
    assert words in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.where.endswith("portability.yaml:5")
