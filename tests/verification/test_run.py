"""A verification that gives no PASS ends what was attested before, also where it deployed nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from portability import verification
from portability.asking.verdicts import Verdict
from portability.verification import Options
from tests.attesting import make_gated


def test_values_that_are_productions_end_the_attestation_before(tmp_path: Path) -> None:
    gated = make_gated(tmp_path)
    settings = (gated.place.project / "portability.yaml").read_text()
    gated.write(
        "portability.yaml", settings.replace("[10.20.0.0/16]", "[10.20.0.0/16], canary: [10.20.0.250]")
    )
    gated.attest()
    assert gated.refusals() == ()
    mine, theirs = (
        gated.place.project / "secrets" / name / "password" for name in ("loadtest", "production")
    )
    before = mine.read_text()
    mine.write_text(theirs.read_text())
    report = verification.run(gated.settings, Options("loadtest"), date(2026, 11, 30), lambda words: None)
    assert (report.verdict, report.release) == (Verdict.FAIL, "")
    mine.write_text(before)
    (words,) = gated.refusals()
    assert "it was verified again since" in words
