"""Keys that a person would have chosen, for values as code holds them."""

from __future__ import annotations

import pytest

from portability.model import Category, Finding, Literal, Segment, Site, Span, Value, Whose
from portability.values.naming import Known, name_keys


def finding(
    text: str,
    *,
    kind: str = "host",
    service: str = "",
    role: str = "",
    names: tuple[str, ...] = (),
    literal: str | None = None,
    form: str = "single",
    at: int = 0,
) -> Finding:
    """A finding of `text` in a literal that is reached by `names`."""
    whole = text if literal is None else literal
    start = whole.index(text)
    segment = Segment(0, len(whole), Span(at, at + len(whole) + 2), form, at + 1)
    site = Site(Literal(segment.span, whole, (segment,), names), start, start + len(text))
    category = Category.CREDENTIAL if kind == "credential" else Category.HOST
    value = Value(category, kind, service, role, Whose.OWN, text)
    span = Span(at + 1 + start, at + 1 + start + len(text))
    return Finding("r", "a.php", 1, 1, 1, 2, span, value, site, 1.0, "", f"{text}@{at}")


def names_of(*findings: Finding) -> list[str]:
    named = name_keys(findings)
    return [named[f.fingerprint].key.name for f in findings]


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (finding("db1.shop.example", service="mysql", role="writer"), "DB_HOST"),
        (finding("db2.shop.example", service="mysql", role="reader"), "DB_READ_HOST"),
        (finding("r.shop.example", service="redis", role="session"), "REDIS_SESSION_HOST"),
        (finding("r.shop.example", service="redis", role="cache"), "REDIS_HOST"),
        (finding("mq.shop.example", service="rabbitmq"), "RABBITMQ_HOST"),
        (finding("www.shop.example", service="http"), "WWW_HOST"),
        (finding("shop.example", kind="domain", service="http"), "SITE_DOMAIN"),
        (finding("Fake-Pw", kind="credential", service="mysql", names=("db", "pass")), "DB_PASSWORD"),
        (finding("Fake-Pw", kind="credential", names=("smtpPass",)), "SMTP_PASSWORD"),
        (finding("Fake-Key", kind="credential", names=("mapsApiKey",)), "MAPS_API_KEY"),
        (finding("Fake-Token", kind="credential", names=("office", "login")), "OFFICE_LOGIN_PASSWORD"),
        (finding("10.0.0.5", names=("legacyReportHost",)), "LEGACY_REPORT_HOST"),
        (finding("shop-uploads", kind="bucket", service="s3"), "S3_BUCKET"),
        (
            finding("db1.shop.example", service="mysql", names=("MAIN_DATABASE_SERVER",)),
            "MAIN_DATABASE_SERVER",
        ),
    ],
)
def test_a_value_gets_the_name_that_people_use(found: Finding, name: str) -> None:
    assert names_of(found) == [name]


def test_a_host_inside_a_url_constant_is_not_called_a_url() -> None:
    found = finding("www.shop.example", names=("SITE_URL",), literal="https://www.shop.example/x")
    assert names_of(found) == ["SITE_HOST"]


def test_one_value_in_many_places_is_one_key_and_joins_the_role_that_is_known() -> None:
    one = finding("db1.shop.example", service="mysql", role="writer", at=0)
    two = finding("db1.shop.example", service="", role="", at=50)
    assert names_of(one, two) == ["DB_HOST", "DB_HOST"]


def test_one_value_in_two_roles_is_two_keys() -> None:
    cache = finding("r.shop.example", service="redis", role="cache", at=0)
    session = finding("r.shop.example", service="redis", role="session", at=50)
    assert names_of(cache, session) == ["REDIS_HOST", "REDIS_SESSION_HOST"]


