"""Two auth services that keep their users in one PostgreSQL database."""
import json
import tempfile
import unittest

import apps
import client
import harness
import postgres
from cli import CliTest
from process import wait_until

APP_ID = "replicas-abcde"
ADA = "5e7a1c0f9d3b2a4c6e8f0a98"
WHO = "exports = () => [context.user.id, context.user.type];"
HOOKS = {
    "fixed": {"source": WHO, "run_as_user_id": ADA},
    "login": {"source": WHO, "run_as_authed_user": True},
}


class UserReplicas(CliTest):
    """Two sites, each with services of its own and one application; what they share are the users."""

    @classmethod
    def setUpClass(cls):
        server = postgres.Postgres()
        cls.addClassCleanup(server.remove)
        server.start()
        cls.server = server
        cls.home = tempfile.TemporaryDirectory(prefix="overlock-home-")
        cls.addClassCleanup(cls.home.cleanup)

    def setUp(self):
        flags = [f"--auth_database={self.server.create_database(self._testMethodName.lower())}"]
        self.sites = [harness.Distributed(service_flags={"auth": flags}) for _ in range(2)]
        directory = apps.write_app(self.temporary_directory(), APP_ID, HOOKS)
        (directory / "auth_providers").mkdir()
        for provider in ("api-key", "local-userpass"):
            fields = {"name": provider, "type": provider, "disabled": False}
            (directory / "auth_providers" / f"{provider}.json").write_text(json.dumps(fields))
        for site in self.sites:
            self.start(site)
            site.import_app(directory, APP_ID)

    def users(self, site, *words, **arguments):
        return self.on(site, "users", *words, **arguments)

    def on(self, site, *words, **arguments):
        """Runs a command at a site."""
        self.topology = site
        return self.assertDone(*words, "--app", APP_ID, **arguments)

    @staticmethod
    def send(site, hook, **headers):
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return site.send("POST", client.hook_path(APP_ID, "s", hook), pairs)

    def assertBecomes(self, status, site, hook, what, **headers):
        """The other replica remembers users it has seen until it is notified."""
        wait_until(lambda: self.send(site, hook, **headers).status == status, client.REQUEST_SECONDS_MAX, what)

    def test_AUserThatOneMakesIsKnownDisabledAndRefusedByTheOther(self):
        first, second = self.sites
        self.users(first, "create", "--id", ADA, "--email", "ada@example.com", text="an4lytical")
        ada = {"email": "ada@example.com", "password": "an4lytical"}
        for site in self.sites:
            self.assertEqual(json.loads(self.send(site, "fixed").body), [ADA, "normal"])
            self.assertEqual(json.loads(self.send(site, "login", **ada).body), [ADA, "normal"])
        self.assertIn("ada@example.com", self.users(second, "show", ADA))
        self.users(second, "disable", ADA)
        self.assertRefused(self.send(second, "fixed"), 401, "UserDisabled")
        self.assertBecomes(401, first, "fixed", "the replica that made the user refuses it")
        self.assertRefused(self.send(first, "login", **ada), 401, "UserDisabled")
        self.users(first, "enable", ADA)
        self.assertBecomes(200, second, "fixed", "the other one has the user again")
        self.users(second, "reset-password", ADA, text="d1fference")
        self.assertBecomes(401, first, "login", "the old password is no longer good", **ada)
        self.assertBecomes(200, first, "login", "the new password is", email="ada@example.com", password="d1fference")

    def test_AKeyThatOneRevokesLogsInNowhere(self):
        first, second = self.sites
        key = self.users(first, "api-keys", "create", "sender").strip()
        user = json.loads(self.send(first, "login", api_key=key).body)[0]
        self.assertEqual(json.loads(self.send(second, "login", api_key=key).body)[0], user)
        self.users(second, "api-keys", "revoke", user)
        self.assertRefused(self.send(second, "login", api_key=key), 401, "InvalidSession")
        self.assertBecomes(401, first, "login", "the replica that made the key refuses it", api_key=key)

    def test_BothHaveOneAudit(self):
        first, second = self.sites
        self.users(first, "create", "--id", ADA)
        self.users(second, "disable", ADA)
        self.users(first, "delete", ADA, "--yes")
        for site in self.sites:
            records = json.loads(self.on(site, "audit", "--json"))["records"]
            of_users = [record for record in records if record["subject"].startswith("user ")]
            self.assertEqual([record["action"] for record in of_users], ["delete user", "disable user", "create user"])
            self.assertEqual([record["id"] for record in of_users], ["3", "2", "1"])


if __name__ == "__main__":
    unittest.main()
