"""Runs one Apache a side on an application's own vhosts, with mod_php."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from examples.stage import names
from examples.stage.services import Workshop, end, wait_for_port

MODULES_FOLDER = Path("/usr/lib/apache2/modules")
MODULES = (
    "mpm_prefork",
    "authz_core",
    "authz_host",
    "dir",
    "mime",
    "env",
    "setenvif",
    "alias",
    "rewrite",
    "headers",
)
# Where the vhosts say that the application lies; each Apache sees its own folder there.
HOME = Path("/var/www/starclub.example")

CONFIG = """\
ServerRoot {home}
PidFile {home}/pid
Mutex file:{home}
DefaultRuntimeDir {home}
ErrorLog {log}
LogLevel warn
ServerName localhost
{listen}
{modules}
LoadModule php_module {folder}/libphp8.2.so
KeepAlive Off
StartServers 8
MinSpareServers 4
MaxSpareServers 150
MaxRequestWorkers 150
TypesConfig /etc/mime.types
DirectoryIndex index.php index.html
ServerTokens Prod
ServerSignature Off
FileETag None
Header unset Last-Modified
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<FilesMatch "\\.php$">
    SetHandler application/x-httpd-php
</FilesMatch>
IncludeOptional {app}/deploy/apache/*.conf
"""


def php_version_module() -> Path:
    """Return where mod_php has to be."""
    return MODULES_FOLDER / "libphp8.2.so"


def apache_config(home: Path, log: Path, addresses: Sequence[str]) -> str:
    """Return the settings of an Apache on port 80 that includes the vhosts of the application at HOME."""
    listen = "\n".join(f"Listen [{one}]:80" if ":" in one else f"Listen {one}:80" for one in addresses)
    modules = "\n".join(f"LoadModule {name}_module {MODULES_FOLDER}/mod_{name}.so" for name in MODULES)
    return CONFIG.format(home=home, log=log, listen=listen, modules=modules, folder=MODULES_FOLDER, app=HOME)


def apache_command(app: Path, config: Path) -> list[str]:
    """Return the command of an Apache that sees the folder as HOME.

    An own mount namespace: each side finds its own application at HOME. A nested user namespace:
    Apache will not run as root, and in there nobody is the stage's own user.
    """
    inner = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    as_nobody = ["unshare", "-U", "--map-user=65534", "--map-group=65534"]
    apache = ["apache2", "-DFOREGROUND", "-f", str(config)]
    return ["unshare", "-m", "sh", "-c", inner, "sh", str(app), str(HOME), *as_nobody, *apache]


def php_settings(sink: Path, scratch: Path, log: Path, authority: Path) -> str:
    """Return a php.ini: mails to the sink, files into scratch, the certificate's authority believed."""
    return (
        f"sendmail_path = {sink}\nsys_temp_dir = {scratch}\n"
        f"upload_tmp_dir = {scratch}\nerror_log = {log}\nlog_errors = On\n"
        f"curl.cainfo = {authority}\nopenssl.cafile = {authority}\n"
        "expose_php = Off\n"
    )


def write_mail_sink(program: Path, outbox: Path) -> None:
    """Write a program that takes PHP's mail() and adds what it is given to a file."""
    program.write_text(f"#!/bin/sh\ncat >> {outbox}\necho >> {outbox}\n")
    program.chmod(0o755)


class Webservers:
    """The running Apache of each side."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def serve(self, app: Path, side: str, environment: Mapping[str, str]) -> None:
        """Stop the side's Apache, if any, and start one on the given folder."""
        self.stop(side)
        home = self.shop.place("apache", side)
        log = self.shop.log(f"apache-{side}")
        address = f"{names.NETWORKS[side]}.10"
        (home / "apache.conf").write_text(apache_config(home, log, [address]))
        self.processes[side] = process = self.shop.start(
            f"apache-{side}",
            apache_command(app, home / "apache.conf"),
            {"APACHE_LOG_DIR": str(self.shop.place("log")), **environment},
        )
        wait_for_port(address, 80, process, log)

    def stop(self, side: str) -> None:
        """End the side's Apache and wait for it."""
        end(self.processes.pop(side, None))
