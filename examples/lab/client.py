"""The lab as its user sees it: a context manager, or a hold on the lab that 'up' started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from examples.lab import addresses, control, process
from examples.lab.errors import LabError
from examples.lab.health import Health
from examples.stage.messages import Request, Response, Result, Upload, request_to_json, unpack


class Lab:
    """Production and replica with real servers, reachable only through this object.

    The scratch folder stays empty unless something fails; then it gets the logs. `space` is the most
    that all files of the lab may take, in memory.
    """

    def __init__(self, scratch: Path | str, rabbitmq: bool = True, space: str = process.SPACE) -> None:
        self._scratch: Path | None = Path(scratch)
        self._rabbitmq = rabbitmq
        self._space = space
        self._process: process.Process | None = None
        self._leader = 0
        self.seconds: dict[str, float] = {}

    @classmethod
    def attached(cls, leader: int) -> Lab:
        """Return a lab that runs already; leaving it doesn't end it."""
        lab = cls("/", rabbitmq=False)
        lab._scratch, lab._leader = None, leader
        return lab

    @property
    def leader(self) -> int:
        """The pid of the lab's first process; 0 when it is not up."""
        return self._leader

    def __enter__(self) -> Lab:
        if self._leader:
            return self
        process.check_machine(self._rabbitmq)
        self._process = process.start(self._space)
        self._leader = self._process.leader
        try:
            self.build(self._rabbitmq)
        except BaseException:
            self._keep_logs()
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._keep_logs()
        self.close()

    def _keep_logs(self) -> None:
        """Write the servers' logs into the scratch folder, for whoever looks for the error."""
        if self._scratch is None:
            return
        try:
            texts = self.logs()
        except LabError:
            return
        for name, text in texts.items():
            file = self._scratch / "lab-logs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")

    def close(self) -> None:
        """End a lab that this object started, with everything in it."""
        ending, self._process = self._process, None
        if ending is not None:
            self._leader = 0
            ending.end()

    def build(self, rabbitmq: bool) -> None:
        """Start every server and serve the fan club on both sides."""
        self.seconds = self._order("build", rabbitmq=rabbitmq)

    def serve(self, side: str, app_dir: Path | str, environment: Mapping[str, str] | None = None) -> None:
        """(Re)start a side's Apache on a folder, with its databases seeded and its caches empty.

        Apache sees the folder as /var/www/starclub.example; it must not lie under /run or /var/www.
        """
        app = str(Path(app_dir).resolve())
        self._order("serve", side=_known(side), app=app, environment=dict(environment or {}))

    def serve_releases(
        self, side: str, folder: Path | str, environment: Mapping[str, str] | None = None
    ) -> None:
        """Put a side's Apache on what `folder`/current leads to, at this and each later restart.

        Nothing is served while there is no such link. Data stays as it is: see `seed`.
        """
        releases = str(Path(folder).resolve())
        self._order("serve_releases", side=_known(side), folder=releases, environment=dict(environment or {}))

    def beanstalk(self, folder: Path | str) -> None:
        """Let Elastic Beanstalk's stand-in really deploy: to releases in `folder`, which the replica serves.

        The environment is addresses.BEANSTALK's, in the replica's account, at the address of its S3. Its
        properties become the server's environment variables.
        """
        self._order("beanstalk", folder=str(Path(folder).resolve()))

    def trouble(self, **told: object) -> None:
        """Let Elastic Beanstalk's stand-in go wrong as `ordered` says; without a word: no more."""
        self._order("trouble", told=told)

    def restart(self, side: str) -> None:
        """Restart a side's Apache, as `python -m examples.lab restart SIDE` does inside the lab."""
        self._order("restart", side=_known(side))

    def seed(self, side: str, app_dir: Path | str) -> None:
        """Make a side's database anew from an application's SQL, and empty its caches; serves nothing."""
        self._order("seed", side=_known(side), app=str(Path(app_dir).resolve()))

    def fetch(
        self,
        side: str,
        url: str,
        method: str = "GET",
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Response:
        """Send one HTTP request from inside a side ('router' too); redirects are not followed."""
        return self.send(side, Request(url, method, form, headers or {}, cookies or {}, upload))

    def send(self, side: str, request: Request) -> Response:
        """Send a request that examples.stage.pages made."""
        got = self._order("fetch", side=side, request=request_to_json(request))
        headers = tuple((name, value) for name, value in got["headers"])
        return Response(got["status"], headers, unpack(got["body"]))

    def run(
        self,
        side: str,
        command: Sequence[str],
        *,
        cwd: Path | str = "/",
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 60,
    ) -> Result:
        """Run a command inside a side ('router' too); code 124 means that it did not end in time."""
        got = self._order(
            "run",
            side=side,
            command=list(command),
            cwd=str(Path(cwd).absolute()),
            environment=dict(environment or {}),
            data=stdin,
            seconds=timeout,
        )
        return Result(got["code"], unpack(got["stdout"]), unpack(got["stderr"]))

    def address(self, side: str, service: str, family: int = 4) -> str:
        """Return where a service of a side listens; `family` is 4 or 6."""
        return addresses.address(side, service, family)

    def dns(self, name: str, target: str | None) -> None:
        """Make a name an alias (CNAME) of a known name, or give it an address; None restores it."""
        self._order("dns", name=name, target=target)

    def lookups(self) -> list[tuple[str, str]]:
        """Return which names were asked for so far, with the address that asked: (address, name)."""
        return [(who, name) for who, name in self._order("lookups")]

    def packets(self) -> dict[tuple[str, str], int]:
        """Return how many packets of both families the router saw so far: (from, to) -> count."""
        counted = self._order("packets")
        return {(name.split("_")[0], name.split("_")[1]): count for name, count in counted.items()}

    def sql(self, side: str, text: str, role: str = "writer") -> str:
        """Run statements as root on a side's writer or reader; rows are lines with tabs between."""
        return str(self._order("sql", side=_known(side), role=role, text=text))

    def catch_up(self, side: str) -> bool:
        """Wait until a side's reader has what its writer has now; say whether it got there."""
        return bool(self._order("catch_up", side=_known(side)))

    def recorded(self) -> list[dict[str, str]]:
        """Return what reached mail, payments, chat and AWS: side, host, method, path, body."""
        return list(self._order("recorded"))

    def health(self) -> list[Health]:
        """Ask every service of both sides how it is."""
        return [Health(*told) for told in self._order("health")]

    def app(self, side: str) -> Path:
        """Return the folder that a side serves, as commands inside the lab see it."""
        return Path(self._order("apps")[_known(side)])

    def environment(self, side: str) -> dict[str, str]:
        """Return the environment that commands get in a side."""
        return dict(self._order("environment", side=side))

    def logs(self) -> dict[str, str]:
        """Return the end of every server's log, by file name."""
        return dict(self._order("logs"))

    def _order(self, action: str, **arguments: Any) -> Any:
        if not self._leader:
            raise LabError("the lab is not up")
        return control.order(self._leader, action, arguments)


def _known(side: str) -> str:
    if side not in addresses.SIDES:
        raise LabError(f"side is one of {', '.join(addresses.SIDES)}, not {side!r}")
    return side
