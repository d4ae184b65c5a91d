"""The program, by its name or as `python -m portability`: says what still holds, or runs the command line."""

import sys

from portability.system import replay


def main() -> None:
    """Runs it; what a scan would say again is said before anything large is imported."""
    asked = replay.asked(sys.argv[1:])
    try:
        answer = replay.recall(asked) if asked else None
        code = replay.tell(answer, asked) if asked and answer else None
    except (OSError, KeyboardInterrupt) as problem:
        from portability.cli import stopped

        code = stopped(problem)
    if code is not None:
        sys.exit(code)
    from portability.cli import main as run

    run(asked=asked)


if __name__ == "__main__":
    main()
