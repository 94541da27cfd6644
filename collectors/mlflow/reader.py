"""Reads an MLflow server: its registry, where versions came from, how they were evaluated, who may.

Source:       MLflow REST API 2.0 and 3.0, listings with page tokens to the end
Permissions:  READ on all experiments, models and prompts; with the auth app only an
              administrator is known to see everything, it shortens lists for others
Completeness: the opposite sort order, gaps in version numbers, ids that other records name, counts
              that the server makes
Limits:       one workspace a source; runs only of versions and of evaluations; of traces numbers;
              what a server is too old for is unsupported
Stability:    beta
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..contract import Call, Identity, Kind, Reader, Settings
from ..intake import Receiver
from . import kinds
from .access import Api, MLflowSettings
from .accounts import ROLE, USER, Accounts, RoleReader, UserReader
from .aliases import Aliases
from .assessments import ASSESSMENT, AssessmentReader
from .caller import identity
from .evaluation_datasets import EVALUATION_DATASET, EvaluationDatasetReader
from .evaluations import EVALUATION, EvaluationReader
from .experiments import EXPERIMENT, ExperimentReader, Experiments
from .gateway import GATEWAY_ENDPOINT, GatewayEndpointReader
from .logged_models import LOGGED_MODEL, LoggedModelReader, Measured
from .models import MODELS
from .names import NameReader
from .origins import Origins
from .prompts import PROMPT, PROMPT_VERSION, PROMPTS
from .registry_events import REGISTRY_EVENT, RegistryEventReader
from .run_search import RunSearch
from .runs import RunReader
from .scorers import SCORER, ScorerReader
from .server import SERVER, ServerReader
from .trace_metrics import TraceMetrics
from .traces import TRACE_COUNT, TraceCountReader
from .versions import VersionReader
from .webhook import Webhook


class MLflow:
    """One MLflow server."""

    name: ClassVar[str] = "mlflow"
    version: ClassVar[str] = "2"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = MLflowSettings
    kinds: ClassVar[tuple[Kind, ...]] = (
        kinds.REGISTERED_MODEL, kinds.MODEL_VERSION, EXPERIMENT, kinds.RUN, LOGGED_MODEL,
        EVALUATION, PROMPT, PROMPT_VERSION, ASSESSMENT, SCORER, EVALUATION_DATASET, TRACE_COUNT,
        USER, ROLE, GATEWAY_ENDPOINT, SERVER, REGISTRY_EVENT,
    )  # fmt: skip

    def __init__(self, settings: MLflowSettings) -> None:
        self._settings = settings
        self._api = Api(settings)

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. Credentials are read anew: they rotate."""
        self._api = Api(self._settings)
        return identity(self._api, call, self._settings)

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`. What one finds tells the next where to look."""
        api, settings = self._api, self._settings
        models, prompts = Aliases(settings, MODELS), Aliases(settings, PROMPTS)
        origins, experiments = Origins(api, settings), Experiments(api)
        measured = Measured(api, settings, experiments)
        search = RunSearch(api, settings, experiments)
        metrics = TraceMetrics(api, settings.id)
        accounts = Accounts(api, settings.id)
        return [
            NameReader(api, models),
            VersionReader(api, settings, models, origins),
            ExperimentReader(api, experiments),
            RunReader(search, origins),
            LoggedModelReader(measured, origins),
            EvaluationReader(search, measured),
            NameReader(api, prompts),
            VersionReader(api, settings, prompts),
            AssessmentReader(api, metrics, experiments),
            ScorerReader(api, experiments),
            EvaluationDatasetReader(api),
            TraceCountReader(metrics, experiments),
            UserReader(accounts),
            RoleReader(accounts),
            GatewayEndpointReader(api),
            ServerReader(api, settings.id),
            RegistryEventReader(settings.inbox, settings.id),
        ]

    def receiver(self) -> Receiver | None:
        """See `intake.Receiving`."""
        secret = self._settings.push_secret
        return None if secret is None else Webhook(secret)
