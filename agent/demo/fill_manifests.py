"""Writes the manifests that the company's workloads are deployed from: all but one."""

from pathlib import Path

import yaml

from .fill_kubernetes import company_objects
from .story import Story

_DECLARED = ("InferenceService", "Deployment", "CronJob")
_BY_HAND = "promo-uplift"  # F1 came into the cluster without anybody's review


def fill_manifests(story: Story, folder: Path) -> int:
    """Make ``folder/<namespace>/<name>.yaml`` for each workload; the number of files."""
    count = 0
    for item in company_objects(story.data("kubernetes.yaml")):
        meta = item["metadata"]
        if item["kind"] not in _DECLARED or meta["name"] == _BY_HAND:
            continue
        path = folder / meta["namespace"] / f"{meta['name']}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(item, sort_keys=False), encoding="utf-8")
        count += 1
    return count
