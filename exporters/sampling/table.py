"""A sample as a table: in a bundle, in the workbook, and as ``annexa sample --out`` writes it."""

from collections.abc import Iterator

from ..rows import Value
from .record import SampleRecord

SAMPLE_COLUMNS = (
    "sample", "population_file", "population", "rule", "method", "seed", "population_sha256",
    "rows", "as_of", "strata", "stratum", "stratum_size", "rank", "status", "subject", "source",
    "system_id", "row_sha256", "copy", "reason", "parameters", "by", "accepted_incomplete",
)  # fmt: skip


def sample_rows(
    sample: SampleRecord, *, number: int | None, population_file: str
) -> Iterator[tuple[Value, ...]]:
    """One row for each item, in the order of drawing.

    Args:
        number: Of its leaf in the ledger's log; None when it is in none.
        population_file: Under ``data/``; empty when this bundle holds another state of it.
    """
    parameters = ", ".join(f"{name} {value}" for name, value in sample.parameters.items())
    sizes = dict(sample.sizes)
    for item in sample.items:
        yield (
            number, population_file, sample.view, sample.rule, sample.method, sample.seed,
            sample.population_sha256, sample.rows, sample.as_of, sample.strata, item.stratum,
            sizes.get(item.stratum if sample.strata else ""), item.rank, item.status, item.subject,
            item.source, item.system_id, item.row, item.copy, item.reason, parameters, sample.by,
            sample.accepted_incomplete,
        )  # fmt: skip
