"""Fill the cache before Quarto renders, with the interpreter that runs the chapters."""

from analysis.cli import main

if __name__ == "__main__":
    main(["extract"])
