"""Killing a writer at any instant loses nothing that was committed and leaves nothing half."""

import os
import random
import subprocess
import sys
from pathlib import Path

KILLS = int(os.environ.get("ANNEXA_KILLS", "10"))


def test_a_ledger_whose_writer_is_killed_again_and_again_verifies(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    shown = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("killed.py")),
            str(tmp_path),
            str(KILLS),
            str(seed),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, f"seed {seed}: {shown.stderr}"
    assert f"survived {KILLS} kills" in shown.stdout
