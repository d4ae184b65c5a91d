"""What a tree holds: which files, in which language, in what windows, and whose they are."""
