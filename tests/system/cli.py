"""The command line `overlock` against a server that a test class shares."""
import json
import subprocess
import tempfile

import apps
import harness
from process import BIN, clean_environment

COMMAND_SECONDS_MAX = 60


class CliTest(harness.SystemTest):
    """`self.cli("apps", "list")` runs a command as the server's admin."""

    topology_class = harness.AllInOne

    @classmethod
    def setUpClass(cls):
        cls.topology = cls.topology_class()
        cls.addClassCleanup(cls.topology.stop)
        cls.topology.start()
        cls.home = tempfile.TemporaryDirectory(prefix="overlock-home-")
        cls.addClassCleanup(cls.home.cleanup)

    @property
    def edge_url(self):
        return f"http://127.0.0.1:{self.topology.edge_port}"

    def environment(self, **extra):
        targets = {"OVERLOCK_AUTH_TARGET": self.topology.auth_target, "OVERLOCK_AUTHZ_TARGET": self.topology.authz_target}
        return clean_environment({"XDG_CONFIG_HOME": self.home.name, "OVERLOCK_CONFIG_TARGET": self.topology.config_target,
                                  "OVERLOCK_TOKEN_FILE": str(self.topology.token_file),
                                  "OVERLOCK_EDGE_URL": self.edge_url,
                                  **{name: target for name, target in targets.items() if target}, **extra})

    def cli(self, *words, text="", directory=None, **environment):
        """Runs it to its end with `text` on its standard input, where no server has left a token unless told otherwise."""
        return subprocess.run([BIN / "overlock", *map(str, words)], env=self.environment(**environment),
                              cwd=directory or self.home.name, input=text, capture_output=True, text=True,
                              timeout=COMMAND_SECONDS_MAX, check=False)

    def assertDone(self, *words, **arguments):
        """Returns standard output."""
        done = self.cli(*words, **arguments)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def assertJson(self, *words, **arguments):
        return json.loads(self.assertDone(*words, "--json", **arguments))

    def assertEnds(self, code, message, *words, **arguments):
        """Ends with this exit code, and says this on standard error. Returns standard error."""
        done = self.cli(*words, **arguments)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        self.assertIn(message, done.stderr)
        return done.stderr

    def import_new(self, app_id, hooks=None):
        """A new application with the service `s`; returns its directory."""
        directory = apps.write_app(self.temporary_directory() / "app", app_id,
                                   hooks or {"hook": "exports = () => 'hello';"})
        self.assertDone("import", directory)
        return directory

    def write(self, name, content):
        path = self.temporary_directory() / name
        path.write_text(content)
        return path
