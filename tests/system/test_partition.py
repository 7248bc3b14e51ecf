"""Config and PostgreSQL are cut off from everybody else, by a cable that is pulled: what needs neither goes on."""
import json
import sys
import time
import unittest

import apps
import client
import fleet
import harness
import network
import postgres
import process
from process import BIN, wait_until

APP_ID, SECRET = "island-abcde", "known to both"
RATE, THREADS = 40, 20
# How long it takes until a database that says nothing is given up: 25 s if the URL does not say it.
IMPATIENT = "?tcp_user_timeout=3000&connect_timeout=2"
# Auth knows a user for half a minute; a connection that says nothing is given up after as long.
FORGOTTEN_SECONDS_MAX = 90
HEALED_SECONDS_MAX = 60
HOOKS = {
    "signed": {
        **apps.signed_hook(SECRET, "exports = (payload) => JSON.parse(payload.body.text()).id;"),
        "can_evaluate": {"%%request.httpMethod": "POST"},
    },
    "login": {"source": "exports = () => context.user.id;", "run_as_authed_user": True},
}


@unittest.skipUnless(network.available(), network.WHY_SKIPPED)
class Partition(harness.SystemTest):
    def setUp(self):
        self.network = network.Network()
        self.addCleanup(self.network.remove)
        server = postgres.Postgres(self.network)
        self.addCleanup(server.remove)
        server.start()

        def database(name):
            # Validation remembers deliveries in its memory: with a database it is one of those that need it.
            if name == "validation":
                return ""
            server.create_database(name)
            return server.network_url(name) + IMPATIENT

        replicas = {**fleet.REPLICAS, "config": 1, "executor": 1, "edge": 1}
        self.fleet = fleet.Fleet(database, replicas, {"auth": ["--rpc_wait=2s"]})
        self.fleet.places = {"config-0": (self.network.command, self.network.inside)}
        self.fleet.authority.sign("config", ["DNS:config", f"IP:{self.network.inside}"])
        self.start(self.fleet)
        self.import_hooks(HOOKS)
        self.keys = [self.make_key(name) for name in ("ada", "bob")]

    def import_hooks(self, hooks):
        directory = apps.write_app(self.temporary_directory(), APP_ID, hooks)
        (directory / "auth_providers").mkdir()
        (directory / "auth_providers" / "api-key.json").write_text(
            json.dumps({"name": "api-key", "type": "api-key", "disabled": False}))
        self.fleet.import_app(directory, APP_ID)

    def overlock(self, *words):
        return process.run([BIN / "overlock", *words, f"--config_target={self.fleet.config_target}",
                            f"--auth_target={self.fleet.auth_target}", f"--token_file={self.fleet.token_file}",
                            *self.fleet.authority.flags("cli")])

    def make_key(self, name):
        done = self.overlock("users", "api-keys", "create", name, "--app", APP_ID)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def login(self, key):
        return self.fleet.send("POST", client.hook_path(APP_ID, "s", "login"), [("api-key", key)])

    def assertAdminWritesFail(self):
        for words in (("import", str(apps.sample_directory("first-look")), "--skip_compile"),
                      ("users", "create", "--app", APP_ID)):
            done = self.overlock(*words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertRegex(done.stderr, "(?i)unavailable|cannot be reached|no answer|connect", words)

    def test_WhatNeedsNeitherGoesOnAndAllHeals(self):
        known, unknown = self.keys
        balancer = fleet.LoadBalancer(self.fleet)
        self.addCleanup(balancer.stop)
        load = fleet.Load(balancer, fleet.signed(APP_ID, "signed", SECRET), RATE, THREADS)
        self.addCleanup(load.stop)
        load.wait_for(100, 60, "everything runs well before")
        self.assertEqual(self.login(known).status, 200)

        self.network.pull()
        since = time.monotonic()
        self.assertEqual(self.login(known).status, 200, "auth knows the user")
        answer = self.login(unknown)
        self.assertEqual(answer.status, 503, f"auth cannot know the user: {answer.text()}")
        self.assertIn("auth", answer.error()["error"])
        self.assertAdminWritesFail()
        wait_until(lambda: self.login(known).status == 503, FORGOTTEN_SECONDS_MAX, "auth no longer knows the user")
        for member in ("edge-0", "validation-0", "executor-0", "auth-0", "authz-0"):
            self.assertIsNotNone(self.fleet.processes[member].wait_for_log(
                FORGOTTEN_SECONDS_MAX, event="watch of the configuration ended; what is known stays in force"), member)
        load.wait_for(100, 60, "what needs no user goes on")

        self.network.join()
        cut = time.monotonic() - since
        since = time.monotonic()
        for key in self.keys:
            wait_until(lambda key=key: self.login(key).status == 200, HEALED_SECONDS_MAX, "auth has its database again")
        wait_until(lambda: self.overlock("apps", "list").returncode == 0, HEALED_SECONDS_MAX, "config answers again")
        self.import_hooks({**HOOKS, "late": "exports = () => 'late';"})
        wait_until(lambda: self.fleet.send("POST", client.hook_path(APP_ID, "s", "late")).text() == '"late"',
                   HEALED_SECONDS_MAX, "a change arrives everywhere")
        healed = time.monotonic() - since
        outcomes = load.stop()
        self.assertEqual([str(each) for each in outcomes if not each.good], [])
        print(f"{len(outcomes)} requests, none lost, in a cut of {cut:.0f} s, healed after {healed:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
