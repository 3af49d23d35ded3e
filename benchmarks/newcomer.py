"""From an empty environment through the three examples: how long a newcomer waits.

    python -m benchmarks.newcomer

Installs the package with pip, as the README says, into an environment of its own, then runs each
example there, outside the project. Snowflake is played by the stand-in of the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fakesnow.server import app

from benchmarks.measure import write
from tests.snowflake.faults import Faults
from tests.snowflake.stand_in import stand_in
from tests.trust.warehouses import base

ROOT = Path(__file__).resolve().parents[1]
ALONE = ("map_your_table.py", "score_your_table.py")
SNOWFLAKE = "your_snowflake.py"


def timed(words: list[str], folder: Path, **settings: str) -> float:
    """Run a command in a folder and return its seconds."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "STUDY_"))}
    start = time.perf_counter()
    done = subprocess.run(
        words, cwd=folder, env=mine | settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return round(time.perf_counter() - start, 2)


def on_snowflake(python: str, folder: Path) -> float:
    """Run the example for one's own Snowflake against the stand-in."""
    with stand_in(base(1, 60, 300, 200).write(folder / "marts.duckdb"), Faults(app)) as server:
        plain = {name: value for name, value in server.items() if not isinstance(value, dict)}
        lines = [f"{name} = {value!r}".replace("'", '"') for name, value in plain.items()]
        file = folder / "connections.toml"
        file.write_text("\n".join(["[mine]", *lines]) + "\n", encoding="utf-8")
        file.chmod(0o600)
        return timed(
            [python, str(ROOT / "examples" / SNOWFLAKE), "mine"], folder,
            SNOWFLAKE_HOME=str(folder), STUDY_TIME_TRAVEL="off",
            STUDY_KEY_FILE=str(folder / "key"),
        )  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="newcomer-") as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
        python = str(folder / "env" / "bin" / "python")
        seconds = {"install": timed([python, "-m", "pip", "install", "-q", str(ROOT)], folder)}
        print(seconds, flush=True)
        for example in ALONE:
            seconds[example] = timed([python, str(ROOT / "examples" / example)], folder)
        seconds[SNOWFLAKE] = on_snowflake(python, folder)
    print(seconds)
    load = round(os.getloadavg()[0], 1)  # of the machine: what else it did meanwhile
    write("newcomer", {"seconds": seconds, "load": load}, ["author-panels"])


if __name__ == "__main__":
    main()
