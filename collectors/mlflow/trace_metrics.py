"""Counts of traces and of assessments, which MLflow's ``traces/metrics`` makes in its database.

It gives numbers and names only: no trace is read for it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from ..contract import Call
from ..errors import Unsupported
from .access import API_3, Api
from .listing import Listing
from .wire import Wire

EXPERIMENTS_PER_QUERY = 400
"""SQLite takes 999 parameters in one statement."""


class _Point(Wire):
    dimensions: dict[str, str] = {}
    values: dict[str, Decimal] = {}


class TraceMetrics:
    def __init__(self, api: Api, where: str) -> None:
        self._api = api
        self._where = where
        self._listing = Listing("traces/metrics", "data_points", _Point, api=API_3)

    def counts(
        self,
        call: Call,
        view: Literal["TRACES", "ASSESSMENTS"],
        experiments: Sequence[str],
        *,
        by: str,
        filters: Sequence[str] = (),
        window_ms: tuple[int, int] | None = None,
    ) -> Mapping[str, int]:
        """How many in each group of ``by``; ``window_ms`` is half open, by the trace's start.

        Raises:
            CollectionError: They cannot be counted; Unsupported on servers without this endpoint.
        """
        body: dict[str, object] = {
            "experiment_ids": list(experiments),
            "view_type": view,
            "metric_name": "trace_count" if view == "TRACES" else "assessment_count",
            "aggregations": [{"aggregation_type": "COUNT"}],
            "dimensions": [by],
        }
        if filters:
            body["filters"] = list(filters)
        if window_ms is not None:
            # MLflow takes both ends into the window.
            body["start_time_ms"], body["end_time_ms"] = window_ms[0], window_ms[1] - 1
        shown = {name: body[name] for name in body.keys() - {"experiment_ids"}}
        found: dict[str, int] = {}
        try:
            for page in self._listing.post(call, self._api.post, body, **shown):
                for point in page:
                    group = point.dimensions.get(by, "")
                    found[group] = found.get(group, 0) + int(point.values.get("COUNT", 0))
        except Unsupported as error:
            raise Unsupported(
                self._where,
                error.problem,
                remedy="nothing to do, or upgrade MLflow: older servers cannot count traces",
            ) from error
        return found
