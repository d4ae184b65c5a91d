"""The hard classes, both ways: what ties code to production, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.scans import found, scanned, values

FAKE_SALT = "1fz#v0m5f@h26^m6hxk3f7at*h$qj_2f$juu1#nv50548j(x1v"
OWN = ("fans.example", "*.fans.example")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "a.php",
            "<?php\n$hosts = ['www.fans.example', 'm.fans.example'];\n",
            ["www.fans.example", "m.fans.example"],
        ),
        ("a.sh", "#!/bin/sh\nexport REDIS_HOST=cache.fans.internal\n", ["cache.fans.internal"]),
        ("a.php", "<?php\n$l = mysqli_connect($endpoint, 'x', 'n0t-real');\n", ["n0t-real"]),
        ("a.ini", "[db]\npassword = kitten\n", ["kitten"]),
        ("a.php", "<?php\n$rdsPass = 'fakefakefake0001';\n", ["fakefakefake0001"]),
        ("a.sh", "#!/bin/sh\ntunnel authtoken Fake-0123-Token\n", ["Fake-0123-Token"]),
        ("a.php", "<?php\nsetcookie('a', 'b', 0, '/', '.partner.de');\n", ["partner.de"]),
        ("a.php", "<?php\n$rds->x(['DBInstanceIdentifier' => 'fans-db']);\n", ["fans-db"]),
        ("a.php", '<?php\n$u = "https://$language.fans.example/";\n', ["fans.example"]),
        ("a.php", "<?php\n$u = $this->key . '.rest.fans.example';\n", ["rest.fans.example"]),
        ("a.sh", "#!/bin/sh\nrsync -a data.fans.example::share/x /y\n", ["data.fans.example"]),
        ("a.sh", "#!/bin/sh\nscp a deploy@10.20.0.15:/srv\n", ["10.20.0.15"]),
        ("a.sh", "#!/bin/sh\nREMOTE=deploy@web1.fans.example\n", ["web1.fans.example"]),
        ("Makefile", "deploy:\n\tssh deploy@web1.fans.example ls /srv\n", ["web1.fans.example"]),
        ("a.sh", "#!/bin/sh\nsed -i 's/localhost/db1.fans.example/' a.ini\n", ["db1.fans.example"]),
        ("a.php", "<?php\n$allowed = ['10.64.0.0/12', '2620:0:860::/46'];\n", ["10.64.0.0", "2620:0:860::"]),
        ("a.php", "<?php\n$own[] = '91.198.174.192-91.198.174.255';\n", ["91.198.174.192"]),
        ("a.php", "<?php\n$s->SetServer('localhost', 9312);\n", ["localhost"]),
        ("a.php", "<?php\n$d = 'mysqli://fans:n0t-real@localhost/fans';\n", ["n0t-real", "localhost"]),
        ("a.php", "<?php\n$l = mysqli_connect($e, 'x', 'password', 'x');\n", ["password"]),
        ("a.php", "<?php\ndefine('DB_PASSWORD', 'password');\n", ["password"]),
        ("a.py", "SECRET_KEY = '1fz#v0m5f@h26^m6hxk3f7at*h$qj_2f$juu1#nv50548j(x1v'\n", [FAKE_SALT]),
        ("a.py", "BROKER_HOST = 'localhost'\n", ["localhost"]),
        ("dbtest.php", "<?php\n$l = mysqli_connect($e, 'x', 'n0t-real');\n", ["n0t-real"]),
        ("cinema.php", "<?php\n$l = mysqli_connect($e, 'x', 'n0t-real');\n", ["n0t-real"]),
        ("nginx-drop-in", "location / {\n  fastcgi_pass 127.0.0.1:9000;\n}\n", ["127.0.0.1"]),
        (
            "a.php",
            "<?php\n$path = 'https://dl.dropboxusercontent.com/u/0/a/';\n",
            ["dl.dropboxusercontent.com"],
        ),
        ("a.php", "<?php\n$s = fsockopen('partner.de', 80);\n", ["partner.de"]),
        (
            "a.sh",
            "#!/bin/sh\nsed -i \"s#baseURL = .*#baseURL = 'https://fans.example/'#\" c.toml\n",
            ["fans.example"],
        ),
        ("a.yaml", "URL: ${URL:-https://map.fans.example/}\n", ["map.fans.example"]),
        ("a.php", "<?php\npreg_match('#^www\\.fans\\.example$#', $h);\n", ["www.fans.example"]),
        (
            "a.php",
            "<?php\n$x = base64_decode('aHR0cDovL3d3dy5mYW5zLmV4YW1wbGUveA==');\n",
            ["www.fans.example"],
        ),
        ("a.php", "<p>See www.fans.example for more.</p>\n", ["www.fans.example"]),
        ("nginx.conf", "location / {\n  proxy_pass http://10.20.0.4:8080;\n}\n", ["10.20.0.4"]),
    ],
)
def test_found(path: str, text: str, expected: list[str]) -> None:
    assert values(text, path, OWN) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.php", "<?php\n// https://www.fans.example is the site\n$x = 1;\n"),
        ("a.xml", '<a xmlns="http://www.fans.example/ns/a">x</a>\n'),
        ("a.php", "<p><a href='https://www.partner.de/'>friends</a></p>\n"),
        ("a.php", "<?php\n$title = 'Fans.example, the club';\n"),
        ("a.php", "<script src='https://cdnjs.cloudflare.com/a.js'></script>\n"),
        ("a.php", "<?php\n$wgRightsUrl = 'http://www.gnu.org/copyleft/fdl.html';\n"),
        ("a.php", "<?php\n$root = '/srv/www/www.fans.example/htdocs/';\n"),
        ("a.sql", "CREATE TABLE u (password varchar(16));\n"),
        ("a.php", "<?php\n$c['password'] = null;\n$c['db_host'] = '';\n$c['host'] = getenv('DB_HOST');\n"),
        ("a.php", "<img src='/img/badge@2x.png'>\n"),
        ("a.php", "<?php\n$x->query('//body/div');\n$store = 'DB://cluster32';\nlisten('0.0.0.0');\n"),
        ("a.php", "<?php\n$x = ['EngineVersion' => '5.5.41', 'version' => '10.1.2.3'];\n"),
        ("a.php", "<?php\n$s = '<a href=\"/x?utm_source=fans.example&y=1\">';\n"),
        ("lang/de.php", "<?php\n$lang = ['password' => 'Kennwort', 'token' => 'Abc123xyz0'];\n"),
        ("a.sh", "#!/bin/sh\ngit clone https://git.partner.de/x.git\n"),
        ("composer.json", '{"authors": [{"homepage": "https://www.fans.example/team"}]}\n'),
        ("composer.json", '{"name": "fans.example/shop", "type": "project"}\n'),
        ("a.php", "<?php\n$id = $request->session()->get('login.id');\n"),
        ("a.php", "<?php\n$d->registerXPathNamespace('p', 'http://www.fans.example/ns');\n"),
        ("config-sample.php", "<?php\ndefine('DB_HOST', 'localhost');\n"),
        ("a.sh", "#!/bin/sh\nPROJECT_REPO=fans.example\n"),
        ("a.php", "<?php\n$x = ['PW' => 'Palau', 'PY' => 'Paraguay'];\n"),
        ("a.php", "<?php\n$db['fields']['password'] = 'password';\n"),
        ("a.php", "<?php\nif ($password == 'wrong') { leave(); }\n"),
        ("a.php", "<?php\n$s = 'UPDATE u SET password=NULL WHERE id=1';\n"),
        ("a.php", "<?php\necho ' xmlns:f=\"http://www.fans.example/faq.php\"';\n"),
        ("a.php", "<?php\n$m = 'http://www.fans.example/schema/terms/average';\n"),
        ("a.php", "<?php\n$h = 'X-Mailer: fans.example';\n"),
        ("a.php", "<?php\n$ip = '192.0.2.1';\n$long = '2001:db8::1:2';\n"),
        ("a.php", "<?php\n$r = Database::connect('readonly');\n"),
        ("a.svg", "<svg><text>fans.example</text></svg>\n"),
        ("a.html", '<form action="{{ base }}report.php?id={{ comment.id }}"></form>\n'),
        ("a.js", "var c = {cookieKey: 'WaterDepthTrackPointsVisible100m'};\nvar token = /d{1,4}|m{1,4}/g;\n"),
        ("a.json", '{"2.0.0.4": "2007-06-14", "1.5.0.12": "2007-05-30"}\n'),
        ("a.json", "[" + ",".join(f'{{"ip": "35.181.160.{n}"}}' for n in range(1, 20)) + "]\n"),
        ("a.sh", "#!/bin/sh\nwget -qO - https://packages.partner.de/gpg/key/public | apt-key add -\n"),
        ("a.php", "<?php\n$c['smtp']['host'] = 'your.mail-relay.com';\n"),
        ("a.php", "<?php\n$c = ['RESULT_BACKEND' => 'amqp'];\n"),
        ("README.md", "See https://www.fans.example and 10.20.0.15.\n"),
        ("form.php", "<?php\n$f['subnet'] = ['placeholder' => '10.20.0.0/24', 'size' => 3];\n"),
        ("form.html", '<input name="url" placeholder="https://www.fans.example/shop">\n'),
        ("maintenance/benchLookup.php", "<?php\n$hosts = ['host' => 'db.nobody.de'];\n"),
    ],
)
def test_not_found(path: str, text: str) -> None:
    assert values(text, path, OWN) == []


def test_several_values_in_one_literal_do_not_overlap() -> None:
    text = "<?php\n$u = 'amqp://fans:Fake-0001-Pw@mq.fans.internal:5672/x';\n"
    findings = scanned({"a.php": text}).findings
    assert [f.value.text for f in findings] == ["Fake-0001-Pw", "mq.fans.internal"]
    assert findings[0].span.end <= findings[1].span.start


def test_only_the_host_of_an_address_is_covered() -> None:
    data = "<?php\n$u = 'https://www.fans.example:8443/a?b=c';\n"
    (finding,) = scanned({"a.php": data}, OWN).findings
    assert data.encode()[finding.span.start : finding.span.end] == b"www.fans.example"
    site = finding.site
    assert site.literal.text[site.start : site.end] == finding.value.text


def test_a_third_party_is_one_where_it_is_called_and_none_where_it_is_linked() -> None:
    files = {
        "a.php": "<?php\n$url = 'https://api.stripe.com/v1';\necho '<a href=\"https://stripe.com/\">x</a>';\n",
        "b.js": "var x = 'https://stripe.com/';\n",
    }
    assert found(files) == ["a.php:2 third-party-service api.stripe.com"]


def test_users_and_mail_addresses_are_unsure() -> None:
    text = "<?php\n$l = mysqli_connect($h, 'fans_ro', $p);\nmail('ops@fans.example', 'x', 'y');\n"
    result = scanned({"a.php": text}, OWN)
    assert result.findings == ()
    assert [f.value.kind for f in result.unsure] == ["user", "email"]
