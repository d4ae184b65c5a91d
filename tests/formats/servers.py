"""Files of web servers in, what Apache and nginx answer with each of them out."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote_to_bytes

from tests.formats.programs import CLEAN, Seen, run

MODULES = Path("/usr/lib/apache2/modules")
_LOADED = (
    "mpm_prefork authz_core authn_core dir mime env setenvif rewrite headers alias expires info proxy "
    "proxy_http proxy_fcgi"
)
HOSTS = ("m.shop.example", "m.shop-lt.test")
"""The names that a pattern may be of, in production and elsewhere."""

PAGE = (
    "<?php header('Content-Type: application/json'); $e = $_SERVER; ksort($e); echo json_encode([$e, "
    "ini_get('user_agent'), ini_get('session.save_path')], JSON_INVALID_UTF8_SUBSTITUTE);"
)


def htaccess(files: Sequence[Path]) -> list[Seen]:
    """What a page and a redirect below each file's folder show, served by one Apache."""
    with TemporaryDirectory(prefix="shop-") as name:
        root = Path(name)
        root.chmod(0o755)
        for number, file in enumerate(files):
            (root / f"{number}").mkdir(mode=0o755)
            shutil.copyfile(file, root / f"{number}" / ".htaccess")
            (root / f"{number}" / "page.php").write_text(PAGE)
        with _apache(root) as port:
            return [_seen_of_apache(port, f"{number}") for number in range(len(files))]


def apache_configuration(files: Sequence[Path]) -> list[Seen]:
    """The directives that Apache reads, each with its arguments, as it dumps them."""
    seen = []
    for file in files:
        with TemporaryDirectory(prefix="shop-") as name:
            lines = [*_head(Path(name)), "Listen 127.0.0.1:8099", f"Include {file}"]
            (Path(name) / "apache.conf").write_text("\n".join(lines) + "\n")
            command = ["/usr/sbin/apache2", "-f", f"{name}/apache.conf", "-t", "-D", "DUMP_CONFIG"]
            dumped = run(command).partition(f"# In file: {file}")[2]
            seen.append([line.strip() for line in dumped.splitlines() if line.strip() and "#" not in line])
    return seen


def _head(here: Path) -> list[str]:
    return [
        f"ServerRoot {here}",
        f"PidFile {here}/pid",
        "TypesConfig /etc/mime.types",
        f"ErrorLog {here}/error.log",
        "ServerName www.shop.example",
        *(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED.split()),
    ]


def _seen_of_apache(port: int, folder: str) -> Seen:
    try:
        page = _get(_over_tcp(port), f"/{folder}/page.php")
    except OSError as error:
        return {"refused": str(error)}
    if page.status != 200:
        return {"refused": f"it answers {page.status}"}
    environment, *directives = json.loads(page.body)
    ours = {name: value for name, value in environment.items() if name.startswith("SHOP_")}
    gone = _get(_over_tcp(port), f"/{folder}/go")
    moved = [host for host in HOSTS if _get(_over_tcp(port), f"/{folder}/m", host).status == 302]
    place = unquote_to_bytes(gone.headers.get("Location", "").encode("latin-1")).decode("utf-8", "replace")
    return [ours, directives, _decoded(page.headers.get("X-Shop")), place, moved]


@contextmanager
def _apache(root: Path) -> Iterator[int]:
    """An Apache of its own on a free port of this machine, until the block ends."""
    port = _free_port()
    here = root / "apache"
    here.mkdir()
    lines = [
        *_head(here),
        f"Listen 127.0.0.1:{port}",
        f"LoadModule php_module {MODULES}/libphp8.2.so",
        "AddHandler application/x-httpd-php .php",
        f'DocumentRoot "{root}"',
        f'<Directory "{root}">\nAllowOverride All\nRequire all granted\n</Directory>',
        "User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
    ]
    (here / "apache.conf").write_text("\n".join(lines) + "\n")
    server = _started(["/usr/sbin/apache2", "-f", str(here / "apache.conf"), "-D", "FOREGROUND"], here)
    try:
        _wait(server, here, lambda: socket.create_connection(("127.0.0.1", port), 5).close())
        yield port
    finally:
        server.terminate()
        server.wait(60)


def nginx(files: Sequence[Path]) -> list[Seen]:
    """What one nginx answers, each file being a site of its own on a socket of its own."""
    with TemporaryDirectory(prefix="shop-") as name:
        return _nginx(files, Path(name))


def _nginx(files: Sequence[Path], here: Path) -> list[Seen]:
    lines = [f"daemon off; error_log {here}/error.log; pid {here}/pid; events {{}}", "http {"]
    lines += [f"access_log off; {kind}_temp_path {here}/{kind};" for kind in ("client_body", "proxy")]
    lines += [f"{kind}_temp_path {here}/{kind};" for kind in ("fastcgi", "uwsgi", "scgi")]
    sockets = []
    for number, file in enumerate(files):
        sockets.append(here / f"{number}")
        site = here / f"{number}.conf"
        site.write_bytes(file.read_bytes().replace(b"listen 80;", f"listen unix:{sockets[-1]};".encode()))
        lines.append(f"include {site};")
    (here / "nginx.conf").write_text("\n".join([*lines, "}"]))
    server = _started(["/usr/sbin/nginx", "-p", str(here), "-c", str(here / "nginx.conf")], here)
    try:
        _wait(server, here, lambda: _touch(sockets[-1]))
        return [_seen_of_nginx(one) for one in sockets]
    finally:
        server.terminate()
        server.wait(60)


def _started(command: Sequence[str], here: Path) -> subprocess.Popen[bytes]:
    """A server in a session of its own: Apache ends its whole group of processes when it ends."""
    with (here / "said").open("wb") as said:
        return subprocess.Popen(command, env=CLEAN, stderr=said, start_new_session=True)


def _seen_of_nginx(one: Path) -> Seen:
    answer = _get(_over_unix(one), "/go?a=1")
    shown = sorted([k, _decoded(v)] for k, v in answer.headers.items() if k.startswith("X-Shop"))
    moved = [host for host in HOSTS if _get(_over_unix(one), "/", host).status == 301]
    return [moved, answer.status, _decoded(answer.headers.get("Location")), shown, answer.body.decode()]


def _touch(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(path))


def _decoded(header: str | None) -> str:
    return (header or "").encode("latin-1").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def _get(connection: http.client.HTTPConnection, path: str, host: str = "www.shop.example") -> _Answer:
    with closing(connection):
        connection.request("GET", path, headers={"Host": host, "Connection": "close"})
        answer = connection.getresponse()
        return _Answer(answer.status, dict(answer.getheaders()), answer.read())


def _over_tcp(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def _over_unix(path: Path) -> http.client.HTTPConnection:
    class Connection(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(60)
            self.sock.connect(str(path))

    return Connection("localhost")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(server: subprocess.Popen[bytes], here: Path, connect: Callable[[], None]) -> None:
    """Until the server takes a connection; AssertionError with what it said where it ends instead."""
    for _ in range(3000):
        if server.poll() is not None:
            logs = [
                one.read_text("utf-8", "replace")
                for one in (here / "said", here / "error.log")
                if one.exists()
            ]
            raise AssertionError("\n".join(logs))
        try:
            connect()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the server did not start")
