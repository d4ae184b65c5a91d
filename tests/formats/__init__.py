"""What the real programs that read configuration say of a file."""
