"""What docs/operating.md says about backups, restoring and rotating, done as it stands there."""
import os
import pathlib
import re
import shutil
import signal
import unittest
import urllib.request

import apps
import postgres
import process
from harness import AllInOne, Distributed, SystemTest
from process import BIN

MANUAL = apps.REPOSITORY / "docs" / "operating.md"
APP = "first-look-kxqvz"


def blocks():
    """The manual's commands by what their first line says they do."""
    found = re.findall(r"^ *```sh\n *# (.*)\n((?:.*\n)*?) *```$", MANUAL.read_text(), re.MULTILINE)
    return {title.partition(":")[0]: commands for title, commands in found}


class OperatingTest(SystemTest):
    def setUp(self):
        self.place = self.temporary_directory()
        self.data = self.place / "data"

    def follow(self, title, environment=()):
        """Runs a block of the manual in a directory that has `data`."""
        commands = blocks()[title]
        paths = [BIN, *([postgres.programs()] if postgres.programs() else []), os.environ["PATH"]]
        extra = {"PATH": ":".join(map(str, paths)), **dict(environment)}
        done = process.run(["bash", "-euo", "pipefail", "-c", commands], process.clean_environment(extra), self.place)
        self.assertEqual(done.returncode, 0, f"{title}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self, *flags):
        """The all-in-one server on the directory."""
        topology = AllInOne(flags)
        shutil.rmtree(topology.directory)
        topology.directory = self.data
        return self.start(topology)

    def end(self, topology, *names):
        """Ends processes and leaves the directory."""
        for name in names or list(topology.processes):
            topology.processes[name].signal(signal.SIGTERM)
            self.assertEqual(topology.processes[name].wait(), 0, name)

    def admin(self, topology, *arguments):
        done = process.run([BIN / "overlock", *arguments], process.clean_environment(self.access(topology)), self.place)
        self.assertEqual(done.returncode, 0, f"{arguments}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def access(self, topology):
        return {"OVERLOCK_CONFIG_TARGET": topology.config_target,
                "OVERLOCK_AUTH_TARGET": topology.auth_target or topology.config_target,
                "OVERLOCK_TOKEN_FILE": str(self.data / "admin.token"), "HOME": str(self.place)}

    def assertServes(self, topology):
        for request in apps.sample_requests("first-look"):
            self.assertExpected(request, request.send(topology.edge_port))


class OneProcessTest(OperatingTest):
    def imported(self):
        topology = self.serve()
        self.admin(topology, "import", str(apps.sample_directory("first-look")))
        return topology

    def test_a_backup_of_sqlite_brings_everything_back(self):
        first = self.imported()
        (self.place / "password").write_text("correct horse battery")
        self.admin(first, "users", "create", "--email", "ada@example.com", "--password_file", "password")
        self.follow("back up SQLite")
        # What comes later is not in it.
        self.admin(first, "users", "create", "--email", "late@example.com", "--password_file", "password")
        token = (self.data / "admin.token").read_text()
        revision = self.revision(first)
        self.end(first)
        shutil.rmtree(self.data)
        self.follow("restore SQLite")
        for file in self.data.iterdir():
            self.assertEqual(file.stat().st_mode & 0o077, 0, file)
        (self.data / "admin.token").write_text(token)
        second = self.serve()
        self.assertServes(second)
        users = self.admin(second, "users", "list")
        self.assertIn("ada@example.com", users)
        self.assertNotIn("late@example.com", users)
        # So that nobody who knows a later state keeps it.
        self.assertGreater(self.revision(second), revision)

    def revision(self, topology):
        port = topology.processes["overlock"].port("metrics")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return float(re.search(r"^overlock_config_revision (\S+)$", answer.read().decode(), re.MULTILINE)[1])

    def test_looking_at_a_process(self):
        topology = self.serve()
        port = topology.processes["overlock"].port("metrics")
        commands = blocks()["look"].replace(":9100/", f":{port}/").replace("curl -s", "curl -sf")
        done = process.run(["bash", "-euo", "pipefail", "-c", commands], directory=self.place)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("overlock_edge_connections", done.stdout)

    def test_configs_key_is_changed(self):
        self.end(self.imported())
        self.follow("change config's key")
        flag = re.search(r"`(--config_old_seal_key_files=\S+)`", MANUAL.read_text())[1]
        name, _, value = flag.partition("=")
        topology = self.serve(f"{name}={self.place / value}")
        self.assertServes(topology)
        self.end(topology)
        (self.data / "seal.key.old").unlink()
        self.assertServes(self.serve())

    def test_a_first_token_is_made_again(self):
        topology = self.imported()
        lost = (self.data / "admin.token").read_text()
        self.end(topology)
        self.follow("new first token, SQLite")
        topology = self.serve()
        self.assertIn(APP, self.admin(topology, "apps", "list"))
        self.assertNotEqual((self.data / "admin.token").read_text(), lost)

    def test_a_token_is_changed(self):
        topology = self.imported()
        (self.place / "ci.token").write_text(self.admin(topology, "tokens", "create", "ci", "--role", "editor"))
        self.assertIn("ci-2", self.follow("change a token", self.access(topology).items()))
        tried = {**self.access(topology), "OVERLOCK_TOKEN_FILE": str(self.place / "ci-2.token")}
        done = process.run([BIN / "overlock", "apps", "list"], process.clean_environment(tried), self.place)
        self.assertEqual(done.returncode, 0, done.stderr)
        tried["OVERLOCK_TOKEN_FILE"] = str(self.place / "ci.token")
        done = process.run([BIN / "overlock", "apps", "list"], process.clean_environment(tried), self.place)
        self.assertEqual(done.returncode, 4, done.stderr)

    def test_a_webhooks_secret_is_changed(self):
        topology = self.imported()
        (self.place / "old").write_text("the old secret")
        self.admin(topology, "services", "create", "orders", "--type", "http")
        (self.place / "paid.js").write_text("exports = () => 'paid';")
        self.admin(topology, "webhooks", "create", "orders/paid", "--source", "paid.js", "--method", "GET", "--validation",
                   "SECRET_AS_QUERY_PARAM", "--secret_file", "old")
        self.follow("change a webhook's secret", self.access(topology).items())
        target = f"/api/client/v2.0/app/{APP}/service/orders/incoming_webhook/paid?secret="
        for secret in ("the+old+secret", (self.place / "next.secret").read_text().strip()):
            self.assertEqual(topology.send("GET", target + secret).status, 200, secret)
        self.assertEqual(topology.send("GET", target + "another").status, 401)


@unittest.skipUnless(postgres.programs() and shutil.which("pg_dump", path=str(postgres.programs())),
                     "SKIPPED: there is no PostgreSQL")
class PostgresTest(OperatingTest):
    def test_a_backup_of_postgresql_brings_everything_back_to_services_that_go_on(self):
        server = postgres.Postgres()
        self.addCleanup(server.remove)
        database = server.start().create_database("overlock")
        topology = Distributed(service_flags={service: [f"--{service}_database={database}"]
                                              for service in ("config", "auth", "validation")})
        shutil.rmtree(topology.directory)
        topology.directory = self.data
        self.data.mkdir(mode=0o700)
        self.start(topology)
        self.admin(topology, "import", str(apps.sample_directory("first-look")))
        self.follow("back up PostgreSQL", {"DATABASE": database}.items())
        # Another state, of which all services know.
        self.admin(topology, "webhooks", "delete", "status/show", "--yes")
        self.end(topology, "config", "auth", "validation")
        self.follow("restore PostgreSQL", {"DATABASE": database}.items())
        for service in ("config", "auth", "validation"):
            topology.start_service(service)
        newest = float(server.query("SELECT value FROM overlock_config.config_counters WHERE name = 'revision'", "overlock"))
        process.wait_until(lambda: self.revision(topology, "edge") == newest == self.revision(topology, "executor"), 20,
                           "the edge and the executor, which went on, to have the state of the backup")
        self.assertServes(topology)

    @staticmethod
    def revision(topology, service):
        with urllib.request.urlopen(f"http://127.0.0.1:{topology.metrics_port(service)}/metrics", timeout=10) as answer:
            return float(re.search(rf"^overlock_{service}_config_revision (\S+)$", answer.read().decode(), re.MULTILINE)[1])


class ManualTest(unittest.TestCase):
    def test_every_block_of_backups_and_rotation_is_run(self):
        test = pathlib.Path(__file__).read_text(encoding="utf-8")
        self.assertGreater(len(blocks()), 7)
        for title in blocks():
            self.assertIn(f'"{title}', test, "no test follows it")


if __name__ == "__main__":
    unittest.main()
