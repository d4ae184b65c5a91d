"""The campaign: gated load, a journal of it, what the replica did, and whether it got worse."""
