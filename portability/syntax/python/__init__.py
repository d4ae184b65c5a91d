"""Python source: how its literals read the environment, and what proves it."""
