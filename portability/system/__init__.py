"""The machine and the accounts: the one place each for processes, files, git, AWS and secrets."""
