"""The gate lets a fresh PASS of exactly what is served through, and tells each reason where it doesn't."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portability import targets
from portability.asking.verdicts import Area, Check, Result
from portability.attestation import gate, signing
from portability.attestation.gate import Wanted
from portability.errors import NothingExamined, Refused, UsageError
from tests.attesting import KEY, NOW, PASSED, PASSWORD, Gated, make_gated, of_two_applications

WAIVED = Check(Area.IDENTITY, "LDAP_HOST", Result.WAIVED)
LOADTEST = "config/portability/environments/loadtest.yaml"


@pytest.fixture
def gated(tmp_path: Path) -> Gated:
    return make_gated(tmp_path)


def current(gated: Gated) -> Path:
    return (gated.place.folder / "current").resolve()


def test_a_fresh_pass_of_what_is_served_is_let_through(gated: Gated) -> None:
    gated.attest()
    ruling = gated.ask()
    assert ruling.refusals == ()
    assert [answer.name for answer in ruling.answers] == [
        "signature",
        "environment",
        "verdict",
        "age",
        "commit",
        "release",
        "contents",
        "configuration",
    ]
    found = gate.require(gated.settings, gated.file, KEY.public, "loadtest", NOW)
    assert found == ruling.statement


def test_a_byte_changed_is_refused_before_anything_in_it_is_believed(gated: Gated) -> None:
    gated.attest()
    data = bytearray(gated.file.read_bytes())
    data[40] ^= 1
    gated.file.write_bytes(data)
    ruling = gated.ask()
    assert (len(ruling.answers), ruling.statement) == (1, None)
    assert ruling.refusals[0].startswith("it is not to be believed: ")


def test_another_keys_is_refused(gated: Gated) -> None:
    gated.sign(gated.statement(), signing.generate())
    assert "names another key" in gated.refusals()[0]


def test_what_is_signed_but_no_statement_is_refused(gated: Gated) -> None:
    gated.sign(gated.statement(), change=lambda body: body.replace(b"test-result", b"other-thing"))
    assert "no statement of the type" in gated.refusals()[0]


@pytest.mark.parametrize(
    ("age", "most", "words"),
    [
        (timedelta(hours=24), gate.MAX_AGE, ""),
        (timedelta(hours=24, seconds=1), gate.MAX_AGE, "24 h ago; at most 24 h may be"),
        (timedelta(hours=5), timedelta(hours=4), "5 h ago; at most 4 h may be"),
        (timedelta(minutes=-5), gate.MAX_AGE, ""),
        (timedelta(minutes=-5, seconds=-1), gate.MAX_AGE, "5 min ahead of this machine's clock"),
    ],
)
def test_it_expires_and_it_may_not_come_from_the_future(
    gated: Gated, age: timedelta, most: timedelta, words: str
) -> None:
    gated.attest()
    refusals = gated.refusals(Wanted("loadtest", most), NOW + age)
    assert len(refusals) == bool(words)
    assert words in "".join(refusals)


def test_a_clock_that_is_a_little_ahead_is_told(gated: Gated) -> None:
    gated.attest()
    answers = gated.ask(now=NOW - timedelta(minutes=2)).answers
    told = {answer.name: answer.told for answer in answers}
    assert told["age"] == "2 min ahead of this machine's clock: up to 5 min is let pass"


def test_of_another_environment_it_is_refused(gated: Gated) -> None:
    gated.attest(environment="other")
    assert "it is of the environment other, not of loadtest" in gated.refusals()


@pytest.mark.parametrize("result", [Result.FAIL, Result.INCONCLUSIVE, Result.SKIP])
def test_what_did_not_pass_is_refused(gated: Gated, result: Result) -> None:
    gated.attest(*PASSED, Check(Area.PAGE, "/legacy.php", result))
    (words,) = gated.refusals()
    assert words.startswith("the verification ended with ")
    assert words.endswith(": page /legacy.php")


def test_waivers_have_to_hold_still_and_can_be_refused(gated: Gated) -> None:
    gated.attest(*PASSED, WAIVED)
    assert gated.refusals() == ()
    (words,) = gated.refusals(Wanted("loadtest", waivers=False))
    assert words == "it rests on waivers, and none is wanted: identity LDAP_HOST"
    later = NOW + timedelta(days=40)
    (words,) = gated.refusals(Wanted("loadtest", timedelta(days=60)), later)
    assert words == "it rests on waivers that hold no longer: identity LDAP_HOST"


def test_a_label_that_is_not_served_is_refused(gated: Gated) -> None:
    gated.attest()
    first = gated.target.label
    gated.place.change("second")
    second = gated.place.settle().label
    assert gated.refusals()[0] == f"{second} is served now, and {first} was verified"


def test_where_nothing_is_served_it_is_refused(gated: Gated) -> None:
    gated.attest()
    (gated.place.folder / "current").unlink()
    assert gated.refusals()[0].startswith("nothing is served now, and loadtest-")


def test_what_was_written_since_is_named(gated: Gated) -> None:
    gated.attest()
    (seal,) = gated.place.folder.glob(".portability/seal")
    os.utime(seal, (0, 0))
    (current(gated) / "page").write_text("patched by hand")
    assert "to the byte: written since: page, " in gated.refusals()[0]
    os.utime(seal, (2**33, 2**33))
    assert "to the byte: a file of it is gone, or it was verified again" in gated.refusals()[0]


@pytest.mark.parametrize("way", ["changed", "gone", "new", "mode", "linked", "rendered"])
def test_a_release_that_is_not_what_was_verified_is_refused(gated: Gated, way: str) -> None:
    gated.attest()
    page = current(gated) / "page"
    if way == "changed":
        page.write_text("patched by hand")
    elif way == "gone":
        page.unlink()
    elif way == "new":
        (current(gated) / "public/more.php").write_text("<?php")
    elif way == "mode":
        page.chmod(0o755)
    elif way == "linked":
        page.rename(page.with_name("moved"))
        page.symlink_to("moved")
    else:
        (current(gated) / "config/current/current.php").write_text("<?php // production's\n")
    (words,) = gated.refusals()
    assert words.startswith("the release is not what was verified, to the byte")


def test_what_the_application_writes_itself_is_no_change(gated: Gated) -> None:
    gated.attest()
    cache = current(gated) / "var" / "cache" / "views"
    cache.mkdir(parents=True)
    (cache / "a.php").write_text("<?php // compiled")
    assert gated.refusals() == ()
    (current(gated) / "var" / "other.php").write_text("<?php")
    assert len(gated.refusals()) == 1


def test_the_next_verification_ends_it(gated: Gated) -> None:
    gated.attest()
    target = gated.settings.environment("loadtest").replica.target
    assert target
    before = gated.file.read_bytes()
    targets.unseal(target)
    assert "it was verified again since" in gated.refusals()[0]
    gated.attest()
    assert gated.refusals() == ()
    gated.file.write_bytes(before)
    assert gated.refusals()[0].startswith("the release is not what was verified")


def test_settings_values_and_marks_that_changed_are_refused_by_name(gated: Gated) -> None:
    gated.attest()
    settings = (gated.place.project / "portability.yaml").read_text()
    gated.write("portability.yaml", settings + "\n# one more line\n")
    assert gated.refusals() == ("portability.yaml was changed since it was verified",)
    gated.write("portability.yaml", settings)
    gated.write("config/portability/fingerprints/production.json", "{}")
    (words,) = gated.refusals()
    assert words.startswith("config/portability/fingerprints/production.json is there now")
    gated.attest()
    (gated.place.project / "config/portability/fingerprints/production.json").unlink()
    assert gated.refusals() == ("config/portability/fingerprints/production.json was verified, and is gone",)


def test_another_map_of_endpoints_is_refused_though_no_file_in_git_changed(gated: Gated) -> None:
    gated.attest()
    gated.write("secrets/loadtest/host", "writer-2.lt.example")
    assert gated.refusals() == ("map of endpoints was changed since it was verified",)


def test_another_commit_than_the_wanted_one_is_refused(gated: Gated) -> None:
    gated.attest()
    assert gated.refusals(Wanted("loadtest", commit="ABABABA")) == ()
    for wanted in ("ab", "cdcdcdc", "ab" * 21):
        assert gated.refusals(Wanted("loadtest", commit=wanted)) == (
            f"it is of the commit {'ab' * 6}, not of {wanted}",
        )


def test_without_a_name_the_attested_environment_is_asked(gated: Gated) -> None:
    gated.attest()
    assert gated.refusals(Wanted()) == ()
    gated.attest(environment="production")
    with pytest.raises(Refused, match="production is never verified"):
        gated.ask(Wanted())
    gated.attest(environment="elsewhere")
    with pytest.raises(UsageError, match="there is no environment elsewhere"):
        gated.ask(Wanted())


def test_an_attestation_of_one_application_is_none_of_another(gated: Gated) -> None:
    of_two_applications(gated)
    gated.sign(gated.statement(application="shop"))
    assert gated.refusals(Wanted("loadtest", application="shop")) == ()
    told = {answer.name: answer.told for answer in gated.ask(Wanted("loadtest", application="shop")).answers}
    assert told["application"] == "shop"
    refusals = gated.refusals(Wanted("loadtest", application="office"))
    assert refusals[0] == "it is of the application shop, not of office"
    with pytest.raises(UsageError, match="the settings name several applications"):
        gated.ask(Wanted("loadtest"))
    with pytest.raises(UsageError, match="there is no application shoop"):
        gated.ask(Wanted("loadtest", application="shoop"))


def test_an_attestation_from_before_there_were_applications_is_none_of_any(gated: Gated) -> None:
    gated.attest()
    of_two_applications(gated)
    assert "it is of no application, not of shop" in gated.refusals(Wanted("loadtest", application="shop"))


def test_the_values_of_every_application_of_the_release_are_held(gated: Gated) -> None:
    of_two_applications(gated)
    gated.sign(gated.statement(application="shop"))
    path = "apps/office/config/portability/environments/loadtest.yaml"
    gated.write(path, (gated.place.project / path).read_text() + "\n")
    assert gated.refusals(Wanted("loadtest", application="shop")) == (
        f"{path} was changed since it was verified",
    )


def test_production_and_other_machines_are_refused_for_safety(gated: Gated) -> None:
    gated.attest()
    with pytest.raises(Refused, match="production is never verified"):
        gated.ask(Wanted("production"))
    settings = (gated.place.project / "portability.yaml").read_text()
    gated.write("portability.yaml", settings.replace("binding: {host: ", "binding: {host: not-"))
    with pytest.raises(Refused, match="loadtest is for machines named not-"):
        gated.ask()


def test_a_campaign_gets_every_reason_or_the_statement(gated: Gated) -> None:
    with pytest.raises(Refused, match="there is no attestation") as missing:
        gate.require(gated.settings, gated.file, KEY.public, "loadtest", NOW)
    assert missing.value.hint.startswith("portability verify --env loadtest --attest ")
    with pytest.raises(NothingExamined):
        gated.ask()
    gated.attest(*PASSED, Check(Area.PAGE, "/", Result.FAIL))
    (current(gated) / "page").write_text("patched")
    with pytest.raises(Refused) as caught:
        gate.require(gated.settings, gated.file, KEY.public, "loadtest", NOW + timedelta(days=2))
    for words in ("ended with FAIL", "48 h ago", "not what was verified"):
        assert words in caught.value.message


def test_no_password_can_be_tried_out_on_an_attestation(gated: Gated) -> None:
    """Not even a digest in it depends on a password alone: the release's is keyed, the map has none."""
    gated.attest()
    first = gated.statement()
    gated.write("secrets/loadtest/password", "Fake-Other-Password")
    second = gated.statement()
    assert first.configuration == second.configuration
    assert first.deployed.seal != second.deployed.seal
    assert PASSWORD.encode() not in gated.file.read_bytes()
    assert replace(first, deployed=second.deployed) == second
