"""``annexa lineage``: where a version, a deployment or data comes from."""

from typing import Annotated

import typer

from .options import AtOption, ConfigOption, JsonOption, instant


def register(app: typer.Typer) -> None:
    app.command("lineage")(lineage)


def lineage(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT|PLACE",
            help="mlflow/prod:model_version:credit-risk/7, or s3://bucket/data",
        ),
    ],
    *,
    nodes: Annotated[
        int, typer.Option("--nodes", min=1, max=100_000, help="Follow so many things at most")
    ] = 500,
    width: Annotated[
        int, typer.Option("--width", min=1, max=100_000, help="And so many hops of each at most")
    ] = 25,
    at: AtOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the path from deployment to version, run, dataset and source, and what proves each hop:
    recorded, inferred or broken."""
    from .. import job
    from ..opening import for_reading
    from ..provenance import provenance
    from ..provenance_text import show
    from ..screen import Screen, write_json

    moment = instant(at)
    with (
        for_reading(config) as (settings, ledger),
        job.assess(settings, ledger, at=moment, save=False) as evaluation,
    ):
        body = provenance(what, evaluation, ledger, nodes=nodes, width=width)
    if json:
        write_json("lineage/1", body)
    else:
        show(Screen(), body)
