"""`portability campaign`: the gated load test, its journal, and what it says of the replica."""
