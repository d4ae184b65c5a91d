"""Folders and addresses in, command lines and settings files of the servers out; starts nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from examples.stage import names

DATABASE = "starclub"
# user -> the production password that it logs in with, and its rights
ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "starclub_app": ("Fake-Pr0d-Writer-Pw", "ALL"),
    "starclub_ro": ("Fake-Pr0d-Reader-Pw", "SELECT"),
    "report": ("root", "SELECT"),
}
SESSIONS_PASSWORD = "Fake-Pr0d-Sess-Auth"
BROKER_USER, BROKER_PASSWORD, BROKER_VHOST = "tickets", "Fake-Pr0d-Rabbit-Pw", "/starclub"
BROKER_PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def mariadb_install(datadir: Path) -> list[str]:
    """Return the command that makes an empty data folder."""
    return [
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={datadir}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
        "--innodb-log-file-size=8M",
    ]


def mariadb_server(
    datadir: Path, socket: Path, pid_file: Path, addresses: Sequence[str], number: int
) -> list[str]:
    """Return the command of a server with the given server id, tuned for a short life."""
    return [
        "mariadbd",
        "--no-defaults",
        "--user=root",
        f"--datadir={datadir}",
        f"--socket={socket}",
        "--bind-address=" + ",".join(addresses),
        "--port=3306",
        f"--server-id={number}",
        f"--pid-file={pid_file}",
        "--skip-name-resolve",
        "--max-connections=600",
        "--innodb-buffer-pool-size=32M",
        "--innodb-log-file-size=8M",
        "--innodb-flush-log-at-trx-commit=0",
        "--performance-schema=OFF",
    ]


def account_statements(side: str, values: Mapping[str, str]) -> list[str]:
    """Return the SQL that makes the database and, under each of their names, the side's accounts."""
    lines = [f"CREATE DATABASE IF NOT EXISTS {DATABASE};"]
    for user, (password, rights) in ACCOUNTS.items():
        secret = names.on_side(password, side, values)
        for name in dict.fromkeys((user, names.on_side(user, side, values))):
            lines.append(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{secret}';")
            lines.append(f"GRANT {rights} ON {DATABASE}.* TO '{name}'@'%';")
    return lines


def redis_server(folder: Path, addresses: Sequence[str], password: str = "") -> list[str]:
    """Return the command of a server that keeps nothing on disk."""
    command = ["redis-server", "--port", "6379", "--bind", *addresses]
    command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    command += ["--protected-mode", "no", "--dir", str(folder)]
    return [*command, *(["--requirepass", password] if password else [])]


def write_broker_files(home: Path, side: str, addresses: Sequence[str], values: Mapping[str, str]) -> None:
    """Write a broker's settings, its users among them, into its home."""
    (home / "definitions.json").write_text(json.dumps(_definitions(side, values)))
    # An IPv6 address stands there without brackets: what follows the last colon is the port.
    listeners = [f"listeners.tcp.{number} = {where}:5672" for number, where in enumerate(addresses, 1)]
    (home / "rabbitmq.conf").write_text(
        "\n".join(listeners) + f"\ncluster_name = starclub-{side}\n"
        f"loopback_users = none\nload_definitions = {home / 'definitions.json'}\n"
    )
    (home / "plugins").write_text("[].\n")


def broker_environment(home: Path, side: str, address: str, number: int) -> dict[str, str]:
    """Return what the broker's start script reads; brokers of one namespace differ in their number."""
    return {
        "HOME": str(home),
        "RABBITMQ_NODENAME": f"{side}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": address,
        "RABBITMQ_NODE_PORT": "5672",
        "RABBITMQ_DIST_PORT": str(25672 + number),
        "ERL_EPMD_PORT": str(4369 + number),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
    }


def _definitions(side: str, values: Mapping[str, str]) -> dict[str, object]:
    password = names.on_side(BROKER_PASSWORD, side, values)
    users = dict.fromkeys((BROKER_USER, names.on_side(BROKER_USER, side, values)))
    every = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "vhosts": [{"name": BROKER_VHOST}],
        "users": [{"name": name, "password": password, "tags": ""} for name in users],
        "permissions": [{"user": name, "vhost": BROKER_VHOST, **every} for name in users],
    }
