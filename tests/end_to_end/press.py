"""WordPress as a team runs it on AWS, with its address in the rows alone, and a replica of it brought up.

The replica is brought up by the command line, in the order of docs/runbook.md: production's rows cloned,
people made harmless and test users made by recipes, production's URLs in rows rewritten.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from examples import replica
from examples.lab import Lab
from examples.stage import names, recipes
from tests.end_to_end import beanstalking
from tests.end_to_end.packaged import SECRETS, Described, Production, world_of
from tests.end_to_end.world import World
from tests.prove.installed import USER, WP_CONFIG, wordpress

FANS = 20
FAN, FAN_PASSWORD = "lt-1", "Fake-Fan-Pw-1"
PRODUCTION = "www.starclub.example"
CLONE = f"mysql://{USER}@{beanstalking.on_side(names.WRITER)}/{recipes.DATABASE}"

_HOMES = f"""\
define( 'WP_HOME', 'http://{PRODUCTION}' );
define( 'WP_SITEURL', 'http://{PRODUCTION}' );
"""
CONFIG = WP_CONFIG.replace(
    _HOMES,
    f"define( 'COOKIE_DOMAIN', '.starclub.example' );\ndefine( 'STARCLUB_REDIS', '{names.CACHE}' );\n",
).replace("define( 'WP_HTTP_BLOCK_EXTERNAL', true );\n", "")

PLUGIN = """\
<?php
/*
Plugin Name: Star club
*/
defined( 'ABSPATH' ) || exit;

add_action( 'wp_footer', function () {
\t$cache = new Redis();
\t$cache->connect( STARCLUB_REDIS, 6379, 1 );
\t$links = get_option( 'starclub_links' );
\techo '<img src="https://d1fakestarclub.cloudfront.net/logo.png" alt="">';
\techo '<a href="', esc_url( $links['shop'] ), '">Shop</a>, visits: ', (int) $cache->incr( 'visits' );
} );
add_action( 'send_headers', function () {
\theader( 'Content-Security-Policy: ' . get_option( 'starclub_policy' ) );
} );
add_action( 'starclub_digest', function () {
\twp_remote_get( get_option( 'starclub_links' )['news']['feed'], array( 'timeout' => 2 ) );
} );
add_action( 'template_redirect', function () {
\tif ( isset( $_GET['mail'] ) ) {
\t\twp_mail( get_option( 'admin_email' ), 'The week', 'All is well.' );
\t}
} );
"""

WRITTEN = f"""
kses_remove_filters();
$home = 'http://{PRODUCTION}';
update_option( 'siteurl', $home );
update_option( 'home', $home );
update_option( 'permalink_structure', '/%postname%/' );
for ( $i = 1; $i <= {FANS}; $i++ ) {{
\twp_insert_user( array( 'user_login' => "fan$i", 'user_pass' => "Fake-Fan-$i", 'role' => 'subscriber',
\t\t'user_email' => "fan$i@fans.example", 'user_url' => "$home/fans/fan$i" ) );
}}
$parts = array(
\t1 => "<!-- wp:paragraph --><p>See <a href='$home/tour-2/'>the next</a>.</p><!-- /wp:paragraph -->",
\t2 => "<!-- wp:paragraph --><p>A <a href='//{PRODUCTION}/tour-3/'>concert</a>.</p><!-- /wp:paragraph -->",
\t3 => "<img src='$home/stage.png' srcset='$home/stage.png 1x, $home/stage-2.png 2x' alt=''>",
\t4 => '<!-- wp:starclub/card ' . wp_json_encode( array( 'url' => "$home/cards/" ) ) . ' --><div data-card="'
\t\t. esc_attr( wp_json_encode( array( 'url' => "$home/cards/" ) ) )
\t\t. '">Card</div><!-- /wp:starclub/card -->',
);
foreach ( $parts as $i => $text ) {{
\t$post = wp_insert_post( wp_slash( array( 'post_title' => "Tour $i", 'post_name' => "tour-$i",
\t\t'post_content' => $text, 'post_status' => 'publish', 'post_author' => 1 ) ) );
\twp_insert_comment( array( 'comment_post_ID' => $post, 'comment_author' => "Fan $i", 'comment_approved' => 1,
\t\t'comment_author_email' => "fan$i@fans.example", 'comment_content' => "Great, $home/tour-$i/ is mine",
\t\t'comment_author_url' => "$home/fans/fan$i" ) );
}}
$news = array( 'feed' => "$home/feed/" );
update_option( 'starclub_links', array( 'shop' => "$home/shop", 'news' => $news ) );
update_option( 'starclub_policy', "img-src 'self' https://d1fakestarclub.cloudfront.net $home" );
wp_schedule_event( time() - 60, 'hourly', 'starclub_digest' );
"""

HTACCESS = """\
# BEGIN WordPress
RewriteEngine On
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
# END WordPress
"""

PEOPLE = """\
-- Nobody's address stays.
UPDATE wp_users SET user_email = CONCAT('user', ID, '@lt-starclub.example');
UPDATE wp_comments SET comment_author_email = CONCAT('comment', comment_ID, '@lt-starclub.example');
UPDATE wp_options SET option_value = 'office@lt-starclub.example'
  WHERE option_name IN ('admin_email', 'mailserver_login');
