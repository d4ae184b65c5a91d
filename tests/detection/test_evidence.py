"""How a project's own domains are learnt, and what is never taken for one."""

from __future__ import annotations

import pytest

from portability.detection.evidence import commented_values, learn
from portability.detection.examine import examine
from portability.detection.matching import Ruleset
from portability.model import Whose
from tests.scans import book, scanned, source

SITE = "<?php\ndefine('SITE_URL', 'https://www.fans.example');\n"


def own(files: dict[str, str]) -> set[str]:
    return set(scanned(files).own_domains)


@pytest.mark.parametrize(
    "files",
    [
        {"apache/www.conf": "<VirtualHost *:80>\nServerName www.fans.example\n</VirtualHost>\n"},
        {"nginx.conf": "server {\n  server_name www.fans.example;\n}\n"},
        {"a.php": "<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n"},
        {"a.php": SITE},
        {"a.php": "<?php\n$db['host'] = 'db1.fans.example';\n"},
        {"sites/www.fans.example/a.php": "<?php\n$from = 'shop@fans.example';\n"},
        {
            "composer.json": '{"homepage": "https://fans.example"}',
            "a.php": "<?php\n$x_url = 'http://fans.example';\n",
        },
    ],
)
def test_each_strong_clue_makes_a_domain_ones_own(files: dict[str, str]) -> None:
    assert own(files) == {"fans.example"}


@pytest.mark.parametrize(
    "files",
    [
        {
            f"{n}.php": "<?php\n$feed_url = 'http://a.partner.de';\n$b_url = 'http://b.partner.de';\n"
            for n in "abcdef"
        },
        {f"{n}.php": f"<p><a href='http://{n}.partner.de'>x</a></p>" for n in "abcdef"},
        {"a.php": "<?php\n/** @author Somebody <me@partner.de> */\n$from = 'me@partner.de';\n"},
        {"a.php": "<?php\ndefine('SITE_URL', 'https://www.example.com');\n"},
        {"a.php": "<?php\ndefine('SITE_URL', 'https://api.twilio.com');\n"},
        {"tests/a.php": SITE},
        {"a.php": "<?php\n// define('SITE_URL', 'https://www.fans.example');\n"},
    ],
)
def test_mentions_mail_placeholders_and_known_services_never_do(files: dict[str, str]) -> None:
    assert own(files) == set()


def test_an_owner_is_believed_over_a_list_of_references() -> None:
    cookie = "<?php\nsetcookie('a', 'b', 0, '/', '.mozilla.org');\n"
    assert own({"a.php": cookie}) == set()
    assert own({"a.php": cookie + "define('SITE_URL', 'https://www.mozilla.org');\n"}) == {"mozilla.org"}


def test_the_description_of_a_part_is_not_that_of_the_project() -> None:
    description, page = '{"homepage": "https://fans.example"}', "<?php\n$x_url = 'http://fans.example';\n"
    assert own({"public/plugins/gallery/bower.json": description, "a.php": page}) == set()
    assert own({"shop/composer.json": description, "a.php": page}) == {"fans.example"}


def test_reasons_are_told() -> None:
    assert scanned({"a.php": SITE}).own_domains == {"fans.example": ("the site's own address",)}


def test_settings_win_over_everything() -> None:
    domains = learn([], ["*.twilio.com", "www.example.com"], book().known)
    assert domains.whose("api.twilio.com")[0] is Whose.OWN
    assert domains.whose("www.example.com")[0] is Whose.OWN
    assert domains.whose("api.stripe.com")[0] is Whose.THIRD_PARTY
    assert domains.whose("www.w3.org")[0] is Whose.REFERENCE
    assert domains.whose("nobody.de")[0] is Whose.UNKNOWN


def test_a_commented_out_value_is_told_and_a_mention_in_a_comment_is_not() -> None:
    text = "<?php\n// $db = 'db1.fans.example';\n// see https://www.fans.example/manual\n$a_host = 1;\n"
    file = examine(source("a.php", text), Ruleset(book(), ["fans.example"]))
    domains = learn([file], ["fans.example", "*.fans.example"], book().known)
    assert [host for _, host in commented_values(file, domains)] == ["db1.fans.example"]


@pytest.mark.parametrize(
    "files",
    [
        {"sync": "#!/bin/sh\nrsync -a data.partner.de::share/x /y\n"},
        {"a.php": "<?php\n$this->domain = 'ws.partner.de';\n"},
        {"a.php": "<?php\n$this->domain = 'http://partner.de/';\n"},
        {"a.php": "<?php\n$base_url = 'https://partner.de/api/v1';\n"},
        {"a.sh": "#!/bin/sh\nROOTURL=https://www2.partner.de\n"},
        {"party.php": "<?php\n$x_url = 'http://partner.de/party.php?id=3';\n"},
        {"a.php": "<?php\n$c['sql'] = 'o.country';\n$c['host'] = 'o.country';\n"},
        {"visitors.json": "[" + ",".join(f'{{"domain": "partner{n}.de"}}' for n in range(8)) + "]"},
    ],
)
def test_what_a_project_reads_from_is_not_its_own(files: dict[str, str]) -> None:
    assert own(files) == set()


def test_many_hosts_of_one_domain_all_over_the_code_are_at_home() -> None:
    files = {f"a{n}.php": f"<?php\n$tiles_url = 'https://t{n % 5}.fans.example/x';\n" for n in range(9)}
    assert own(files) == {"fans.example"}


def test_but_not_where_another_domain_is() -> None:
    files = {f"a{n}.php": f"<?php\n$tiles_url = 'https://t{n % 5}.partner.de/x';\n" for n in range(9)}
    assert own({**files, "b.php": SITE}) == {"fans.example"}
