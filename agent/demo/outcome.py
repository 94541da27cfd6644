"""What the whole job over the sample platform came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...collectors.receipt import Receipt
from ...exporters.bundle import ExportSummary
from ...exporters.replay import ReplayReport
from ...exporters.verify import Report as VerifyReport
from ...ledger import Gap
from ...mappings.evaluation import Evaluation
from ...mappings.outcome import STATES
from ..exit_codes import ExitCode
from . import faults
from .faults import FAULTS


@dataclass(kw_only=True)
class DemoOutcome:
    receipts: Sequence[Receipt]
    evaluation: Evaluation
    gaps: Sequence[Gap]
    summary: ExportSummary
    verified: VerifyReport
    replayed: ReplayReport

    @cached_property
    def faults(self) -> Mapping[str, str | None]:
        """See `faults.named`."""
        return faults.named(self.evaluation)

    @property
    def missed(self) -> list[str]:
        """Deliberate faults that the result does not name."""
        return [fault for fault, reason in self.faults.items() if reason is None]

    @property
    def exit_code(self) -> int:
        if not self.verified.ok or not self.replayed.ok:
            return ExitCode.BUNDLE
        return ExitCode.ERROR if self.missed else ExitCode.OK

    @property
    def classes(self) -> dict[str, int]:
        """Class -> how many controls a machine can show that much of."""
        counted = {"automated": 0, "partial": 0, "manual": 0}
        for control in self.evaluation.pack.catalogue.controls:
            counted[control.kind] += 1
        return counted

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        evaluation = self.evaluation
        return {
            "sources": [
                {
                    "source": receipt.source,
                    "kinds": [
                        {"kind": k.kind, "verdict": k.verdict, "items": k.items, "why": k.problem}
                        for k in receipt.kinds
                    ],
                }
                for receipt in self.receipts
            ],
            "faults": [
                {
                    "id": fault.id,
                    "control": fault.control,
                    "rule": fault.rule,
                    "system": fault.system,
                    "outcome": fault.outcome,
                    "reason": self.faults[fault.id],
                }
                for fault in FAULTS
            ],
            "classes": self.classes,
            "coverage": {
                system or "organisation": {
                    state: evaluation.coverage.count(system)[state] for state in STATES
                }
                for system in (None, *evaluation.systems)
            },
            "tally": dict(evaluation.tally),
            "open_gaps": len(self.gaps),
            "bundle": {
                "path": str(self.summary.path),
                "sha256": self.summary.sha256,
                "files": self.summary.files,
                "verified": self.verified.ok,
                "replayed": self.replayed.ok,
            },
        }
