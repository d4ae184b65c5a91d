"""What changed between two campaigns, by git, and what came of one, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.campaign import rows
from portability.campaign.records import Compared, Comparison, Knee
from tests.campaign.made import record
from tests.deploying import commit, git, make_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def head(project: Path) -> str:
    return git(project, "rev-parse", "HEAD").strip()


def test_the_commits_since_the_last_campaign_are_named(project: Path) -> None:
    before = record("a", commit=head(project))
    commit(project, {"page": "second"})
    git(project, "commit", "-q", "--allow-empty", "-m", "no file of it; =1+1")
    commit(project, {"page": "third"})
    told = rows.changes(project, before, head(project)).split("; ")
    assert [words.split(" ", 1)[1] for words in told] == ["change", "change"]
    assert told[0].split(" ")[0] == head(project)[:7]


def test_many_commits_are_counted(project: Path) -> None:
    before = record("a", commit=head(project))
    for number in range(23):
        commit(project, {"page": f"{number}"})
    assert rows.changes(project, before, head(project)).endswith("; and 3 more")


def test_whatever_git_cannot_tell_is_said(project: Path, tmp_path: Path) -> None:
    now = head(project)
    assert rows.changes(project, None, now) == f"first campaign, at {now[:7]}"
    assert rows.changes(project, record("a", commit=now), now) == "none"
    gone = record("a", commit="ab" * 20)
    assert rows.changes(project, gone, now) == f"abababa to {now[:7]}; git here knows them not"
    assert rows.changes(tmp_path, gone, now) == f"abababa to {now[:7]}; git here knows them not"
    commit(project, {"page": "later"})
    later = record("a", commit=head(project))
    assert rows.changes(project, later, now) == f"back from {head(project)[:7]} to {now[:7]}"
    assert rows.changes(project, None, "") == ""


def test_results_in_words() -> None:
    figures = (Compared("p95", 100, 131, 1.31, 1.2, 1.4, 0.01, 0.1, "worse"),)
    made = record(
        "b",
        (100.0, 101.0, 99.0),
        comparison=Comparison("a", "worse", figures),
        knee=Knee(True, 128.4, 194.6, None, "cache CPU at 97 %"),
        broke=("p95 is 300 ms, and at most 200 ms are wanted",),
        verdict="broken",
    )
    assert rows.results(made) == (
        "broken; 100.0/s, p50 100 ms, p95 300 ms, p99 500 ms, 0.10 % failed (3 runs); "
        "p95 is 300 ms, and at most 200 ms are wanted; knee at 128 users, 194.6/s, cache CPU at 97 %; "
        "worse than a (p95 +31%)"
    )
    assert rows.knee(Knee(False, None, 240.0)) == "knee not reached: throughput still grew at 240.0/s"
