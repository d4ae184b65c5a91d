"""The rows of a database and of its dumps: which of production's hosts they hold, and the replica's there."""
