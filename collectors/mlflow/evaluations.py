"""Evaluations: runs that MLflow marks as such, and runs that measured a logged model of another."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from ..contract import Call, Check, Kind, Page, Skip
from . import kinds
from .logged_models import Measured
from .run_search import Found, RunSearch
from .wire import WireRun

MARKED = "tags.`mlflow.runType` = 'genai_evaluate'"
"""What ``mlflow.genai.evaluate`` leaves; ``mlflow.models.evaluate`` leaves metrics of a model."""


class Evaluation(kinds.Run):
    model_ids: list[str] = []
    """Logged models that it measured: those whose metrics name it."""


EVALUATION = Kind(
    name="mlflow.evaluation",
    record=Evaluation,
    subject=lambda r: r.run_id,
    guarded={"tags": (*kinds.RUN_TAGS, "mlflow.runType"), "params": ()},
    permission=kinds.EXPERIMENTS,
    cross_check="every run id that a logged model's metric names was found",
)


class EvaluationReader:
    """Results as metrics, of which models as their ids, on which data as datasets."""

    kind = EVALUATION

    def __init__(self, search: RunSearch, measured: Measured) -> None:
        self._search = search
        self._measured = measured

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        measured = self._measured.by_run(call)
        wanted = dict.fromkeys(measured)

        def page(runs: list[WireRun]) -> Page:
            return Page(records=[_record(run, measured) for run in runs])

        for runs in self._search.matching(call, MARKED):
            for run in runs:
                wanted.pop(run.info.run_id, None)
            yield page(runs)
        found = Found()
        for read in self._search.with_ids(call, list(wanted), found):
            yield read if isinstance(read, Skip) else page(read)
        found.wanted = len(measured)
        yield Page(records=[])
        yield found.check("every run id that a logged model's metric names was found")


def _record(run: WireRun, measured: Mapping[str, Collection[str]]) -> Evaluation:
    model_ids = sorted(measured.get(run.info.run_id, ()))
    return Evaluation(**msgspec.structs.asdict(run.record()), model_ids=model_ids)
