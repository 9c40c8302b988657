"""``python -m intake.cli``: the console script, where it is not on the path."""

from intake.cli import main

if __name__ == "__main__":
    main()
