"""The stage as its user sees it: a context manager outside the namespace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from examples.stage import names
from examples.stage.messages import (
    Request,
    Response,
    Result,
    StageUnavailable,
    Upload,
    request_to_json,
    unpack,
)
from examples.stage.webserver import php_version_module

PROGRAMS = {
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
    "nft": "nftables",
    "openssl": "openssl",
    "apache2": "apache2",
    "php": "php8.2-cli",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "redis-server": "redis-server",
}
NAMESPACE = ["unshare", "-Urnm", "--map-root-user", "--pid", "--fork", "--kill-child"]
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/bin", "/bin"])
PHP_EXTENSIONS = {
    "pdo_mysql": "php-mysql",
    "redis": "php-redis",
    "amqp": "php-amqp",
    "curl": "php-curl",
}
DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


def missing_packages(rabbitmq: bool) -> list[str]:
    """Return the Debian packages that the stage needs and does not find."""
    missing = {package for name, package in PROGRAMS.items() if not shutil.which(name, path=SEARCH)}
    if not php_version_module().exists():
        missing.add("libapache2-mod-php8.2")
    extensions = Path("/etc/php/8.2/mods-available")
    missing |= {pack for name, pack in PHP_EXTENSIONS.items() if not (extensions / f"{name}.ini").exists()}
    if rabbitmq and not Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists():
        missing.add("rabbitmq-server")
    return sorted(missing)


def check_namespaces() -> None:
    """Raise StageUnavailable if this machine does not allow unprivileged namespaces."""
    done = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip()
        raise StageUnavailable(f"user, network, mount and pid namespaces are not allowed here: {words}")


class Stage:
    """Real servers of both sides, reachable only through this object.

    The scratch folder stays empty unless something fails; then it gets the logs.
    """

    def __init__(self, scratch_dir: Path | str, rabbitmq: bool = False) -> None:
        self._scratch = Path(scratch_dir)
        self._rabbitmq = rabbitmq
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Stage:
        missing = missing_packages(self._rabbitmq)
        if missing:
            raise StageUnavailable("these Debian packages are missing: " + " ".join(missing))
        check_namespaces()
        root = Path(__file__).resolve().parents[2]
        # The kernel means the thread that started us; where that is not the main one, the end of
        # our standard input alone has to tell.
        main = threading.current_thread() is threading.main_thread()
        self._process = subprocess.Popen(
            [*(DIE_WITH_PARENT if main else []), *NAMESPACE, sys.executable, "-m", "examples.stage.leader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=root,
            env={**os.environ, "PATH": SEARCH, "PYTHONPATH": str(root)},
            start_new_session=True,
        )
        try:
            self._order("build", rabbitmq=self._rabbitmq)
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
        try:
            texts = self.logs()
        except (RuntimeError, OSError):
            return
        folder = self._scratch / "stage-logs"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")

    def close(self) -> None:
        """End the namespace with everything in it."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    def serve(
        self,
        app_dir: Path | str,
        side: str = "production",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """(Re)start a side's Apache on a folder, with its database seeded and its caches empty.

        Apache sees the folder as /var/www/starclub.example; it must not lie under /run or /var/www.
        """
        if side not in names.SIDES:
            raise ValueError(f"side is one of {', '.join(names.SIDES)}, not {side!r}")
        app = str(Path(app_dir).resolve())
        self._order("serve", app=app, side=side, environment=dict(environment or {}))

    def fetch(
        self,
        url: str,
        method: str = "GET",
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Response:
        """Send one request from inside the namespace; redirects are not followed."""
        return self.send(Request(url, method, form, headers or {}, cookies or {}, upload))

    def send(self, request: Request) -> Response:
        """Send a request that pages() made."""
        got = self._order("fetch", request=request_to_json(request))
        headers = tuple((name, value) for name, value in got["headers"])
        return Response(got["status"], headers, unpack(got["body"]))

    def run(
        self,
        command: Sequence[str],
        cwd: Path | str,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 60,
    ) -> Result:
        """Run a command inside the namespace; code 124 means that it did not end in time."""
        got = self._order(
            "run",
            command=list(command),
            cwd=str(Path(cwd).resolve()),
            environment=dict(environment or {}),
            data=stdin,
            seconds=timeout,
        )
        return Result(got["code"], unpack(got["stdout"]), unpack(got["stderr"]))

    def recorded(self) -> list[dict[str, str]]:
        """Return what reached the stubs: side, host, method, path, body."""
        calls: list[dict[str, str]] = self._order("recorded")
        return calls

    def packets(self) -> dict[str, int]:
        """Return how many packets went to each side's addresses since the start."""
        counted: dict[str, int] = self._order("packets")
        return counted

    def logs(self) -> dict[str, str]:
        """Return the end of every server's log, by file name."""
        texts: dict[str, str] = self._order("logs")
        return texts

    def _order(self, action: str, **arguments: Any) -> Any:
        process = self._process
        if process is None:
            raise RuntimeError("the stage is not open")
        assert process.stdin is not None and process.stdout is not None
        with self._lock:
            line = json.dumps({"action": action, "arguments": arguments}).encode() + b"\n"
            try:
                process.stdin.write(line)
                process.stdin.flush()
            except BrokenPipeError:
                raise StageUnavailable("the stage's first process has ended") from None
            answer = process.stdout.readline()
        if not answer:
            raise StageUnavailable("the stage's first process has ended")
        told = json.loads(answer)
        if "unavailable" in told:
            raise StageUnavailable(told["unavailable"])
        if "failure" in told:
            raise RuntimeError(f"{action}: {told['failure']}")
        return told["value"]
