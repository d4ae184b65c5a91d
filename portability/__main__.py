"""`python -m portability`: the same as the command."""

from portability.cli import main

main()
