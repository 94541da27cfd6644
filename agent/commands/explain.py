"""``annexa explain``: a rule, a control or a subject, down to the evidence."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AtOption, ConfigOption, JsonOption, instant

if TYPE_CHECKING:
    from ..explanation import Body


def register(app: typer.Typer) -> None:
    app.command("explain")(explain)


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RULE|CONTROL|SUBJECT",
            help="A.6.2.5-1, A.6.2.5, or mlflow/prod:model_version:credit-risk/7",
        ),
    ],
    at: AtOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say what a rule asks and which subjects fail it, what a control needs, or what happened to
    a subject; each down to the record, its receipt and its leaf."""
    from .. import explanation, job
    from ..explanation_text import show
    from ..opening import for_reading
    from ..packs import read_pack_with
    from ..screen import Screen, write_json

    moment = instant(at)
    with (
        for_reading(config) as (settings, ledger),
        job.assess(
            settings, ledger, at=moment, save=False, pack=read_pack_with(settings, what)
        ) as evaluation,
    ):
        body: Body = explanation.explain(what, evaluation, ledger)
    if json:
        write_json("explain/1", body)
    else:
        show(Screen(), body)
