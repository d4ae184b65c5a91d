"""WordPress and MediaWiki, installed on the stage with a database, as a team would run them in production."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from examples.stage import names, recipes
from examples.stage.messages import Result
from tests.prove.applications import unpacked_together, without_links

USER, (PASSWORD, _) = "starclub_app", recipes.ACCOUNTS["starclub_app"]
ADMIN, ADMIN_PASSWORD = "keeper", "Fake-Keeper-Pw-1"

VHOST = """\
<VirtualHost *:80>
    ServerName www.starclub.example
    DocumentRoot /var/www/starclub.example/site
    <Directory /var/www/starclub.example/site>
        AllowOverride All
        Require all granted
    </Directory>
</VirtualHost>
"""


class Ground(Protocol):
    """The servers that an application is installed on: a Stage, or production of a lab."""

    def serve(self, app_dir: Path | str, side: str, environment: Mapping[str, str]) -> None:
        """See Stage."""

    def run(
        self,
        command: Sequence[str],
        cwd: Path | str,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 60,
    ) -> Result:
        """See Stage."""

    def logs(self) -> dict[str, str]:
        """See Stage."""


@dataclass(frozen=True)
class Installed:
    """An application on the stage: the folder that is served, its `site` in it, and PHP's environment."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The project: what stands in version control and is served."""
        return self.folder / "site"

    def serve(self, stage: Ground) -> None:
        """Puts production's Apache on it, its database as it was after the installation."""
        stage.serve(self.folder, "production", self.environment)


def _prepared(folder: Path, site: Path, environment: Mapping[str, str] | None = None) -> Installed:
    (folder / "database").mkdir(parents=True)
    (folder / "database" / "schema.sql").write_text("SELECT 1;")
    (folder / "database" / "seed.sql").write_text("SELECT 1;")
    (folder / "deploy" / "apache").mkdir(parents=True)
    (folder / "deploy" / "apache" / "site.conf").write_text(VHOST)
    site.rename(folder / "site")
    return Installed(folder, environment or {})


def _installed(stage: Ground, app: Installed, command: list[str]) -> None:
    """Runs the application's own installer, and keeps what it wrote into the database."""
    done = stage.run(command, app.site, app.environment, timeout=300)
    told = re.sub(rb"<style.*?</style>|<[^>]+>", b"", done.stdout + done.stderr, flags=re.S).strip()
    assert done.code == 0, (told[-1000:], stage.logs().get("php.log", "")[-2000:])
    dump = ["mariadb-dump", "--no-defaults", f"--host={names.WRITER}", f"--user={USER}"]
    dump += [f"--password={PASSWORD}", "--skip-dump-date", recipes.DATABASE]
    dumped = stage.run(dump, app.site, timeout=120)
    assert dumped.code == 0, dumped.stderr
    (app.folder / "database" / "schema.sql").write_bytes(dumped.stdout)


WP_CONFIG = f"""\
<?php
define( 'DB_NAME', '{recipes.DATABASE}' );
define( 'DB_USER', '{USER}' );
define( 'DB_PASSWORD', '{PASSWORD}' );
define( 'DB_HOST', '{names.WRITER}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'AUTH_KEY',         'Fake-Auth-Key-3f9a1c7e5b2d8046aa17' );
define( 'SECURE_AUTH_KEY',  'Fake-Secure-Auth-Key-91c4e7a25d0b83f6' );
define( 'LOGGED_IN_KEY',    'Fake-Logged-In-Key-7d20b5f8e3a91c46' );
define( 'NONCE_KEY',        'Fake-Nonce-Key-c58e01f7a94d2b63' );
define( 'AUTH_SALT',        'Fake-Auth-Salt-0a6d93e2b7f15c84' );
define( 'SECURE_AUTH_SALT', 'Fake-Secure-Auth-Salt-e41b7c90d2f86a35' );
define( 'LOGGED_IN_SALT',   'Fake-Logged-In-Salt-83f0a2d6c95b17e4' );
define( 'NONCE_SALT',       'Fake-Nonce-Salt-b92e5d18f37a60c4' );
define( 'WP_HOME', 'http://www.starclub.example' );
define( 'WP_SITEURL', 'http://www.starclub.example' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_DEBUG', false );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{
\tdefine( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""

WP_PLUGIN = """\
<?php
/*
Plugin Name: Star club
*/
defined( 'ABSPATH' ) || exit;

add_action( 'wp_footer', function () {
\techo '<img src="https://d1fakestarclub.cloudfront.net/logo.png" alt="">';
} );
add_filter( 'the_content', fn( $text ) => $text . "<p>Shop: http://admin.starclub.example/shop</p>" );
"""

WP_CLOCK = """\
<?php
add_filter( 'date_i18n', fn( $text, $format, $time ) => $time < %d ? $text : gmdate( $format, %d ), 10, 3 );
"""
"""Its clock stands: the settings' page names the minute, which may pass between two fetches."""

