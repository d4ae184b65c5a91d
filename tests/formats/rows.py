"""One file of each format as an old shop has it, what becomes of it, what really reads it, and why so.

docs/formats.md is made of these rows. `how` says what apply has to do: edit the file in place, or make a
template of it; `undefined` what a reference in place would come to in that format without its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.formats import readers, servers, shop
from tests.formats.programs import Reader


class How(StrEnum):
    """What becomes of a file."""

    IN_PLACE = "in place"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Row:
    """A format: a file of it, what becomes of that, its reader (None: nothing here reads it), in words."""

    format: str
    path: str
    text: str
    how: How
    read: Reader | None
    by: str
    why: str


STARTED = "who starts it with which environment does not stand in the project"
ROWS = {
    row.format: row
    for row in (
        Row(
            "Python",
            "jobs/report.py",
            shop.PYTHON,
            How.IN_PLACE,
            readers.python_program,
            "Python",
            "`AppEnv.KEY` of a module that the file imports: typed, and an error without its value",
        ),
        Row(
            "JavaScript, Node",
            "jobs/mailer.js",
            shop.NODE,
            How.IN_PLACE,
            readers.node_program,
            "Node",
            "`AppEnv.KEY` of a module: typed, where `process.env` gives texts, and `undefined` without a "
            "value. Only where the script shows that Node runs it (`#!`, `node:` or a module that no bundler "
            "has, `.cjs`)",
        ),
        Row(
            "JavaScript, browser",
            "web/shop.js",
            shop.BROWSER,
            How.TEMPLATE,
            readers.javascript_browser,
            "Node's engine, with a page's objects",
            "a browser has no environment; a script with the values, loaded before, would be one more "
            "request that caches and content policies know nothing of",
        ),
        Row(
            "TypeScript, JSX",
            "web/api.ts",
            shop.TYPESCRIPT,
            How.TEMPLATE,
            None,
            "",
            "a compiler moves the code, from where it would not find the values; render before it is built",
        ),
        Row(
            "sh",
            "cron/go.sh",
            shop.DASH,
            How.IN_PLACE,
            readers.shell("dash"),
            "dash",
            "`${AppEnv_KEY:?}` of a sourced file: the script ends without its value, and keeps "
            "a variable `KEY` of its own",
        ),
        Row(
            "bash",
            "bin/hosts.bash",
            shop.BASH,
            How.IN_PLACE,
            readers.shell("bash"),
            "bash",
            "the same; arrays too",
        ),
        Row(
            "sh, a text that expands nothing",
            "bin/config.sh",
            shop.QUOTED_HEREDOC,
            How.TEMPLATE,
            readers.shell("dash"),
            "dash",
            "a here-document with a quoted end mark reads no variables",
        ),
        Row(
            "Apache, `.htaccess`",
            ".htaccess",
            shop.HTACCESS,
            How.TEMPLATE,
            servers.htaccess,
            "Apache with mod_php",
            "`${KEY}` without its value stays as it is written, with no more than a warning; only the server "
            "can define it, and dots in patterns need another spelling",
        ),
        Row(
            "Apache, configuration",
            "deploy/apache2/shop.conf",
            shop.VHOST,
            How.TEMPLATE,
            servers.apache_configuration,
            "Apache (`-D DUMP_CONFIG`)",
            "the same",
        ),
        Row(
            "nginx",
            "deploy/nginx/shop.conf",
            shop.NGINX,
            How.TEMPLATE,
            servers.nginx,
            "nginx",
            "it reads no environment; `envsubst` takes nginx' own `$variables` away",
        ),
        Row(
            "php.ini",
            "deploy/php.ini",
            shop.PHP_INI,
            How.TEMPLATE,
            readers.php_ini,
            "PHP",
            "`${KEY}` without its value is an empty text",
        ),
        Row(
            "php-fpm's pools",
            "deploy/php-fpm.d/www.conf",
            shop.FPM,
            How.TEMPLATE,
            readers.php_fpm,
            "php-fpm (`-tt`)",
            "`${KEY}` without its value is an empty text; " + STARTED,
        ),
        Row(
            "INI",
            "config/app.ini",
            shop.INI,
            How.TEMPLATE,
            readers.ini,
            "PHP's parse_ini_file",
            "`${KEY}` without its value is an empty text, between `'` or in raw mode it is not read at all",
        ),
        Row(
            "MariaDB's and MySQL's options",
            "deploy/my.cnf",
            shop.MY_CNF,
            How.TEMPLATE,
            readers.my_cnf,
            "my_print_defaults",
            "they read no environment",
        ),
        Row(
            "YAML, Compose",
            "docker-compose.yml",
            shop.COMPOSE,
            How.TEMPLATE,
            readers.compose,
            "docker-compose 1.29",
            "`${KEY}` without its value is an empty text with a warning; `${KEY:?}` stops, but every "
            "`docker compose` on production would need the values first",
        ),
        Row(
            "YAML, Symfony",
            "config/services.yaml",
            shop.SYMFONY,
            How.TEMPLATE,
            readers.symfony_container,
            "Symfony's container",
            "`%env(KEY)%` without its value throws when the service is asked for, not when it is deployed; "
            "web server, cron and workers all need it in their environment",
        ),
        Row(
            "YAML, CloudFormation",
            "deploy/stack.yaml",
            shop.CLOUDFORMATION,
            How.TEMPLATE,
            readers.cloudformation,
            "moto's CloudFormation, a stand-in",
            "a parameter has to be given to each update of the stack, or keeps the value that it had (by its "
            "manual)",
        ),
        Row(
            "YAML",
            "data/settings.yaml",
            shop.YAML,
            How.TEMPLATE,
            readers.pyyaml,
            "PyYAML, Symfony's parser",
            "it reads no environment",
        ),
        Row(
            "JSON",
            "config/app.json",
            shop.JSON,
            How.TEMPLATE,
            readers.json_php,
            "PHP, Node",
            "it reads no environment",
        ),
        Row(
            "XML",
            "config/app.xml",
            shop.XML,
            How.TEMPLATE,
            readers.xml,
            "PHP's DOM (libxml2)",
            "it reads no environment",
        ),
        Row(
            "TOML",
            "config/app.toml",
            shop.TOML,
            How.TEMPLATE,
            readers.toml,
            "Python's tomllib",
            "it reads no environment",
        ),
        Row(
            ".env",
            ".env",
            shop.DOTENV,
            How.TEMPLATE,
            readers.dotenv_symfony,
            "Symfony's and Laravel's (vlucas) readers, dash",
            "it is the environment; rendered whole",
        ),
        Row(
            "properties",
            "jobs/app.properties",
            shop.PROPERTIES,
            How.TEMPLATE,
            readers.properties,
            "Java, where it is installed",
            "they read no environment",
        ),
        Row(
            "crontab",
            "deploy/crontab",
            shop.CRONTAB,
            How.TEMPLATE,
            readers.crontab,
            "sh, by the rules of crontab(5); cron itself was *not run*",
            "`NAME=value` expands nothing, and `%` ends a command",
        ),
        Row(
            "supervisor",
            "deploy/supervisor/mails.conf",
            shop.SUPERVISOR,
            How.TEMPLATE,
            readers.supervisor,
            "supervisor",
            "`%(ENV_KEY)s` without its value stops all of supervisor, and names every variable in its error; "
            + STARTED,
        ),
        Row(
            "systemd's units",
            "deploy/mails.service",
            shop.SYSTEMD,
            How.TEMPLATE,
            readers.systemd,
            "systemd (`--test`)",
            "`$KEY` in a command without its value is an empty text (by its manual); "
            "`Environment=` expands nothing",
        ),
        Row(
            "Dockerfile",
            "Dockerfile",
            shop.DOCKERFILE,
            How.TEMPLATE,
            None,
            "",
            "`ARG` without its value is an empty text (by its manual), and what is built in "
            "stays: an image per environment, "
            "built where it is rendered, without secrets",
        ),
        Row(
            "Terraform",
            "infra/main.tf",
            shop.TERRAFORM,
            How.TEMPLATE,
            readers.terraform,
            "terraform, where it is installed (it is no package of Debian)",
            "a variable needs a `-var-file` at every call; without, terraform asks or stops",
        ),
        Row(
            "Twig",
            "views/page.html.twig",
            shop.TWIG,
            How.TEMPLATE,
            readers.twig,
            "Twig 3",
            "`constant('AppEnv\\\\KEY')` throws without its value, while the page is made, wherever one "
            "entry point does not load the values; it escapes `&` too",
        ),
        Row(
            "Smarty",
            "views/page.tpl",
            shop.SMARTY,
            How.TEMPLATE,
            readers.smarty,
            "Smarty 4",
            "`{$smarty.const.KEY}` knows no namespaces, and without its value is an empty text",
        ),
        Row(
            "Blade",
            "resources/views/page.blade.php",
            shop.BLADE,
            How.TEMPLATE,
            readers.blade,
            "Laravel's compiler",
            "a constant throws without its value, while the page is made; `env()` is null once the "
            "configuration is cached",
        ),
        Row(
            "HTML",
            "web/index.html",
            shop.HTML,
            How.TEMPLATE,
            readers.html,
            "PHP's DOM (libxml2)",
            "it reads no environment",
        ),
        Row("CSS", "web/shop.css", shop.CSS, How.TEMPLATE, None, "", "it reads no environment"),
        Row(
            "SQL",
            "database/seed.sql",
            shop.SQL,
            How.TEMPLATE,
            readers.sql,
            "MariaDB",
            "a client reads no environment; a dump that is too large is refused",
        ),
        Row(
            "lists of machines",
            "deploy/hosts",
            shop.HOSTS,
            How.TEMPLATE,
            readers.etc_hosts,
            "the C library (`getent`)",
            "they read no environment",
        ),
    )
}
