"""`python -m shadower` is the command `shadower`."""

from shadower.entrypoints.cli import main

if __name__ == "__main__":
    main(prog_name="shadower")
