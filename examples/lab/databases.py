"""MariaDB of both sides: a writer and a reader that replicates from it, as servers of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from examples.lab.addresses import PORTS, SERVICES, SIDES, address, both, service_names
from examples.lab.errors import LabError
from examples.lab.namespaces import inside
from examples.lab.template import Template
from examples.stage import names, recipes
from examples.stage.services import SQL_FILES, Workshop, wait_for_port, wait_for_socket

ROLES = ("writer", "reader")
# What each role listens on: the report database is the reader under another address.
LISTENS = {"writer": ("writer",), "reader": ("reader", "report")}
REPLICATION_USER, REPLICATION_PASSWORD = "replication", "Fake-Replication-Pw"


class Databases:
    """The four servers."""

    def __init__(self, shop: Workshop, template: Template) -> None:
        self.shop = shop
        self.template = template
        self.processes: dict[tuple[str, str], subprocess.Popen[bytes]] = {}

    def start(self, side: str, role: str) -> None:
        """Unpack a data folder and start a server on it."""
        data = self.shop.place("mysql") / f"{side}-{role}"
        self.template.unpack(data)
        number = 10 * (1 + SIDES.index(side)) + 1 + ROLES.index(role)
        addresses = [one for service in LISTENS[role] for one in both(side, SERVICES[service])]
        pid_file = self.shop.folder / f"mysql-{side}-{role}.pid"
        command = recipes.mariadb_server(data, self.socket(side, role), pid_file, addresses, number)
        command.append(f"--gtid-domain-id={1 + SIDES.index(side)}")
        if role == "writer":
            command += [f"--log-bin={side}-bin", "--sync-binlog=0"]
        else:
            command += ["--read-only=1", f"--relay-log={side}-relay"]
        self.processes[side, role] = inside(side, self.shop.start, f"mariadb-{side}-{role}", command)

    def socket(self, side: str, role: str) -> Path:
        """Return the socket on which root may do everything."""
        return self.shop.folder / f"mysql-{side}-{role}.sock"

    def prepare(self, side: str) -> None:
        """Wait for a side's servers, make its accounts and its owner's mark, and start replication."""
        for role in ROLES:
            process, log = self.processes[side, role], self.shop.log(f"mariadb-{side}-{role}")
            wait_for_port(address(side, role), PORTS[role], process, log)
            wait_for_socket(self.socket(side, role), process, log)
        secret = f"{REPLICATION_PASSWORD}-{side}"
        lines = [
            *recipes.account_statements(side, self.shop.values),
            f"CREATE USER '{REPLICATION_USER}_{side}'@'%' IDENTIFIED BY '{secret}';",
            f"GRANT REPLICATION SLAVE ON *.* TO '{REPLICATION_USER}_{side}'@'%';",
            "CREATE DATABASE lab; CREATE TABLE lab.owner (side VARCHAR(20) NOT NULL PRIMARY KEY);",
            f"INSERT INTO lab.owner VALUES ('{side}');",
        ]
        for user in recipes.ACCOUNTS:
            for name in dict.fromkeys((user, names.on_side(user, side, self.shop.values))):
                lines.append(f"GRANT SELECT ON lab.* TO '{name}'@'%';")
        self.sql(side, "writer", "\n".join(lines))
        writer = service_names(side, self.shop.values)["writer"][0]
        self.sql(
            side,
            "reader",
            f"CHANGE MASTER TO MASTER_HOST='{writer}', MASTER_USER='{REPLICATION_USER}_{side}', "
            f"MASTER_PASSWORD='{secret}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1; START SLAVE;",
        )

    def sql(self, side: str, role: str, text: str | bytes, database: str = "") -> str:
        """Run statements as root; the rows come back as lines with tabs between."""
        return self._ask(side, role, text, "--skip-column-names", *filter(None, [database]))

    def _ask(self, side: str, role: str, text: str | bytes, *options: str) -> str:
        data = text if isinstance(text, bytes) else text.encode()
        socket = f"--socket={self.socket(side, role)}"
        command = ["mariadb", "--no-defaults", "--user=root", socket, "--batch", *options]
        return self.shop.call(command, data).decode("utf-8", "replace")

    def seed(self, side: str, app: Path) -> None:
        """Make the side's database anew from the application's SQL, on the reader too."""
        name = recipes.DATABASE
        self.sql(side, "writer", f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
        for file in SQL_FILES:
            self.sql(side, "writer", (app / file).read_bytes(), name)
        if not self.catch_up(side):
            told = self.replication(side)
            words = told.get("Last_IO_Error") or told.get("Last_SQL_Error") or "it is too slow"
            raise LabError(f"the reader of {side} does not follow its writer: {words}")

    def catch_up(self, side: str, seconds: int = 20) -> bool:
        """Wait until the reader has what the writer had at the call; say whether it got there."""
        position = self.sql(side, "writer", "SELECT @@gtid_binlog_pos;").strip()
        reached = self.sql(side, "reader", f"SELECT MASTER_GTID_WAIT('{position}', {seconds});")
        return reached.strip() == "0"

    def replication(self, side: str) -> dict[str, str]:
        """Return what the reader says of its replication, by MariaDB's own names."""
        text = self._ask(side, "reader", "SHOW SLAVE STATUS\\G")
        pairs = (line.partition(":") for line in text.splitlines())
        return {name.strip(): value.strip() for name, colon, value in pairs if colon}
