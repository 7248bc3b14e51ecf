"""The PostgreSQL server that system tests use, and two config services on one of its databases."""
import os
import shutil
import sys
import time
import unittest

import apps
import client
import harness
import postgres
from process import wait_until

APP_ID = "copies-abcde"
SEAL_KEY = "5e" * 32


class PostgresServer(unittest.TestCase):
    def setUp(self):
        self.server = postgres.Postgres()
        self.addCleanup(self.server.remove)
        self.server.start()

    def test_KeepsItsDatabasesWhenItIsStartedAgain(self):
        self.server.create_database("kept")
        self.server.query("CREATE TABLE things (name TEXT)", "kept")
        for end in (self.server.stop, self.server.crash):
            self.server.query("INSERT INTO things VALUES ('a')", "kept")
            end()
            with self.assertRaises(AssertionError):
                self.server.query("SELECT 1")
            self.server.start()
        self.assertEqual(self.server.query("SELECT count(*) FROM things", "kept"), "2")

    def test_LeavesNothingBehind(self):
        self.server.remove()
        self.assertFalse(os.path.exists(self.server.directory))


def hook_of(stage):
    """A webhook of which every service must know another part: the edge its name, validation its secret, authz its
    can_evaluate, auth as whom it runs, the executor its source."""
    return {
        **apps.signed_hook(f"secret {stage}", f"exports = function() {{ return 'stage {stage}'; }};"),
        "can_evaluate": {"%%request.rawQueryString": f"stage={stage}"},
        "run_as_user_id_script_source": "exports = function() { return {runAsSystem: true}; };",
    }


class Replicas(harness.SystemTest):
    """Two sites: a config service each, and five services that follow it. What they have in common is a database."""

    def setUp(self):
        server = postgres.Postgres()
        self.addCleanup(server.remove)
        server.start()
        key_file = self.temporary_directory() / "seal.key"
        key_file.write_text(SEAL_KEY + "\n")
        flags = [f"--config_database={server.create_database('shared')}", f"--config_seal_key_file={key_file}"]
        self.sites = [harness.Distributed(service_flags={"config": flags}) for _ in range(2)]
        for site in self.sites:
            self.start(site)
        # The first that started made the token.
        shutil.copy(self.sites[0].token_file, self.sites[1].token_file)

    def change(self, site, stage):
        """Another webhook takes the place of the one before; returns when the writer was told that it is done."""
        directory = apps.write_app(self.temporary_directory(), APP_ID, {f"hook{stage}": hook_of(stage)})
        done = site.try_import(directory, ["--strategy=replace"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return time.monotonic()

    def shows(self, site, stage):
        """Whether all services of the site have the change, and none what was before."""
        headers = [("X-Hook-Signature", client.signature(f"secret {stage}", b"{}"))]
        answer = site.send("POST", client.hook_path(APP_ID, "s", f"hook{stage}") + f"?stage={stage}", headers, b"{}")
        if (answer.status, answer.text()) != (200, f'"stage {stage}"'):
            return False
        before = site.send("POST", client.hook_path(APP_ID, "s", f"hook{stage - 1}"), headers, b"{}")
        return before.status == 404

    def assertArrives(self, site, stage, since, where):
        wait_until(lambda: self.shows(site, stage), client.REQUEST_SECONDS_MAX, f"{where} shows change {stage}")
        return (time.monotonic() - since) * 1000

    def test_AChangeThroughOneReachesEveryServiceOfBoth(self):
        names = ("the writer's site", "the other site")
        for stage in range(1, 7):
            writer, other = self.sites if stage % 2 else reversed(self.sites)
            since = self.change(writer, stage)
            # The other one first: it has the longer way.
            times = [self.assertArrives(site, stage, since, name)
                     for site, name in zip((other, writer), reversed(names))]
            print(f"change {stage}: in force at the other site after {times[0]:.0f} ms, at the writer's after "
                  f"{times[1]:.0f} ms", file=sys.stderr)

    def test_WhatChangedWhileOneWasAwayReachesItsServicesWhenItIsBack(self):
        first, second = self.sites
        self.change(first, 1)
        for site in self.sites:
            self.assertArrives(site, 1, 0, site.name)
        first.processes["config"].kill()
        self.assertArrives(second, 2, self.change(second, 2), "the site that is left")
        self.assertTrue(self.shows(first, 1), "without its config service a site goes on with what it knows")
        first.start_service("config")
        self.assertArrives(first, 2, 0, "the site that is back")
        self.assertArrives(second, 3, self.change(first, 3), "the site that was left")


if __name__ == "__main__":
    unittest.main()
