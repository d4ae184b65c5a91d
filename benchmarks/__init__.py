"""What is measured, and how to measure it again; each module is a program of its own."""
