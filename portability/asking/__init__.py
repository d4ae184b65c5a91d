"""How a service is asked who it is, and what its answer is worth."""
