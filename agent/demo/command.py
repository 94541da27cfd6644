"""``annexa demo``: a sample platform from real parts, and the agent's whole job over it once."""

import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ... import AnnexaError
from ..screen import clean
from .configuration import write_configuration
from .platform import platform
from .story import Story
from .surroundings import own_surroundings

if TYPE_CHECKING:
    from .outcome import DemoOutcome

MARKER = ".annexa-demo"


def run_demo(out: Path, *, json: bool = False) -> int:
    """Leave ledger and bundle in ``out`` and print what was found.

    Whatever happens, also on Ctrl-C, nothing that was started runs on.

    Raises:
        AnnexaError: A part could not be started, or ``out`` is not a demo's folder.
    """
    say = _progress(time.monotonic())
    folder = prepare(out)
    story = Story()
    say(f"starting MLflow, moto and Kubernetes; logs are in {out / 'platform'}")
    with own_surroundings(), platform(folder / "platform", story, progress=say) as started:
        config_path = write_configuration(folder, started)
        outcome = _whole_job(config_path, story, say)
    say("stopped")
    with ExitStack() as stack:
        stack.callback(outcome.evaluation.close)
        _show(outcome, out, json=json)
    return outcome.exit_code


def prepare(out: Path) -> Path:
    """Make ``out`` an empty demo folder; one that a demo made before is replaced.

    Raises:
        AnnexaError: There is something else at ``out``.
    """
    marker = out / MARKER
    if out.exists() and not marker.is_file() and (not out.is_dir() or any(out.iterdir())):
        raise AnnexaError(
            str(out),
            "is there already and was not made by `annexa demo`",
            remedy="name another folder with --out",
        )
    if out.exists():
        for entry in out.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    out.mkdir(parents=True, exist_ok=True)
    marker.write_text("Made by `annexa demo`, which replaces this folder when it runs again.\n")
    return out.resolve()


def _whole_job(config_path: Path, story: Story, say: Callable[[str], None]) -> "DemoOutcome":
    from ...exporters.replay import replay_bundle
    from ...exporters.verify import verify_bundle
    from ...ledger.store import Ledger
    from ...mappings.period import Period
    from .. import job
    from ..config import load
    from ..progress import SourceProgress
    from .attested import attest_training
    from .outcome import DemoOutcome

    config = load(config_path)
    period = Period.parse(f"{story.now.year}-Q{(story.now.month + 2) // 3}")
    bundle = config_path.parent / f"nordlicht-handel-{period.label}.zip"
    with Ledger.open(config.ledger, keys=config.keys) as ledger:
        say("reading the sources")
        with SourceProgress() as progress:
            receipts = job.collect(config, ledger, progress=progress)
        attest_training(config, ledger)
        say("judging what was read")
        evaluation = job.assess(config, ledger)
        say(f"writing {bundle.name}")
        summary = job.export(
            config, ledger, period=period, out=bundle, evaluation=evaluation, progress=say
        )
        gaps = ledger.open_gaps()
    say("checking the bundle, and computing its results again from its own files")
    return DemoOutcome(
        receipts=receipts,
        evaluation=evaluation,
        gaps=gaps,
        summary=summary,
        verified=verify_bundle(bundle),
        replayed=replay_bundle(bundle),
    )


def _show(outcome: "DemoOutcome", out: Path, *, json: bool) -> None:
    if json:
        from ..screen import write_json

        write_json("demo/1", outcome.as_json())
        return
    from .report import Report

    Report(outcome, out).show()


def _progress(started: float) -> Callable[[str], None]:
    def say(line: str) -> None:
        sys.stderr.write(f"annexa: {time.monotonic() - started:5.1f} s  {clean(line)}\n")
        sys.stderr.flush()

    return say
