"""An old attestation doesn't outlive the beginning of a run, and a FAIL is signed as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portability.asking.verdicts import Area, Check, Deployed, Result
from portability.attestation import attesting
from portability.attestation import statement as attestation
from portability.attestation.envelopes import unwrap
from portability.errors import Refused, Unfinished, UsageError
from tests.attesting import KEY, PASSED, Gated, make_gated, of_two_applications, report


@pytest.fixture
def gated(tmp_path: Path) -> Gated:
    return make_gated(tmp_path)


def begin(gated: Gated) -> attesting.Begun:
    return attesting.begin(gated.settings, "loadtest", gated.file, KEY)


def read(gated: Gated) -> attestation.Statement:
    return attestation.load(unwrap(gated.file.read_bytes(), KEY.public))


def test_what_a_run_came_to_is_signed(gated: Gated) -> None:
    begun = begin(gated)
    passed = replace(report(gated.target.label), deployed=gated.seal())
    assert attesting.end(begun, passed) == read(gated)
    assert read(gated).result == "PASSED"
    assert gated.ask(now=read(gated).finished).refusals == ()


def test_a_fail_is_signed_as_failed_and_takes_the_pass_before_away(gated: Gated) -> None:
    gated.attest()
    begun = begin(gated)
    assert not gated.file.exists()
    failed = report("r", (*PASSED, Check(Area.PAGE, "/", Result.FAIL)))
    attesting.end(begun, replace(failed, deployed=Deployed("ab" * 20, "cd" * 32)))
    assert (read(gated).result, read(gated).failed) == ("FAILED", ("page /",))


def test_where_nothing_was_deployed_nothing_is_attested(gated: Gated) -> None:
    gated.attest()
    assert attesting.end(begin(gated), report("")) is None
    assert not gated.file.exists()


def test_a_file_that_is_no_attestation_is_left_alone(gated: Gated) -> None:
    gated.file.write_text("version: 1\n")
    with pytest.raises(Refused, match="this file is no attestation"):
        begin(gated)
    assert gated.file.read_text() == "version: 1\n"
    with pytest.raises(UsageError, match="can't go there"):
        attesting.begin(gated.settings, "loadtest", gated.file.parent, KEY)


def test_a_wrong_environment_takes_nothing_away(gated: Gated) -> None:
    gated.attest()
    with pytest.raises(UsageError, match="there is no environment lodtest"):
        attesting.begin(gated.settings, "lodtest", gated.file, KEY)
    assert gated.file.exists()


def test_settings_that_change_during_a_run_are_attested_by_nobody(gated: Gated) -> None:
    begun = begin(gated)
    path = "config/portability/environments/loadtest.yaml"
    gated.write(path, (gated.place.project / path).read_text() + "# a note\n")
    passed = replace(report(gated.target.label), deployed=gated.seal())
    with pytest.raises(Unfinished, match="these changed while it ran") as caught:
        attesting.end(begun, passed)
    assert caught.value.where == path
    assert not gated.file.exists()


def test_of_several_applications_the_verified_one_is_named(gated: Gated) -> None:
    of_two_applications(gated)
    gated.attest(application="office")
    with pytest.raises(UsageError, match="the settings name several applications"):
        begin(gated)
    assert gated.file.exists()
    begun = attesting.begin(gated.settings, "loadtest", gated.file, KEY, "shop")
    attesting.end(begun, replace(report(gated.target.label), deployed=gated.seal()))
    assert read(gated).application == "shop"
