"""Keeps the demo to itself: its own credentials, no proxies, nobody's configuration.

Whatever the person's shell says about MLflow, AWS or Kubernetes does not reach the demo, and
nothing of it is sent anywhere.
"""

import contextlib
import os
from collections.abc import Iterator

from .simulated_github import TOKEN_ENV

_FOREIGN = ("AWS_", "MLFLOW_", "DATABRICKS_")
_OWN = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "DO_NOT_TRACK": "true",
    TOKEN_ENV: "demo",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


@contextlib.contextmanager
def own_surroundings() -> Iterator[None]:
    """Change the environment of this process and its children until the block is left."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(_FOREIGN):
            del os.environ[name]
    os.environ.update(_OWN)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
