"""Scorers that are registered, and how much of the live traffic each is run on.

A scorer is stored with its prompt or its source code; of that only the digest is kept.
"""

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import UnexpectedAnswer, Unsupported
from . import kinds
from .access import API_3, Api
from .experiments import Experiments
from .listing import Listing
from .run_search import batches
from .wire import Wire

SCORERS_PER_QUERY = 100


class Scorer(Record):
    experiment_id: str
    name: str
    version: int
    creation_time: int | None = None
    scorer_type: str | None = None
    """``builtin``, ``code``, ``instructions``, ``aligned``, ``third_party``, ``ensemble``."""
    builtin_class: str | None = None
    model: str | None = None
    """The judge's, as ``openai:/gpt-5``."""
    definition_sha256: str | None = None
    sample_rate: Decimal | None = None
    """Share of live traces that it is run on by the server; None: on none."""


SCORER = Kind(
    name="mlflow.scorer",
    record=Scorer,
    subject=lambda r: f"{r.experiment_id}/{r.name}",
    permission=kinds.EXPERIMENTS,
    cross_check="none: MLflow gives the newest version of each scorer in one answer, no second way",
)


class _Judge(Wire):
    model: str | None = None


class _Definition(Wire):
    builtin_scorer_class: str | None = None
    builtin_scorer_pydantic_data: _Judge | None = None
    call_source: msgspec.Raw = msgspec.Raw(b"null")
    instructions_judge_pydantic_data: _Judge | None = None
    memory_augmented_judge_data: _Judge | None = None
    third_party_scorer_data: _Judge | None = None
    ensemble_scorer_data: _Judge | None = None

    @property
    def kind_and_judge(self) -> tuple[str | None, _Judge | None]:
        if self.builtin_scorer_class is not None:
            return "builtin", self.builtin_scorer_pydantic_data
        for word, judge in (
            ("instructions", self.instructions_judge_pydantic_data),
            ("aligned", self.memory_augmented_judge_data),
            ("third_party", self.third_party_scorer_data),
            ("ensemble", self.ensemble_scorer_data),
        ):
            if judge is not None:
                return word, judge
        return ("code" if bytes(self.call_source) != b"null" else None), None


class _Wire(Wire):
    experiment_id: int | str
    scorer_name: str
    scorer_version: int
    serialized_scorer: str = ""
    creation_time: int | None = None
    scorer_id: str = ""

    def record(self, rates: dict[str, Decimal]) -> Scorer:
        try:
            definition = msgspec.json.decode(self.serialized_scorer, type=_Definition)
        except msgspec.MsgspecError:
            definition = _Definition()
        scorer_type, judge = definition.kind_and_judge
        text = self.serialized_scorer.encode("utf-8", "surrogatepass")
        return Scorer(
            experiment_id=str(self.experiment_id),
            name=self.scorer_name,
            version=self.scorer_version,
            creation_time=self.creation_time,
            scorer_type=scorer_type,
            builtin_class=definition.builtin_scorer_class,
            model=judge.model if judge else None,
            definition_sha256=hashlib.sha256(text).hexdigest() if text else None,
            sample_rate=rates.get(self.scorer_id),
        )


class _Rate(Wire):
    scorer_id: str
    sample_rate: Decimal


class ScorerReader:
    """The newest version of each scorer; servers that want one experiment at a time get that."""

    kind = SCORER

    def __init__(self, api: Api, experiments: Experiments) -> None:
        self._api = api
        self._experiments = experiments
        self._scorers = Listing("scorers/list", "scorers", _Wire, api=API_3)
        self._rates = Listing("scorers/online-configs", "configs", _Rate, api=API_3)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        for scorers in self._all(call):
            rates = self._rates_of(call, [one.scorer_id for one in scorers if one.scorer_id])
            yield Page(records=[one.record(rates) for one in scorers])
        yield Page(records=[])

    def _all(self, call: Call) -> Iterator[list[_Wire]]:
        try:
            everywhere = list(self._scorers.get(call, self._api.get))
        except UnexpectedAnswer:  # 400 of an older server: experiment_id is missing
            for experiment in self._experiments.active(call):
                yield from self._scorers.get(call, self._api.get, experiment_id=experiment)
        else:
            yield from everywhere

    def _rates_of(self, call: Call, ids: Sequence[str]) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        try:
            for some in batches(ids, SCORERS_PER_QUERY):
                for page in self._rates.get(call, self._api.get, scorer_ids=list(some)):
                    found |= {one.scorer_id: one.sample_rate for one in page}
        except Unsupported:  # an older server, which runs no scorers by itself
            return {}
        return found
