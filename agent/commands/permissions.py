"""``annexa permissions``: the least-privilege policy of a platform, made from the readers."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ...collectors.contract import Kind

PlatformArgument = Annotated[
    str, typer.Argument(metavar="PLATFORM", help="aws, kubernetes, mlflow, documents, a plugin's")
]
AllOption = Annotated[
    bool, typer.Option("--all", help="For all kinds, whatever a configuration says")
]

ADMINISTRATOR = """\
With the auth app the user must see everything, or every population stays inconclusive: the app
shortens lists in silence. Only an administrator surely sees everything, and an administrator can
also write: MLflow has no read-only administrator. Keep this password apart, and watch its use in
the server's access log. Without the auth app there is nothing to grant, and nobody is kept out.
"""


def register(app: typer.Typer) -> None:
    app.command("permissions")(permissions)


def permissions(
    platform: PlatformArgument,
    everything: AllOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Print what to grant: a ClusterRole, an IAM policy, or words where a platform has no policies.

    For the kinds that the configuration reads; for all kinds with ``--all``, or where there is no
    configuration. Nothing is asked of the platform; `annexa doctor` tries it.
    """
    from .. import permissions as needed
    from ..screen import write_json

    read = None if everything else needed.configuration(config)
    kinds = needed.kinds_of(platform, read)
    limited = True if needed.is_limited(read) else None
    text = _policy(platform, kinds, limited=limited, buckets=needed.listed_buckets(read))
    if json:
        body: dict[str, object] = {
            "platform": platform,
            "kinds": [kind.name for kind in kinds],
            "policy": text,
            "in_words": needed.in_words(kinds),
        }
        write_json("permissions/1", body)
        return
    typer.echo(text, nl=False)


def _policy(
    platform: str, kinds: "list[Kind]", *, limited: bool | None, buckets: list[str] | None
) -> str:
    from .. import permissions as needed
    from ..policies import cluster_role, iam_policy

    if platform == "aws":
        actions = needed.aws_actions(kinds)
        return iam_policy(actions) if buckets is None else iam_policy(actions, buckets)
    if platform == "kubernetes":
        return cluster_role(needed.cluster_reads(kinds, limited=limited))
    text = ADMINISTRATOR + "\n" if platform == "mlflow" else ""
    for right, names in needed.in_words(kinds).items():
        text += f"{right}\n" + "".join(f"  {name}\n" for name in names)
    return text
