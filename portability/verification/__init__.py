"""Settings in, a Verification out: deploys a replica and proves from inside it where its traffic goes."""

from portability.verification.run import Options, run

__all__ = ["Options", "run"]
