#!/usr/bin/env python3
"""Plants what monitoring.py looks for, and sees exactly that named."""

import json
import pathlib
import tempfile
import unittest

import monitoring

ALERT = "groups:\n  - rules:\n      - alert: Slow\n        expr: waybill_seconds_count > waybill_limit\n"
FIRING = "- alertname: Slow\n  eval_time: 4m\n  exp_alerts:\n    - exp_labels: {}\n"
PANELS = [{"type": "row", "title": "Orders"},
          {"type": "timeseries", "title": "Rate", "targets": [{"expr": "rate(waybill_seconds_sum[1m])"}]}]


class MonitoringTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("docs/metrics.md", "| `waybill_seconds` | h | | all | x |\n| `waybill_limit` | g | | all | x |\n")
        self.write("docs/runbooks/Slow.md", "Slow.\n")
        self.write("deploy/prometheus/alerts.yml", ALERT)
        self.write("deploy/prometheus/alerts_test.yml", FIRING)
        self.write("deploy/grafana/waybill.json", json.dumps({"panels": PANELS}))

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def found(self):
        return [f"{path}: {text}" for path, text in monitoring.violations(self.root)]

    def test_nothing_is_found_where_nothing_is_wrong(self):
        self.assertEqual(self.found(), [])

    def test_an_alert_on_a_metric_that_is_none(self):
        self.write("deploy/prometheus/alerts.yml", ALERT.replace("waybill_limit", "waybill_limits"))
        self.assertEqual(self.found(), ["deploy/prometheus/alerts.yml: waybill_limits is not in docs/metrics.md"])

    def test_a_histogram_without_its_ending(self):
        self.write("deploy/prometheus/alerts.yml", ALERT.replace("_count", ""))
        self.assertEqual(self.found(), ["deploy/prometheus/alerts.yml: waybill_seconds is not in docs/metrics.md"])

    def test_an_alert_without_a_page_and_a_page_without_an_alert(self):
        (self.root / "docs/runbooks/Slow.md").rename(self.root / "docs/runbooks/Fast.md")
        self.assertEqual(self.found(), ["deploy/prometheus/alerts.yml: Slow has no docs/runbooks/Slow.md",
                                        "docs/runbooks/Fast.md: there is no such alert"])

    def test_an_alert_that_is_only_seen_silent(self):
        self.write("deploy/prometheus/alerts_test.yml", "- {alertname: Slow, eval_time: 4m, exp_alerts: []}\n")
        self.assertEqual(self.found(), ["deploy/prometheus/alerts_test.yml: Slow is never seen firing"])

    def test_a_panel_without_a_query_and_one_of_a_metric_that_is_none(self):
        panels = [{"type": "stat", "title": "Empty", "targets": []},
                  {"type": "stat", "title": "Gone", "targets": [{"expr": "waybill_gone"}]}]
        self.write("deploy/grafana/waybill.json", json.dumps({"panels": panels}))
        self.assertEqual(self.found(), ['deploy/grafana/waybill.json: panel "Empty" has no query',
                                        "deploy/grafana/waybill.json: waybill_gone is not in docs/metrics.md"])

    def test_a_dashboard_that_is_no_json(self):
        self.write("deploy/grafana/waybill.json", "{,}")
        self.assertEqual(len(self.found()), 1)


if __name__ == "__main__":
    unittest.main()
