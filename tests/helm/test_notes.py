"""What Helm prints after an install."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import yaml

import chart
from chart import CHART


def notes(values):
    """NOTES.txt as Helm renders it; there is no command for that without a cluster, so a copy has it as a manifest."""
    with tempfile.TemporaryDirectory(prefix="overlock-chart-") as directory:
        copy = pathlib.Path(directory) / "overlock"
        shutil.copytree(CHART, copy)
        shutil.move(copy / "templates" / "NOTES.txt", copy / "files" / "notes")
        (copy / "templates" / "notes.yaml").write_text('notes: {{ tpl (.Files.Get "files/notes") . | toJson }}\n')
        done = subprocess.run([chart.HELM, "template", "overlock", copy, "--kube-version", chart.KUBERNETES,
                               "--namespace", chart.NAMESPACE, "--values", values, "--show-only",
                               "templates/notes.yaml"],
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return yaml.safe_load(done.stdout)["notes"]


class NotesTest(unittest.TestCase):
    def test_they_say_how_to_go_on_and_name_what_the_chart_made(self):
        for path in chart.values_files():
            with self.subTest(path.name):
                said = notes(path)
                config = chart.rendered(path).one("Deployment", "-config")["metadata"]["name"]
                for words in ("kubectl -n hooks wait", f"deployment/{config}", "admin.token", f"{config}.hooks.svc.",
                              "/incoming_webhook/"):
                    self.assertIn(words, said)
                self.assertNotIn("<no value>", said)

    def test_they_warn_of_what_is_open(self):
        trial = notes(CHART / "examples" / "trial-values.yaml")
        self.assertIn("WARNING: tls.insecure", trial)
        self.assertIn("WARNING: networkPolicy.enabled is false", trial)
        production = notes(CHART / "examples" / "production-values.yaml")
        self.assertNotIn("WARNING", production)
        self.assertIn("overlock-deployer-tls", production)
        self.assertIn("https://hooks.example.com/", production)

    def test_they_say_when_nobody_may_administer(self):
        closed = "Nobody may reach the admin RPCs yet"
        self.assertIn(closed, notes(CHART / "examples" / "minimal-values.yaml"))
        self.assertNotIn(closed, notes(CHART / "examples" / "production-values.yaml"))


if __name__ == "__main__":
    unittest.main()
