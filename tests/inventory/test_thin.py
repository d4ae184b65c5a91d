from __future__ import annotations

from pathlib import Path

import pytest

from portability.cli import run
from tests.inventory.cloud import clouds, project


def test_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with clouds(monkeypatch, tmp_path) as cloud:
        for word, client in cloud.both:
            rds = client("rds")
            rds.create_db_cluster(
                DBClusterIdentifier=f"shop-{word}",
                Engine="aurora-mysql",
                MasterUsername="x",
                MasterUserPassword="Fake-Password",
            )
            for n in (1, 2):
                rds.create_db_instance(
                    DBInstanceIdentifier=f"shop-{word}-{n}",
                    DBClusterIdentifier=f"shop-{word}",
                    Engine="aurora-mysql",
                    DBInstanceClass="db.r6g.large",
                )
            client("elasticache").create_replication_group(
                ReplicationGroupId=f"shop-{word}",
                ReplicationGroupDescription="x",
                Engine="redis",
                CacheNodeType="cache.r6g.large",
                NumCacheClusters=2,
            )
            client("s3").create_bucket(
                Bucket=f"shop-{word}-uploads", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
        cloud.prod("s3").create_bucket(
            Bucket="shop-prod-reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        root = project(tmp_path / "p")
        import cProfile
        import pstats
        import time

        t0 = time.process_time()
        w = time.time()
        pr = cProfile.Profile()
        pr.enable()
        code = run(["-C", str(root), "inventory", "--env", "loadtest"])
        pr.disable()
        pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
        print("CPU", time.process_time() - t0, time.time() - w)
        out = capsys.readouterr()
        print(out.out, out.err, code)
        print((root / "config/portability/inventory/loadtest.json").read_text())
        raise SystemExit
