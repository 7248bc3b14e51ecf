"""`overlock users`, and what it does to requests: on one process and on six."""
import json
import unittest

import apps
import client
import harness
from cli import CliTest
from process import wait_until

ADA = "5e7a1c0f9d3b2a4c6e8f0a98"
NOBODY = "5e7a1c0f9d3b2a4c6e8f0a99"
WHO = "exports = () => [context.user.id, context.user.type, context.user.data];"
HOOKS = {
    "fixed": {"source": WHO, "run_as_user_id": ADA},
    "login": {"source": WHO, "run_as_authed_user": True},
}


class UserCases:
    """The cases; a class below adds the topology."""

    def setUp(self):
        self.app_id = f"{self._testMethodName[5:25].lower()}-abcde"
        self.app = ("--app", self.app_id)
        directory = apps.write_app(self.temporary_directory() / "app", self.app_id, HOOKS)
        (directory / "auth_providers").mkdir()
        for provider in ("api-key", "local-userpass"):
            fields = {"name": provider, "type": provider, "disabled": False}
            (directory / "auth_providers" / f"{provider}.json").write_text(json.dumps(fields))
        self.assertDone("import", directory)
        wait_until(lambda: self.topology.knows(self.app_id), 10, f"the edge knows {self.app_id}")

    def users(self, *words, **arguments):
        return self.assertDone("users", *words, *self.app, **arguments)

    def send(self, hook, **headers):
        path = client.hook_path(self.app_id, "s", hook)
        return self.topology.send("POST", path, [(name.replace("_", "-"), value) for name, value in headers.items()])

    def who(self, hook, **headers):
        """The user as whom a webhook ran: id, type and data."""
        answer = self.send(hook, **headers)
        self.assertEqual(answer.status, 200, answer.text())
        return json.loads(answer.body)

    def test_AWebhookRunsAsTheUserWithTheIdItNames(self):
        self.assertRefused(self.send("fixed"), 400, "UserNotFound")
        self.assertIn("no errors", self.users("create", "--id", ADA, "--check"))
        self.assertRefused(self.send("fixed"), 400, "UserNotFound")
        self.assertEqual(self.users("create", "--id", ADA, "--data", '{"name": "Ada"}'), f"user {ADA}: created\n")
        self.assertEqual(self.who("fixed"), [ADA, "normal", {"name": "Ada"}])
        self.assertEnds(1, "already", "users", "create", "--id", ADA, *self.app)
        self.users("update", ADA, "--data", "-", text='{"name": "Countess"}')
        self.assertEqual(self.who("fixed")[2], {"name": "Countess"})
        self.assertEqual(self.users("disable", ADA), f"user {ADA}: disabled\n")
        self.assertRefused(self.send("fixed"), 401, "UserDisabled")
        self.assertIn("nothing to do", self.users("disable", ADA))
        self.assertEqual(self.users("enable", ADA), f"user {ADA}: enabled\n")
        self.assertEqual(self.who("fixed")[0], ADA)
        self.assertEnds(2, "--yes", "users", "delete", ADA, *self.app)
        self.assertIn("could be deleted", self.users("delete", ADA, "--check"))
        self.users("delete", ADA, "--yes")
        self.assertRefused(self.send("fixed"), 400, "UserNotFound")
        self.assertEnds(1, "users list --search", "user", "delete", ADA, "-y", *self.app)

    def test_AnApiKeyIsShownOnceAndLogsIn(self):
        done = self.cli("users", "api-keys", "create", "sender", *self.app)
        self.assertEqual(done.returncode, 0, done.stderr)
        # Alone on standard output.
        self.assertRegex(done.stdout, r"^[\w-]{64}\n$")
        self.assertIn("nobody can show it again", done.stderr)
        key = done.stdout.strip()
        user, user_type, data = self.who("login", api_key=key)
        self.assertEqual((user_type, data), ("server", {"name": "sender"}))
        listed = self.users("api-keys", "list")
        self.assertNotIn(key, listed + self.users("api-keys", "list", "--json"))
        self.assertRegex(listed, rf"(?m)^[0-9a-f]{{24}} +sender +enabled +{user} +20")
        key_id = listed.splitlines()[1].split()[0]
        self.assertIn("(sender of user", self.users("api-keys", "disable", key_id))
        self.assertRefused(self.send("login", api_key=key), 401, "InvalidSession")
        self.assertRegex(self.users("api-key", "list", user), "sender +disabled")
        self.users("api-keys", "enable", key_id)
        self.assertEqual(self.who("login", api_key=key)[0], user)
        self.users("disable", user)
        self.assertRefused(self.send("login", api_key=key), 401, "UserDisabled")
        self.users("enable", user)
        self.assertIn("API keys disabled: 1", self.users("api-keys", "revoke", user))
        self.assertRefused(self.send("login", api_key=key), 401, "InvalidSession")
        self.assertEnds(2, "--yes", "users", "api-keys", "delete", key_id, *self.app)
        self.users("api-keys", "delete", key_id, "--yes")
        self.assertEnds(1, "api-keys list", "users", "api-keys", "enable", key_id, *self.app)

    def test_AKeyThatSendersHaveIsStoredForAUser(self):
        self.users("create", "--email", "ada@example.com", text="an4lytical\n")
        key = "k" * 40
        path = self.write("key", key + "\n")
        create = ("api-keys", "create", "old", "--user", "ADA@example.com", "--key_file", path)
        self.assertIn("no errors", self.users(*create, "--check"))
        self.assertEqual(self.users(*create), key + "\n")
        self.assertEqual(self.who("login", api_key=key)[1], "normal")
        self.assertEnds(1, "has this API key", "users", *create, *self.app)
        self.assertEnds(1, "32 to 512", "users", "api-keys", "create", "short", "--key_file", self.write("key", "k"),
                        *self.app)

    def test_APasswordLogsInUntilItIsReset(self):
        first = self.write("password", "an4lytical\n")
        said = self.users("create", "--id", ADA, "--email", "ada@example.com", "--password_file", first)
        self.assertEqual(said, f"user {ADA} (ada@example.com): created\n")
        ada = {"email": "ada@example.com"}
        self.assertEqual(self.who("login", **ada, password="an4lytical"), [ADA, "normal", ada])
        self.users("reset-password", "ada@example.com", "--check", text="d1fference")
        self.who("login", **ada, password="an4lytical")
        said = self.users("reset-password", "ada@example.com", text="d1fference\n")
        self.assertEqual(said, f"user {ADA} (ada@example.com): has the new password\n")
        self.assertRefused(self.send("login", **ada, password="an4lytical"), 401, "InvalidSession")
        self.assertEqual(self.who("login", **ada, password="d1fference")[0], ADA)
        self.assertEnds(1, "6 to", "users", "reset-password", ADA, *self.app, text="short")
        self.assertEnds(2, "empty", "users", "reset-password", ADA, *self.app)
        self.assertEnds(2, "--email", "users", "create", "--password_file", first, *self.app)
        self.assertEnds(1, "email", "users", "create", "--email", "ADA@example.com", *self.app, text="an4lytical")
        logs = json.dumps(self.topology.logs())
        self.assertIn("set password", logs)
        self.assertNotIn("an4lytical", logs)
        self.assertNotIn("d1fference", logs)

    def test_UsersAreListedFoundAndShown(self):
        for name in ("ada", "bob", "cy"):
            self.users("create", "--email", f"{name}@example.com", text="an4lytical")
        self.users("disable", "BOB@example.com")
        self.assertRegex(self.users("list"),
                         r"(?m)^[0-9a-f]{24} +ada@example\.com +enabled +normal +local-userpass +20\S+ \S+ +never$")
        self.assertEqual(self.emails("--search", "B@EX"), ["bob@example.com"])
        self.assertEqual(self.emails("--state", "disabled"), ["bob@example.com"])
        self.assertEqual(len(self.emails("--state", "enabled", "--provider", "local-userpass")), 2)
        self.assertEqual(self.emails("--provider", "custom-token"), [])
        first = self.cli("users", "list", "--limit", "2", *self.app)
        self.assertIn("--page_token", first.stderr)
        page = self.assertJson("users", "list", "--limit", "2", *self.app)
        self.assertEqual(len(page["users"]), 2)
        rest = self.assertJson("users", "list", "--page_token", page["next_page_token"], *self.app)
        self.assertEqual((len(rest["users"]), rest["next_page_token"]), (1, ""))
        self.users("link", "ada@example.com", "--provider", "custom-token", "--identity", "ada-1815")
        shown = self.users("show", "ada@example.com")
        for line in (r"email +ada@example\.com", r"password +yes", r"state +enabled", r"custom-token +ada-1815",
                     r' +"email": "ada@example\.com"'):
            self.assertRegex(shown, f"(?m)^{line}$")
        unlink = ("users", "unlink", "ada@example.com", "--provider", "custom-token", "--identity", "ada-1815", *self.app)
        self.assertEnds(2, "--yes", *unlink)
        self.assertDone(*unlink, "--yes")
        self.assertNotIn("custom-token", self.users("show", "ada@example.com"))

    def emails(self, *words):
        return [user["email"] for user in self.assertJson("users", "list", *words, *self.app)["users"]]

    def test_WhatIsMistypedIsSaid(self):
        self.assertEnds(1, "no application 'shpo-abcde'", "users", "create", "--id", ADA, "--app", "shpo-abcde")
        self.assertEnds(1, f"the id '{NOBODY}'", "users", "show", NOBODY, *self.app)
        self.assertEnds(1, "the email address 'adda@example.com'", "users", "show", "adda@example.com", *self.app)
        self.assertEnds(1, "24 hexadecimal digits", "users", "disable", ADA[1:], *self.app)
        self.assertEnds(2, "24 hexadecimal digits", "users", "create", "--id", "ada", *self.app)
        said = self.assertEnds(2, "KEY_ID", "users", "api-keys", "delete", "k3y" * 20, "--yes", *self.app)
        self.assertNotIn("k3yk3y", said)
        self.assertEnds(2, "--data", "users", "create", "--data", "[]", *self.app)
        self.assertEnds(2, "--state", "users", "list", "--state", "gone", *self.app)
        self.assertEnds(2, "did you mean 'disable'", "users", "disabel", ADA)
        self.assertEnds(3, "the auth service at 127.0.0.1:1?", "users", "list", "--auth_target", "127.0.0.1:1", *self.app)

    def test_AProviderThatIsMissingIsSaid(self):
        self.assertNotIn("note:", self.cli("users", "api-keys", "create", "a", *self.app).stderr)
        self.assertDone("providers", "update", "api-key", "--set", "disabled=true", *self.app)
        self.assertIn("--set disabled=false", self.cli("users", "api-keys", "create", "b", *self.app).stderr)
        self.assertDone("providers", "delete", "local-userpass", "--yes", *self.app)
        create = ("users", "create", "--email", "ada@example.com", *self.app)
        self.assertIn("providers create local-userpass", self.cli(*create, text="an4lytical").stderr)

    def test_ATokenMayWhatItsRoleAllows(self):
        made = self.cli("tokens", "create", self.app_id, "--role", "viewer", *self.app)
        viewer = {"OVERLOCK_TOKEN_FILE": "", "OVERLOCK_TOKEN": made.stdout.strip()}
        self.users("list", **viewer)
        self.assertEnds(4, "needs the role editor", "users", "create", "--id", ADA, *self.app, **viewer)
        self.assertEnds(4, "admin token", "users", "list", *self.app, OVERLOCK_TOKEN_FILE="")

    def test_TheAuditHasChangesOfUsersAmongTheOthers(self):
        self.users("create", "--id", ADA, "--email", "ada@example.com", text="an4lytical")
        self.users("reset-password", ADA, text="d1fference")
        key = self.users("api-keys", "create", "ci", "--user", ADA).strip()
        self.assertDone("values", "create", "limit", "--value", "5", *self.app)
        self.users("delete", ADA, "--yes")
        records = self.assertJson("audit", *self.app)["records"]
        self.assertEqual([record["action"] for record in records],
                         ["delete user", "create entity", "create API key", "set password", "create user", "import"])
        self.assertEqual((records[0]["actor"], records[0]["subject"]), ("admin", f"user {ADA}"))
        self.assertRegex(records[0]["peer"], r"^ipv4:127\.0\.0\.1:\d+$")
        newest = self.assertDone("audit", "--limit", "1", *self.app)
        self.assertEqual(len(newest.splitlines()), 2)
        self.assertRegex(newest, rf"admin +ipv4:\S+ +{self.app_id} +delete user +user {ADA}")
        for secret in ("an4lytical", "d1fference", key, "ada@example.com"):
            self.assertNotIn(secret, json.dumps(records))
        editor = self.cli("tokens", "create", self.app_id, "--role", "editor", *self.app).stdout.strip()
        self.assertEnds(4, "role admin", "audit", *self.app, OVERLOCK_TOKEN_FILE="", OVERLOCK_TOKEN=editor)

    def test_UsersOfADeletedApplicationAreStillThere(self):
        self.users("create", "--id", ADA)
        self.assertIn("users delete --all", self.cli("apps", "delete", self.app_id, "--yes").stderr)
        self.assertIn(ADA, self.users("list"))
        self.assertIn("no application", self.cli("users", "show", ADA, *self.app).stderr)
        self.assertEnds(2, "--yes", "users", "delete", "--all", *self.app)
        self.assertEqual(self.users("delete", "--all", "--yes"), f"{self.app_id}: users deleted: 1\n")
        self.assertEnds(1, "no application", "users", "list", *self.app)


class InOneProcess(UserCases, CliTest):
    def test_AuthIsFoundWhereConfigIs(self):
        self.assertIsNone(self.topology.auth_target)
        self.users("list")


class InSixProcesses(UserCases, CliTest):
    topology_class = harness.Distributed

    def test_AuthMustBeNamed(self):
        said = self.assertEnds(3, "there are no users at", "users", "list", *self.app, OVERLOCK_AUTH_TARGET="")
        self.assertIn("--auth_target", said)
        self.users("list", "--auth_target", self.topology.auth_target, OVERLOCK_AUTH_TARGET="")
        self.users("create", "--id", ADA)
        done = self.cli("audit", *self.app, OVERLOCK_AUTH_TARGET="")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("changes of users are missing", done.stderr)
        self.assertNotIn(ADA, done.stdout)
        self.assertIn(ADA, self.assertDone("audit", *self.app))
        self.assertEnds(3, "", "audit", *self.app, "--timeout", "5", OVERLOCK_AUTH_TARGET="127.0.0.1:1")


if __name__ == "__main__":
    unittest.main()
