"""Shell source: how its words read the environment, and what proves it."""