"""
USERS = f"""\
INSERT INTO wp_users (user_login, user_pass, user_nicename, user_email, display_name, user_registered)
  SELECT CONCAT('lt-', seq), MD5(@lt_pw), CONCAT('lt-', seq), CONCAT('lt-', seq, '@lt-starclub.example'),
    CONCAT('Fan ', seq), NOW() FROM seq_1_to_{FANS};
INSERT INTO wp_usermeta (user_id, meta_key, meta_value)
  SELECT ID, 'wp_capabilities', 'a:1:{{s:10:"subscriber";b:1;}}' FROM wp_users WHERE user_login LIKE 'lt-%';
"""


def _secret(name: str) -> dict[str, str]:
    return {"secret": f"file:{SECRETS}/inventory/{name}"}


SALTS = [
    f"{name}_{kind}" for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE") for kind in ("KEY", "SALT")
]

DESCRIBED = Described(
    endpoints=("writer", "cache"),
    sites={"www": {"host": {"key": "WWW_HOST"}, "document_root": "site"}},
    probes={
        "writer": {
            "service": "mysql",
            "role": "writer",
            "host": {"key": "DB_HOST"},
            "user": USER,
            "password": {"key": "DB_PASSWORD"},
            "database": recipes.DATABASE,
        },
        "cache": {"service": "redis", "host": {"key": "STARCLUB_REDIS"}},
    },
    crawl={
        "start": ["/", "/tour-1/", "/tour-2/", "/tour-3/", "/tour-4/", "/wp-admin/"],
        "most": 30,
        "login": {
            "url": "/wp-login.php",
            "form": {"log": FAN, "pwd": _secret("fan-of-the-press")},
            "contains": "Dashboard",
        },
    },
    jobs={"wp-cron": {"command": ["php", "site/wp-cron.php"]}},
    secrets={name: f"Fake-Lt-{name}-0123456789" for name in SALTS},
    logins={"fan-of-the-press": FAN_PASSWORD},
    replica={
        "database": {
            "url": CLONE,
            "password": _secret("starclub_app"),
            "recipes": ["sql/people.sql", "sql/users.sql"],
            "variables": {"lt_pw": _secret("fan-of-the-press")},
            "users": {
                "query": "SELECT user_login AS name, user_email FROM wp_users WHERE user_login LIKE 'lt-%'",
                "password": _secret("fan-of-the-press"),
            },
            "mail": {"allowed": ["lt-starclub.example"]},
        }
    },
)


def press(lab: Lab, folder: Path) -> World:
    """WordPress on the lab's production, its rows cloned into the replica as they are; no more is done."""
    installed = wordpress(Production(lab), folder, CONFIG, PLUGIN, WRITTEN)
    (installed.site / ".htaccess").write_text(HTACCESS, "utf-8")
    for name, text in (("people", PEOPLE), ("users", USERS)):
        file = installed.folder / "sql" / f"{name}.sql"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    world = world_of(lab, installed, DESCRIBED, folder)
    fingerprinted(world)
    return world


def fingerprinted(world: World) -> None:
    """Takes production's fingerprint in production's own checkout, as the runbook says, and commits it."""
    app = world.story.app
    theirs = app.with_name("on-production")
    shutil.copytree(app, theirs, symlinks=True)
    for words in ("render", "fingerprint --yes"):
        command = [sys.executable, "-m", "portability", "-C", str(theirs), *words.split()]
        command += ["--env", "production"]
        done = world.lab.run("production", command, cwd=replica.HERE.parent)
        assert done.code == 0, (done.stdout + done.stderr).decode()
    told = "config/portability/fingerprints/production.json"
    world.write(told, (theirs / told).read_text("utf-8"))
    shutil.rmtree(theirs)
    world.commit()
