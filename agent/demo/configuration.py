"""The demo's ``annexa.yaml``, written as a person would write it."""

from pathlib import Path

from .fill_objects import ADDRESSES
from .platform import Platform
from .simulated_github import REPOSITORY, TOKEN_ENV

_TEXT = """\
# What `annexa demo` read. The servers were stopped with it; ledger and bundle are still here:
#   annexa status  --config {config}
#   annexa gaps    --config {config}
#   annexa explain A.6.2.5 --config {config}
organisation:
  name: Nordlicht Handel
  timezone: Europe/Berlin
ledger: annexa.db
keys: keys
sources:
  - id: mlflow/prod
    tracking_uri: {mlflow}
  - id: kubernetes/eu-1
    server: {server}
    token_file: {tokens}/annexa{ca_file}
    systems: [credit-risk, demand-forecast, support-assistant]
  - id: kubernetes/edge           # answers 403: its token has no rights
    server: {server}
    token_file: {tokens}/edge{ca_file}
    systems: [shelf-vision]
  - id: aws/123456789012/eu-central-1
    region: eu-central-1
    endpoint_url: {moto}
    lookup_rate_per_s: 50         # moto, unlike AWS, does not mind
    objects:                      # every version of what models are made from
{objects}
  - id: documents/governance
    path: documents
    allowed_signers_file: allowed_signers
    host:                         # reviews, branch protection, signatures as GitHub sees them
      type: github
      repository: {repository}
      url: {github}
      token_env: {token_env}
  - id: openlineage/pipelines
    path: lineage
  - id: findings/scans
    path: reports
  - id: kubernetes_audit/eu-1     # who made it so
    path: {audit_log}
    cluster: kubernetes/eu-1
  - id: manifests/eu-1            # what shall run in kubernetes/eu-1
    path: gitops
    cluster: kubernetes/eu-1
schedule:
  every: 24h
"""


def write_configuration(folder: Path, platform: Platform) -> Path:
    """Write ``folder/annexa.yaml`` for ``platform``; its path."""
    path = folder / "annexa.yaml"
    ca_file = platform.kube.ca_file
    path.write_text(
        _TEXT.format(
            config=path,
            mlflow=platform.mlflow,
            server=platform.kube.server,
            moto=platform.moto,
            objects="\n".join(f"      - {address}" for address in ADDRESSES),
            github=platform.github,
            repository=REPOSITORY,
            token_env=TOKEN_ENV,
            audit_log=platform.kube.audit_log.relative_to(folder),
            tokens=platform.tokens.relative_to(folder),
            ca_file=f"\n    ca_file: {ca_file.relative_to(folder)}" if ca_file else "",
        ),
        encoding="utf-8",
    )
    return path
