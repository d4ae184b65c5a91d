"""Load on machines of their own: deployed to Elastic Beanstalk's stand-in, which really runs their Procfile.

The longer stories are in tests/prove/test_campaign_machines.py.
"""

from __future__ import annotations

from pathlib import Path

import requests

from tests.campaign.fleet import MASTER_KEY, fleet
from tests.campaign.loading import Ground


def test_a_deployed_master_and_its_workers_make_the_load_of_a_campaign(
    ground: Ground, tmp_path: Path
) -> None:
    ground.gated.write("loadtest/users.csv", "name\nFake-User-Alone\n")
    with fleet(ground, tmp_path / "fleet", workers=1) as them:
        code, said = them.bring()
        assert code == 0, said + them.logs
        assert "1 workers are there" in said and MASTER_KEY not in said
        labels = {one.label for one in them.fake.state.environments.values()}
        assert len(labels) == 1 and labels.pop().startswith("load-")
        for path in (them.master.folder / "current").rglob("*"):
            if path.is_file() and ".opened-" not in str(path):
                shipped = path.read_bytes()
                assert b"Fake-User-Alone" not in shipped and MASTER_KEY.encode() not in shipped, path
        for method, page in (
            ("POST", "/swarm"),
            ("GET", "/stats/requests"),
            ("POST", "/stop"),
            ("GET", "/logs"),
        ):
            assert requests.request(method, them.url + page, timeout=10).status_code == 401
        code, said = them.call(*them.campaign("--users", "4", "--rate", "40", "--time", "11s"))
        assert code == 0, said + them.logs
        record = ground.last
        (run,) = record.repetitions
        assert (record.verdict, run.problems, record.processes) == ("held", (), 1)
        assert run.figures.requests > 200
        assert len(ground.site.asked) - run.figures.requests in range(5)  # Those under way at the end.
        assert ground.store.table().cells(record.id)["Users"] == "4"
        assert (ground.store.run(record.id) / "report.html").exists()
        assert MASTER_KEY not in (ground.store.run(record.id) / "run.json").read_text()
