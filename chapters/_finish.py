"""Lay the list of claims and the model card beside the pages that Quarto has rendered."""

import os
from pathlib import Path

from analysis.report.book import write_beside

if __name__ == "__main__":
    write_beside(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
