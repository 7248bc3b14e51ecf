"""The alerts, the dashboard, and what the programs really measure, compared; `.ci/alerts.sh` runs this."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

import measured
from measured import REPOSITORY

ALERTS = REPOSITORY / "deploy" / "helm" / "overlock" / "files" / "alerts.yaml"
ALERTS_TEST = REPOSITORY / "deploy" / "prometheus" / "alerts_test.yml"
DASHBOARD = REPOSITORY / "deploy" / "grafana" / "overlock.json"
EXAMPLES = REPOSITORY / "deploy" / "helm" / "overlock" / "examples"
OPERATING = REPOSITORY / "docs" / "operating.md"
# Labels that Prometheus and Kubernetes add.
ADDED_LABELS = {"__name__", "instance", "job", "le", "namespace", "pod"}


def alerts():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions():
    """Every PromQL expression, by where it stands."""
    for alert in alerts():
        yield alert["alert"], alert["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield f'panel {panel["title"]}', target["expr"].replace("$__rate_interval", "5m").replace("$app", ".*")
    for path in (EXAMPLES / "keda.yaml", EXAMPLES / "prometheus-adapter.yaml"):
        yield path.name, path.read_text()


def names_in(expression):
    """The metrics that an expression asks for, `overlock_(a|b)_c` as two."""
    for name in re.findall(r"overlock_(?:[a-z_]*[a-z]|\([a-z|]+\)[a-z_]+)\b", expression):
        begin, _, rest = name.partition("(")
        choices, _, end = rest.partition(")")
        for choice in choices.split("|"):
            yield re.sub("_(bucket|sum|count)$", "", f"{begin}{choice}{end}")


class MetricsTest(unittest.TestCase):
    def test_what_alerts_dashboard_and_examples_ask_for_is_measured(self):
        known = measured.metric_names()
        self.assertGreater(len(known), 50)
        for where, expression in expressions():
            for name in names_in(expression):
                with self.subTest(where, metric=name):
                    self.assertTrue(name in known, f"no program measures {name}")

    def test_the_names_in_an_expression_are_found(self):
        self.assertEqual(list(names_in('rate(overlock_a_seconds_bucket[5m]) > {__name__=~"overlock_(x|y)_z"}')),
                         ["overlock_a_seconds", "overlock_x_z", "overlock_y_z"])

    def test_labels_that_are_selected_are_those_that_the_readme_has(self):
        written = measured.written_metrics()
        selected = 0
        for where, expression in expressions():
            for name, selector in re.findall(r'\b(overlock_[a-z_]+)\{([^{}<]*)\}', expression):
                labels = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', selector)) - ADDED_LABELS
                selected += len(labels)
                with self.subTest(where, metric=name):
                    self.assertLessEqual(labels, written.get(re.sub("_(bucket|sum|count)$", "", name), set()))
        self.assertGreater(selected, 10)

    def test_every_metric_stands_in_a_readme(self):
        written = measured.written_metrics()
        # Those of all services that follow config are explained once, with edge for a name.
        shared = "|".join(measured.WATCHERS)
        for name in sorted(measured.metric_names()):
            with self.subTest(name):
                self.assertIn(re.sub(f"overlock_({shared})_(config_revision|config_stale_|snapshot_)",
                                     r"overlock_edge_\2", name), set(written))


class AlertsTest(unittest.TestCase):
    def test_each_is_explained_in_the_manual_and_no_other(self):
        explained = re.findall(r"^### (Overlock\w+)$", OPERATING.read_text(), re.MULTILINE)
        self.assertEqual(explained, [alert["alert"] for alert in alerts()])

    def test_each_is_tested_to_fire(self):
        tested = set(re.findall(r'alertname="(\w+)"\}\', value: 1', ALERTS_TEST.read_text()))
        self.assertEqual(tested, {alert["alert"] for alert in alerts()})

    def test_each_says_how_bad_it_is_and_what_it_is(self):
        for alert in alerts():
            with self.subTest(alert["alert"]):
                self.assertIn(alert["labels"]["severity"], ("critical", "warning"))
                self.assertEqual(set(alert["annotations"]), {"summary", "description"})

    def test_those_that_panels_name_exist(self):
        known = {alert["alert"] for alert in alerts()}
        named = {name for panel in panels() for name in re.findall(r"Overlock[A-Z]\w+", panel["description"])}
        self.assertGreater(len(named), 5)
        self.assertLessEqual(named, known)


class DashboardTest(unittest.TestCase):
    def test_every_expression_can_be_parsed(self):
        rules = [{"record": f"overlock:{i}", "expr": expression}
                 for i, (where, expression) in enumerate(expressions()) if where.startswith("panel ")]
        self.assertGreater(len(rules), 40)
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "rules.yml")
            path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
            done = subprocess.run([os.environ.get("PROMTOOL", "promtool"), "check", "rules", path], check=False,
                                  capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_panels_have_numbers_of_their_own_and_do_not_overlap(self):
        every = json.loads(DASHBOARD.read_text())["panels"]
        self.assertEqual(len({panel["id"] for panel in every}), len(every))
        taken = {}
        for panel in every:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, f'{panel["title"]} and {taken.get((x, y))}')
                    taken[x, y] = panel["title"]

    def test_it_asks_the_prometheus_that_is_chosen(self):
        for panel in panels():
            self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])


if __name__ == "__main__":
    unittest.main()
