"""The whole sample platform at once: its servers start side by side, are filled, stop together."""

import contextlib
import importlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .fill_aws import fill_aws
from .fill_documents import fill_documents
from .fill_kubernetes import fill_kubernetes
from .fill_lineage import fill_lineage
from .fill_manifests import fill_manifests
from .fill_mlflow import fill_mlflow
from .fill_reports import fill_reports
from .parts import KubeParts, kube_api, mlflow_server, moto
from .process import Progress, silent
from .simulated_github import simulated_github
from .story import Story

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Servers that answer and hold the company."""

    mlflow: str
    moto: str
    kube: KubeParts
    tokens: Path
    """``tokens/<namespace>``: of the ServiceAccount that may read, and of one that may not."""
    documents: Path
    github: str
    """Where the documents' pull requests are."""


@contextlib.contextmanager
def platform(folder: Path, story: Story, *, progress: Progress = silent) -> Iterator[Platform]:
    """Start and fill everything; what is up is filled while another still starts.

    Raises:
        AnnexaError: A part could not be started or filled; the others are stopped too.
    """
    cancelled = threading.Event()
    stack = contextlib.ExitStack()
    with stack:
        with ThreadPoolExecutor(4, "demo-part") as pool:
            try:
                filled = _fill_all(_Starter(folder, stack, progress, cancelled), story, pool)
            except BaseException:
                cancelled.set()
                raise
        yield filled
        progress("stopping the sample platform")


class _Starter:
    """Enters parts on threads; all of them are left when ``stack`` is."""

    def __init__(
        self,
        folder: Path,
        stack: contextlib.ExitStack,
        progress: Progress,
        cancelled: threading.Event,
    ) -> None:
        self.folder = folder
        self.progress = progress
        self._stack = stack
        self._cancelled = cancelled
        self._lock = threading.Lock()

    def start(self, part: Callable[..., AbstractContextManager[T]], name: str) -> T:
        return self.enter(
            part(self.folder / name, progress=self.progress, cancelled=self._cancelled)
        )

    def enter(self, context: AbstractContextManager[T]) -> T:
        with contextlib.ExitStack() as own:
            value = own.enter_context(context)
            with self._lock:
                self._stack.push(own.pop_all())
        return value


def _fill_all(starter: _Starter, story: Story, pool: ThreadPoolExecutor) -> Platform:
    documents = starter.folder.parent / "documents"
    tokens = starter.folder / "tokens"

    def with_mlflow() -> str:
        url = starter.start(mlflow_server, "mlflow")
        versions = fill_mlflow(story, url, starter.folder / "mlflow" / "mlflow.db")
        starter.progress(f"mlflow: {versions} model versions registered")
        return url

    def with_moto() -> str:
        url = starter.start(moto, "moto")
        starter.progress(f"moto: {fill_aws(story, url)} buckets, models, roles and events")
        return url

    def with_kube() -> KubeParts:
        parts = starter.start(kube_api, "kubernetes")
        starter.progress(f"kubernetes: {fill_kubernetes(story, parts, tokens)} objects created")
        return parts

    def with_documents() -> str:
        count, requests = fill_documents(story, documents)
        starter.progress(f"documents: {count} files, {len(requests)} reviewed changes on GitHub")
        github = starter.enter(simulated_github(requests))
        events = fill_lineage(story, starter.folder.parent / "lineage")
        starter.progress(f"lineage: {events} OpenLineage events in a file")
        declared = fill_manifests(story, starter.folder.parent / "gitops")
        starter.progress(f"gitops: {declared} manifests in a folder")
        reported = fill_reports(story, starter.folder.parent / "reports")
        starter.progress(f"reports: {reported} findings and parts that other tools name")
        importlib.import_module("mlflow")  # takes seconds; the server that needs it still starts
        return github

    mlflow, aws, kube = pool.submit(with_mlflow), pool.submit(with_moto), pool.submit(with_kube)
    github = pool.submit(with_documents)
    _all_done(mlflow, aws, kube, github)
    return Platform(
        mlflow=mlflow.result(),
        moto=aws.result(),
        kube=kube.result(),
        tokens=tokens,
        documents=documents,
        github=github.result(),
    )


def _all_done(*tasks: "Future[Any]") -> None:
    """Wait for all, or raise what the first that failed raised."""
    done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
    for task in done:
        task.result()
