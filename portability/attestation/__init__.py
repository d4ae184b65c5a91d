"""A verification in, a signed statement out, and the gate that asks for it."""
