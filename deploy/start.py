"""Where the console script begins. A wrapped CI step must not wait until the other commands are imported."""

import sys


def main() -> None:
    """Runs the command line."""
    if sys.argv[1:2] == ["run"]:
        from producers.ci_step import leave
        from producers.ci_step import main as run

        leave(run(sys.argv[2:]))
    from deploy.cli import main as others

    others()


if __name__ == "__main__":
    main()
