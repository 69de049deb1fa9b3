#!/usr/bin/env python3
"""Checks that metrics, alerts, runbooks and dashboard speak of the same things.

    monitoring.py ROOT

Prints each violation as FILE: what is wrong, and exits 1 when there is one.

  metrics    an alert's or a panel's expression names metrics of docs/metrics.md only
  runbooks   every alert has docs/runbooks/ALERT.md, and every page there is an alert's
  tests      every alert is seen firing in alerts_test.yml
  dashboard  deploy/grafana/waybill.json is JSON, and every panel but a row's heading has a query
"""

import json
import pathlib
import re
import sys

ALERTS = "deploy/prometheus/alerts.yml"
ALERT_TESTS = "deploy/prometheus/alerts_test.yml"
DASHBOARD = "deploy/grafana/waybill.json"
METRICS = "docs/metrics.md"
RUNBOOKS = "docs/runbooks"

METRIC = re.compile(r"\bwaybill_\w+")
ROW = re.compile(r"^\| `(waybill_\w+)` \| ([cgh]) \|", re.MULTILINE)
ALERT = re.compile(r"^\s*- alert: (\w+)$", re.MULTILINE)
FIRING = re.compile(r"alertname: (\w+)\n\s+eval_time: \S+\n\s+exp_alerts:\n\s+- exp_labels")


def documented(root):
    """Every name a query may use."""
    names = set()
    for name, kind in ROW.findall((root / METRICS).read_text()):
        names |= {name + ending for ending in ("_bucket", "_sum", "_count")} if kind == "h" else {name}
    return names


def unknown_metrics(root, path, text):
    for name in sorted(set(METRIC.findall(text)) - documented(root)):
        yield path, f"{name} is not in {METRICS}"


def check_alerts(root):
    text = (root / ALERTS).read_text()
    yield from unknown_metrics(root, ALERTS, text)
    alerts = set(ALERT.findall(text))
    pages = {path.stem for path in (root / RUNBOOKS).glob("*.md")}
    for name in sorted(alerts - pages):
        yield ALERTS, f"{name} has no {RUNBOOKS}/{name}.md"
    for name in sorted(pages - alerts):
        yield f"{RUNBOOKS}/{name}.md", "there is no such alert"
    firing = set(FIRING.findall((root / ALERT_TESTS).read_text()))
    for name in sorted(alerts - firing):
        yield ALERT_TESTS, f"{name} is never seen firing"


def check_dashboard(root):
    text = (root / DASHBOARD).read_text()
    try:
        panels = json.loads(text)["panels"]
    except (ValueError, KeyError) as error:
        yield DASHBOARD, f"no dashboard: {error!r}"
        return
    for panel in panels:
        if panel["type"] == "row":
            continue
        expressions = [target.get("expr", "") for target in panel.get("targets", [])]
        if not expressions or not all(expressions):
            yield DASHBOARD, f'panel "{panel["title"]}" has no query'
        for expression in expressions:
            yield from unknown_metrics(root, DASHBOARD, expression)


def violations(root):
    return [*check_alerts(root), *check_dashboard(root)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    if not (root / METRICS).is_file():
        sys.exit(f"{root} is not the repository's root")
    found = violations(root)
    for path, text in found:
        print(f"{path}: {text}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
