"""The smallest tree of each stack that it can be told by, with what ties it to production."""

from __future__ import annotations

from pathlib import Path

DB = "shop.cluster-cfake0000001.eu-west-1.rds.amazonaws.com"
_ENTRY = "<?php\ndefined('BASEPATH') OR exit('No direct script access allowed');\n"
_CRON = "<?php\n// entered by cron\n$db = new mysqli('" + DB + "', 'shop', 'Fake-Pr0d-Pw-77');\n"

TREES: dict[str, dict[str, str]] = {
    "bedrock": {
        "config/application.php": "<?php\ndefine('WP_ENV', getenv('WP_ENV') ?: 'production');\n"
        f"define('DB_HOST', '{DB}');\n",
        "web/wp-config.php": "<?php\nrequire_once dirname(__DIR__) . '/config/application.php';\n"
        "require_once ABSPATH . 'wp-settings.php';\n",
        "web/wp/wp-includes/version.php": "<?php\n$wp_version = '6.1';\n",
        "web/wp/wp-load.php": "<?php\n",
        "web/app/plugins/shop/shop.php": "<?php\nif ( ! defined( 'ABSPATH' ) ) { exit; }\n"
        f"$db = new mysqli('{DB}', 'shop', '');\n",
    },
    "codeigniter": {
        "app/Config/Paths.php": "<?php\nnamespace Config;\nclass Paths\n{\n}\n",
        "app/Config/Boot/production.php": "<?php\nini_set('display_errors', '0');\n",
        "app/Config/Boot/testing.php": "<?php\nini_set('display_errors', '1');\n",
        "app/Config/Database.php": "<?php\n\nnamespace Config;\n\nclass Database extends Config\n{\n"
        f"    public array $default = ['hostname' => '{DB}'];\n}}\n",
        "spark": "#!/usr/bin/env php\n<?php\n// CodeIgniter's command line\n",
        "public/index.php": "<?php\n",
    },
    "codeigniter3": {
        "index.php": "<?php\ndefine('BASEPATH', 'system/');\n",
        "system/core/CodeIgniter.php": _ENTRY,
        "application/config/config.php": _ENTRY,
        "application/config/database.php": _ENTRY
        + f"\n$db['default'] = array('hostname' => '{DB}', 'dbdriver' => 'mysqli');\n",
        "cron/report.php": _CRON,
    },
    "drupal": {
        "web/core/lib/Drupal.php": "<?php\nclass Drupal {}\n",
        "web/core/includes/bootstrap.inc": "<?php\n",
        "web/sites/default/settings.php": "<?php\n"
        f"$databases['default']['default'] = ['host' => '{DB}', 'driver' => 'mysql'];\n",
        "web/sites/shop/settings.php": "<?php\n$settings['hash_salt'] = '';\n",
        "web/modules/custom/shop/shop.module": "<?php\nfunction shop_db() {\n"
        f"  return new mysqli('{DB}', 'shop', '');\n}}\n",
    },
    "drupal7": {
        "includes/bootstrap.inc": "<?php\ndefine('DRUPAL_MINIMUM_PHP', '5.2.4');\n",
        "modules/system/system.module": "<?php\n",
        "sites/default/settings.php": f"<?php\n$databases['default']['default'] = array('host' => '{DB}');\n",
        "index.php": "<?php\n",
    },
    "laravel": {
        "artisan": "#!/usr/bin/env php\n<?php\n$app = require_once __DIR__.'/bootstrap/app.php';\n",
        "bootstrap/app.php": "<?php\n\n$app = new Illuminate\\Foundation\\Application(dirname(__DIR__));\n"
        "return $app;\n",
        "bootstrap/cache/config.php": f"<?php return array('database' => array('host' => '{DB}'));\n",
        "config/database.php": f"<?php\n\nreturn ['mysql' => ['host' => env('DB_HOST', '{DB}')]];\n",
        "public/index.php": "<?php\n$app = require_once __DIR__.'/../bootstrap/app.php';\n",
        "resources/views/home.blade.php": f"<p>{{{{ $title }}}}</p>\n<p>{DB}</p>\n",
        "cron/report.php": _CRON,
        "portability.yaml": "version: 1\nvalues: portability\nrendered: portability/current\n",
    },
    "magento": {
        "bin/magento": "#!/usr/bin/env php\n<?php\n",
        "app/bootstrap.php": "<?php\nrequire_once __DIR__ . '/autoload.php';\n",
        "app/etc/di.xml": "<config/>\n",
        "app/etc/env.php": f"<?php\nreturn [\n    'db' => ['host' => '{DB}'],\n];\n",
        "app/code/Shop/Core/Db.php": "<?php\n\nnamespace Shop\\Core;\n\n"
        f"class Db\n{{\n    const HOST = '{DB}';\n}}\n",
    },
    "mediawiki": {
        "includes/WebStart.php": "<?php\ndefine( 'MEDIAWIKI', true );\n",
        "maintenance/Maintenance.php": "<?php\ndefine( 'MEDIAWIKI', true );\n",
        "load.php": "<?php\n",
        "index.php": "<?php\n",
        "LocalSettings.php": f"<?php\n$wgDBserver = '{DB}';\n",
        "extensions/Shop/Shop.php": "<?php\nif ( !defined( 'MEDIAWIKI' ) ) {\n\tdie( 'no entry' );\n}\n"
        f"$wgShop = new mysqli('{DB}', 'shop', '');\n",
        "extensions/Shop/entered.php": _CRON,
    },
    "symfony": {
        "bin/console": "#!/usr/bin/env php\n<?php\nuse App\\Kernel;\n",
        "config/bundles.php": "<?php\n\nreturn [];\n",
        "config/services.yaml": f"parameters:\n    database_host: '{DB}'\n",
        "src/Kernel.php": "<?php\n\nnamespace App;\n\nclass Kernel extends BaseKernel\n{\n}\n",
        "src/Db.php": "<?php\n\ndeclare(strict_types=1);\n\nnamespace App;\n\nfinal class Db\n{\n"
        f"    public const HOST = '{DB}';\n}}\n",
        "public/index.php": "<?php\n",
        ".env.local.php": f"<?php\nreturn ['DB_HOST' => '{DB}'];\n",
    },
    "wordpress": {
        "wp-includes/version.php": "<?php\n$wp_version = '6.1';\n",
        "wp-admin/index.php": "<?php\n",
        "wp-load.php": "<?php\nif ( ! defined( 'ABSPATH' ) ) {\n\tdefine( 'ABSPATH', __DIR__ . '/' );\n}\n",
        "wp-config.php": "<?php\ndefine( 'DB_NAME', 'shop' );\n"
        f"define( 'DB_HOST', '{DB}' );\nrequire_once ABSPATH . 'wp-settings.php';\n",
        "wp-content/plugins/shop/shop.php": "<?php\n/* Plugin Name: Shop */\n"
        "defined( 'ABSPATH' ) || exit;\n\n"
        f"$shop = new mysqli('{DB}', 'shop', '');\n",
        "wp-content/plugins/shop/entered.php": _CRON,
        "wp-content/themes/shop/functions.php": "<?php\n"
        f"function shop_db() {{\n\treturn mysqli_connect('{DB}');\n}}\n",
    },
}
"""The files of each stack's tree by path."""


def plant(root: Path, name: str) -> Path:
    """The tree of a stack in the folder `root`."""
    for path, text in TREES[name].items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root
