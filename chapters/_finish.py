"""Lay the list of claims beside the pages that Quarto has rendered."""

import os
from pathlib import Path

from analysis.report.book import write_claims

if __name__ == "__main__":
    write_claims(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
