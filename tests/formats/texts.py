"""Small files that write a value in every form of their format, for the programs that really read them.

`mark1x`, `mark2x`, … stand where values stand: alone, in a longer text, in each kind of quotes.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.formats import readers, servers
from tests.formats.programs import Reader


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a format, its marks, and what reads it; `unlike` are values that it reads otherwise."""

    path: str
    text: str
    read: Reader
    unlike: tuple[str, ...] = ()


TEXTS = {
    "ini": Written(
        "config/app.ini",
        "[db]\na = mark1x\nb = \"mark2x\"\nc = 'mark3x'\nd = mysql://mark4x.example/x\n"
        'e = "http://u:mark5x@h/" ; c\nf.g = mark6x ; comment\nh[] = mark7x\n',
        readers.ini,
    ),
    "php.ini": Written(
        "deploy/php.ini",
        'session.save_path = "tcp://mark1x:6379?auth=x"\nmysqli.default_host = mark2x\n'
        "mysqli.default_pw = \"mark3x\"\nsendmail_path = '/bin/mail -S mark4x'\n",
        readers.php_ini,
    ),
    "php-fpm": Written(
        "deploy/php-fpm.d/www.conf",
        "[www]\nuser = nobody\nlisten = /nonexistent/x.sock\npm = static\npm.max_children = 1\n"
        'env[A] = mark1x\nenv[B] = "mark2x"\nphp_value[session.save_path] = "tcp://mark3x:6379"\n'
        "php_admin_value[mysqli.default_pw] = mark4x\nphp_admin_value[mysqli.default_host] = 'mark5x'\n",
        readers.php_fpm,
    ),
    "my.cnf": Written(
        "deploy/my.cnf",
        "[client]\nhost = mark1x\npassword = \"mark2x\"\nuser = 'mark3x'\n[mysqld]\nlog-bin = mark4x # c\n",
        readers.my_cnf,
    ),
    "json": Written(
        "config/a.json",
        '{"a": "mark1x", "b": ["http://mark2x/"], "c": "http:\\/\\/mark3x\\/", "d": {"mark4x": 1}}',
        readers.json_php,
    ),
    "json-node": Written(
        "config/a.json", '{"a": "mark1x", "b": ["http://mark2x/"], "c": "x\\/mark3x"}', readers.json_node
    ),
    "toml": Written(
        "config/a.toml",
        "a = \"mark1x\"\nb = 'mark2x'\nc = \"\"\"\nx mark3x\n\"\"\"\nd = '''\nx mark4x'''\n"
        'e = ["http://mark5x/"]\nf = {g = "mark6x"}\n',
        readers.toml,
    ),
    "yaml": Written(
        "config/a.yaml",
        'a: mark1x\nb: \'mark2x\'\nc: "mark3x"\nd: http://mark4x/y\ne: [mark5x, "u:mark6x@h"]\n'
        "f: |\n  x mark7x\ng: >-\n  y mark8x\nh: {i: mark9x}\n",
        readers.pyyaml,
    ),
    "yaml-symfony": Written(
        "data/a.yaml",
        'a: mark1x\nb: \'mark2x\'\nc: "mark3x"\nd: http://mark4x/y\ne: [mark5x, "u:mark6x@h"]\n'
        "f: |\n  x mark7x\n",
        readers.yaml_symfony,
    ),
    "symfony": Written(
        "config/services.yaml",
        "parameters:\n  a: mark1x\n  b: 'mark2x'\n  c: \"mark3x\"\n  d: 'http://mark4x/%%s'\n  e: '%a%mark5x'\n"
        "services:\n  mailer:\n    class: ArrayObject\n    arguments: ['mark6x']\n",
        readers.symfony_container,
    ),
    "compose": Written(
        "docker-compose.yml",
        "version: '3'\nservices:\n  web:\n    image: shop\n    environment:\n      A: mark1x\n      B: 'mark2x'\n"
        '      C: "mark3x"\n    command: run --host=mark4x\n    labels: ["a=mark5x$$"]\n',
        readers.compose,
    ),
    "dotenv-symfony": Written(
        ".env",
        'A=mark1x\nB="mark2x"\nC=\'mark3x\'\nD=mysql://u:mark4x@h/x\nE="http://mark5x/"\n',
        readers.dotenv_symfony,
    ),
    "dotenv-laravel": Written(
        ".env",
        'A=mark1x\nB="mark2x"\nC=\'mark3x\'\nD=mysql://u:mark4x@h/x\nE="http://mark5x/"\n',
        readers.dotenv_laravel,
    ),
    "dotenv-shell": Written(
        "x.env",
        'A=mark1x\nB="mark2x"\nC=\'mark3x\'\nD=mysql://u:mark4x@h/x\nprintf \'%s|\' "$A" "$B" "$C" "$D"\n',
        readers.shell("dash"),
        unlike=("Fake\n15",),
    ),
    "xml": Written(
        "config/a.xml",
        "<a b=\"mark1x\" c='mark2x'><d>mark3x</d><e><![CDATA[mark4x]]></e><f>http://mark5x/&amp;</f></a>",
        readers.xml,
    ),
    "html": Written(
        "web/a.html",
        "<html><body><a href=\"mark1x\" title='mark2x' rel=mark3x>mark4x</a></body></html>",
        readers.html,
    ),
    "supervisor": Written(
        "deploy/supervisor/a.conf",
        "[supervisord]\n[program:a]\ncommand=/bin/echo mark1x --h=mark2x ; c\n"
        "environment=A=\"mark3x\",B='mark4x',C=mark5x\n",
        readers.supervisor,
    ),
    "systemd": Written(
        "deploy/a.service",
        '[Service]\nEnvironment="A=mark1x" B=mark2x\nEnvironment=C=http://mark3x/%%20\n'
        "ExecStart=/bin/echo mark4x 'mark5x' \"mark6x\" --h=mark7x\n",
        readers.systemd,
    ),
    "twig": Written(
        "views/a.html.twig",
        "<a href=\"http://mark1x/{{ id }}\" title='mark2x'>mark3x</a><!---->{% set a = 'mark4x' %}{{ a|raw }}"
        '{% set b = "mark5x" %}{{ b|raw }}',
        readers.page(readers.twig),
    ),
    "smarty": Written(
        "views/a.tpl",
        "<a href=\"http://mark1x/{$id}\" title='mark2x'>mark3x</a><!---->{assign var='a' value='mark4x'}{$a}"
        '{$b = "mark5x"}{$b}',
        readers.page(readers.smarty),
    ),
    "blade": Written(
        "views/a.blade.php",
        "<a href=\"http://mark1x/{{ $id }}\" title='mark2x'>mark3x</a><!---->{!! 'mark4x' !!}{!! \"mark5x\" !!}",
        readers.page(readers.blade),
    ),
    "shell": Written(
        "bin/a.sh",
        '#!/bin/sh\nA=mark1x\nB=\'mark2x\'\nC="mark3x"\nprintf \'%s|\' "$A" "$B" "$C" mark4x \'u:mark5x@h\' "$(printf %s "mark6x")"\n'
        "cat <<E\nmark7x\nE\ncat <<'E'\nmark8x\nE\n",
        readers.shell("dash"),
    ),
    "bash": Written(
        "bin/a.bash",
        "#!/bin/bash\nA=(mark1x 'mark2x' \"mark3x\")\nprintf '%s|' \"${A[@]}\" $'mark4x' \"${Q:-mark5x}\"\n"
        "[[ x != mark6x ]] && printf %s mark7x\n",
        readers.shell("bash"),
    ),
    "python": Written(
        "bin/a.py",
        "x = 1\nimport json\nprint(json.dumps(['mark1x', \"mark2x\", '''mark3x''', r'mark4x', f'{x}mark5x', b'mark6x'.decode('latin-1'), 'a' 'mark7x']))\n",
        readers.python_program,
    ),
    "node": Written(
        "bin/a.js",
        "const x = 1;\nconsole.log(JSON.stringify(['mark1x', \"mark2x\", `mark3x`, `${x}mark4x`, /^mark5x$/.source.split(String.fromCharCode(92)+'/').join('/')]));\n",
        readers.node_program,
    ),
    "javascript": Written(
        "web/a.js",
        "window.n = 1; window.a = 'mark1x'; window.b = \"mark2x\"; window.c = `http://mark3x/${window.n}`;\n",
        readers.javascript_browser,
    ),
    "terraform": Written(
        "infra/main.tf",
        'locals {\n  a = "mark1x"\n  b = "http://mark2x/${local.n}"\n  n = 1\n'
        "  c = <<-E\n    x mark3x\n  E\n  seen = [local.a, local.b, local.c]\n}\n",
        readers.terraform,
    ),
    "htaccess": Written(
        ".htaccess",
        "SetEnv SHOP_A mark1x\nSetEnv SHOP_B \"mark2x\"\nSetEnv SHOP_C 'mark3x'\nRewriteEngine On\n"
        'RewriteRule ^go$ "https://mark4x/$0" [R=302,L]\nHeader set X-Shop "u:mark5x@h"\n'
        'php_value user_agent mark6x\nphp_value session.save_path "tcp://mark7x:6379"\n',
        servers.htaccess,
    ),
    "nginx": Written(
        "deploy/nginx/shop.conf",
        "server {\n    listen 80;\n    set $a mark1x;\n    set $b \"mark2x\";\n    set $c 'mark3x';\n"
        "    add_header X-Shop-A <$a>;\n    add_header X-Shop-B <$b>;\n    add_header X-Shop-C <$c>;\n"
        '    add_header X-Shop-D "u:mark4x@h";\n    return 302 https://mark5x$request_uri;\n}\n',
        servers.nginx,
    ),
    "crontab": Written(
        "deploy/crontab",
        "A=mark1x\nB=\"mark2x\"\nC='mark3x'\n* * * * * printf '\\%s|' mark4x 'mark5x' \"mark6x\"\n"
        '*/5 * * * * printf "\\%s|" "$A" "$B" "$C"\n',
        readers.crontab,
    ),
    "sql": Written(
        "database/seed.sql",
        "INSERT INTO `t` (`a`, `b`) VALUES ('mark1x', \"mark2x\"), ('http://mark3x/', NULL);\n"
        "UPDATE t SET b = 'u:mark4x@h' WHERE b IS NULL;\n",
        readers.sql,
    ),
    "properties": Written(
        "jobs/app.properties", "a.b = mark1x\nc: http://mark2x/\nd=\\u0041mark3x\n", readers.properties
    ),
}