@pytest.mark.parametrize("kind", ["host", "credential"])
def test_one_value_of_two_kinds_of_servers_is_two_keys_and_the_plan_says_so(kind: str) -> None:
    mysql = finding("both.shop.example", kind=kind, service="mysql", at=0)
    smtp = finding("both.shop.example", kind=kind, service="smtp", at=50)
    unknown = finding("both.shop.example", kind=kind, at=100)
    again = finding("both.shop.example", kind=kind, service="mysql", at=150)
    end = "PASSWORD" if kind == "credential" else "HOST"
    assert names_of(mysql, smtp, unknown, again) == [f"DB_{end}", f"SMTP_{end}", f"DB_{end}", f"DB_{end}"]
    named = name_keys([mysql, smtp])
    assert [named[f.fingerprint].alias_of for f in (mysql, smtp)] == ["", f"DB_{end}"]


def test_the_machine_itself_has_a_key_for_each_service() -> None:
    mail = finding("localhost", service="smtp", at=0)
    database = finding("localhost", service="mysql", at=50)
    page = finding("localhost", service="http", at=100)
    names = names_of(mail, database, page)
    assert names[:2] == ["SMTP_HOST", "DB_HOST"]
    assert names[2] not in names[:2]


def test_a_host_of_pages_and_of_one_service_is_one_key() -> None:
    page = finding("static.shop.example", service="http", at=0)
    upload = finding("static.shop.example", service="ftp", at=50)
    assert len(set(names_of(page, upload))) == 1


def test_a_key_of_another_service_is_not_taken_over() -> None:
    existing = {"DB_HOST": Known("localhost", service="mysql")}
    mail, database = finding("localhost", service="smtp"), finding("localhost", service="mysql", at=50)
    named = name_keys([mail, database], {}, existing)
    assert [named[f.fingerprint].key.name for f in (mail, database)] == ["SMTP_HOST", "DB_HOST"]
    assert named[mail.fingerprint].alias_of == "DB_HOST"


def test_names_that_people_chose_split_a_value_and_new_places_follow_most_of_them() -> None:
    found = [finding("db1.shop.example", service="mysql", at=at) for at in (0, 50, 100, 150)]
    decided = {found[0].fingerprint: "MAIN", found[1].fingerprint: "MAIN", found[2].fingerprint: "OLD"}
    named = name_keys(found, decided)
    assert [named[f.fingerprint].key.name for f in found] == ["MAIN", "MAIN", "OLD", "MAIN"]
    assert named[found[2].fingerprint].alias_of == "MAIN"


def test_a_name_that_the_code_gives_another_meaning_is_avoided_in_any_case() -> None:
    found = finding("db1.shop.example", service="mysql")
    assert name_keys([found], avoided={"db_host"})[found.fingerprint].key.name != "DB_HOST"


def test_two_values_never_share_a_name() -> None:
    one = finding("Fake-1", kind="credential", service="mysql", names=("password",), at=0)
    two = finding("Fake-2", kind="credential", service="mysql", names=("password",), at=50)
    first, second = names_of(one, two)
    assert first != second


def test_a_number_and_the_same_text_are_keys_of_two_types() -> None:
    number = finding("3307", kind="port", service="mysql", form="number", at=0)
    text = finding("3307", kind="port", service="mysql", at=50)
    named = name_keys([number, text])
    assert named[number.fingerprint].value == 3307
    assert named[text.fingerprint].value == "3307"
    assert named[number.fingerprint].key.name != named[text.fingerprint].key.name


def test_a_name_that_any_client_can_set_is_never_chosen() -> None:
    assert names_of(finding("www.shop.example", service="http", names=("HTTP_HOST",))) == ["WWW_HOST"]


def test_people_decide_and_production_keeps_its_names() -> None:
    found = finding("db1.shop.example", service="mysql")
    assert name_keys([found], {found.fingerprint: "MAIN_DB"})[found.fingerprint].key.name == "MAIN_DB"
    named = name_keys([found], {}, {"OLD_DB": Known("db1.shop.example")})
    assert named[found.fingerprint].key.name == "OLD_DB"


def test_no_name_tells_a_credential() -> None:
    found = finding("Fake-Reader-Pw", kind="credential", names=("-pFake-Reader-Pw",))
    assert "FAKE" not in names_of(found)[0]