WP_ENTERED = """\
<?php
header( 'Content-Type: text/plain' );
$cache = new Redis();
$cache->connect( 'starclub-cache.fake01.0001.euw1.cache.amazonaws.com', 6379 );
echo $cache->ping() ? "the cache answers\\n" : "it does not\\n";
"""

WP_INSTALL = f"""\
<?php
$_SERVER['HTTP_HOST'] = 'www.starclub.example';
define( 'WP_INSTALLING', true );
require 'wp-load.php';
require 'wp-admin/includes/upgrade.php';
wp_install( 'Star club', '{ADMIN}', 'keeper@fans.example', true, '', '{ADMIN_PASSWORD}' );
update_option( 'active_plugins', array( 'starclub/starclub.php' ) );
echo get_option( 'siteurl' );
"""


def wordpress(
    stage: Ground, folder: Path, config: str = WP_CONFIG, plugin: str = WP_PLUGIN, written: str = ""
) -> Installed:
    """WordPress with a theme, a plugin of the team's, and a page that is entered past WordPress.

    `written` is PHP that writes what editors and readers have written until now.
    """
    packages = ("wordpress", "wordpress-theme-twentytwentythree", "libjs-underscore", "libjs-cropper")
    root = unpacked_together((*packages, "php-getid3"), folder)
    site = root / "usr/share/wordpress"
    (site / ".htaccess").unlink()
    without_links(site, root)
    (site / "wp-config.php").write_text(config)
    (site / "wp-content/plugins/starclub").mkdir()
    (site / "wp-content/plugins/starclub/starclub.php").write_text(plugin)
    (site / "health.php").write_text(WP_ENTERED)
    (site / "wp-content/mu-plugins").mkdir()
    now = int(time.time())
    (site / "wp-content/mu-plugins/clock.php").write_text(WP_CLOCK % (now, now))
    app = _prepared(folder / "wordpress", site)
    app.serve(stage)
    script = app.folder / "install.php"
    script.write_text(WP_INSTALL + written)
    _installed(stage, app, ["php", str(script)])
    script.unlink()
    return app


MEDIAWIKI_OWN = """
$wgServer = 'http://www.starclub.example';
$wgSitename = 'Star club';
$wgMainCacheType = 'redis';
$wgObjectCaches['redis'] = [
\t'class' => 'RedisBagOStuff',
\t'servers' => [ 'starclub-cache.fake01.0001.euw1.cache.amazonaws.com:6379' ],
];
$wgLogos = [ '1x' => 'https://d1fakestarclub.cloudfront.net/wiki.png' ];
$wgJobRunRate = 0;
require_once __DIR__ . '/extensions/StarClub/StarClub.php';
"""

MEDIAWIKI_CLOCK = "\\Wikimedia\\Timestamp\\ConvertibleTimestamp::setFakeTime( {} );\n"
"""Its clock stands: some pages name the minute, which may pass between the fetches before and those after."""

MEDIAWIKI_EXTENSION = """\
<?php
if ( !defined( 'MEDIAWIKI' ) ) {
\tdie( 'This file is an extension.' );
}
$wgHooks['SkinAfterBottomScripts'][] = static function ( $skin, &$text ) {
\t$text .= '<!-- tickets: http://admin.starclub.example/tickets -->';
};
"""


def mediawiki(
    stage: Ground,
    folder: Path,
    php: str = "/run/stage/php",
    own: str = "",
    extension: str = MEDIAWIKI_EXTENSION,
) -> Installed:
    """MediaWiki with its skins, an extension of the team's, and a cache.

    `php` is the folder of the servers' settings of PHP, `own` what the team adds to the settings.
    """
    root = unpacked_together(("mediawiki", "mediawiki-classes", "php8.2-intl"), folder)
    site = root / "usr/share/mediawiki"
    for name in ("LocalSettings.php", "config", "extensions", "images"):
        (site / name).unlink()
    shutil.rmtree(site / "extensions-core")
    (site / "extensions/StarClub").mkdir(parents=True)
    (site / "extensions/StarClub/StarClub.php").write_text(extension)
    (site / "images").mkdir()
    without_links(site, root)
    settings = folder / "php"
    settings.mkdir()
    module = next((root / "usr/lib/php").glob("*/intl.so"))
    (settings / "intl.ini").write_text(f"extension={module}\n")
    scanned = {"PHP_INI_SCAN_DIR": f":{php}:{settings}"}
    app = _prepared(folder / "mediawiki", site, scanned)
    app.serve(stage)
    install = ["php", "maintenance/install.php", f"--dbserver={names.WRITER}", f"--dbname={recipes.DATABASE}"]
    install += [f"--dbuser={USER}", f"--dbpass={PASSWORD}", "--server=http://www.starclub.example"]
    install += ["--scriptpath=", f"--pass={ADMIN_PASSWORD}", "--skins=Vector,MonoBook,Timeless"]
    _installed(stage, app, [*install, "Star club", ADMIN])
    with (app.site / "LocalSettings.php").open("a") as file:
        file.write(own or MEDIAWIKI_OWN + MEDIAWIKI_CLOCK.format(int(time.time())))
    return app
