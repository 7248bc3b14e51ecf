"""Every command of `overlock` against a running server: what it does, prints and ends with."""
import json
import os
import pathlib
import stat
import subprocess
import unittest

import apps
import client
import harness
from cli import CliTest
from process import BIN, clean_environment, wait_until


class Access(CliTest):
    def test_ATokenIsKeptUntilItIsForgotten(self):
        token = self.topology.token_file.read_text()
        nothing = {"OVERLOCK_TOKEN_FILE": ""}
        self.assertIn("overlock login", self.assertEnds(4, "admin token is needed", "whoami", **nothing))
        self.assertIn("as admin", self.assertDone("login", text=token, **nothing))
        kept = pathlib.Path(self.home.name, "overlock", "credentials.json")
        self.assertEqual(stat.S_IMODE(os.stat(kept).st_mode), 0o600)
        said = self.assertDone("whoami", **nothing)
        self.assertRegex(said, r"(?m)^name +admin$")
        self.assertRegex(said, r"(?m)^expires +never$")
        self.assertIn(str(kept), said)
        self.assertEqual(self.assertJson("whoami", **nothing)["token"]["role"], "ROLE_ADMIN")
        self.assertIn("forgot", self.assertDone("logout", **nothing))
        self.assertIn("no token", self.assertDone("logout", **nothing))
        self.assertEnds(4, "admin token is needed", "whoami", **nothing)

    def test_AWrongTokenIsNotKept(self):
        nothing = {"OVERLOCK_TOKEN_FILE": ""}
        self.assertEnds(4, "not known", "login", text="ovl_wrong\n", **nothing)
        self.assertEnds(2, "holds no token", "login", text="two words", **nothing)
        self.assertEnds(4, "admin token is needed", "whoami", **nothing)

    def test_TokensComeFromTheEnvironmentAFileAndTheServersDirectory(self):
        token = self.topology.token_file.read_text().strip()
        self.assertIn("OVERLOCK_TOKEN", self.assertDone("whoami", OVERLOCK_TOKEN_FILE="", OVERLOCK_TOKEN=token))
        self.assertIn("--token_file", self.assertDone("whoami", "--token_file", self.topology.token_file,
                                                      OVERLOCK_TOKEN_FILE="", OVERLOCK_TOKEN="ovl_wrong"))
        directory = self.temporary_directory()
        (directory / ".overlock").mkdir()
        (directory / ".overlock" / "admin.token").write_text(token)
        self.assertIn(".overlock/admin.token", self.assertDone("whoami", directory=directory, OVERLOCK_TOKEN_FILE=""))
        self.assertEnds(2, "nowhere", "whoami", "--token_file", "/nowhere/token")

    def test_ATokenMayWhatItsRoleAndApplicationsAllow(self):
        self.import_new("mine-abcde")
        self.import_new("other-abcde")
        done = self.cli("tokens", "create", "looker", "--role", "viewer", "--app", "mine-abcde", "--expires_in", "90d")
        self.assertEqual(done.returncode, 0, done.stderr)
        # The secret is alone on standard output.
        self.assertRegex(done.stdout, r"^ovl_[\w-]{43}\n$")
        self.assertIn("nobody can show it again", done.stderr)
        looker = {"OVERLOCK_TOKEN_FILE": "", "OVERLOCK_TOKEN": done.stdout.strip()}
        # The only application that it may see need not be named.
        self.assertIn("s/hook", self.assertDone("webhooks", "list", **looker))
        self.assertEnds(4, "role", "values", "create", "v", "--value", "1", "--app", "mine-abcde", **looker)
        self.assertEnds(4, "not for this application", "webhooks", "list", "--app", "other-abcde", **looker)
        self.assertEnds(4, "role", "tokens", "list", **looker)
        listed = {token["name"]: token for token in self.assertJson("tokens", "list")["tokens"]}
        self.assertEqual(listed["looker"]["app_ids"], ["mine-abcde"])
        self.assertNotIn(looker["OVERLOCK_TOKEN"], self.assertDone("tokens", "list", "--json"))
        self.assertRegex(self.assertDone("tokens", "list"), r"(?m)^looker +viewer +mine-abcde +20")
        self.assertEnds(2, "--yes", "tokens", "delete", "looker")
        self.assertDone("tokens", "delete", "looker", "--yes")
        self.assertEnds(4, "not known", "whoami", **looker)
        self.assertEnds(1, "looker", "token", "delete", "looker", "-y")

    def test_ABadTokenIsRefused(self):
        self.assertEnds(2, "90d", "tokens", "create", "x", "--role", "viewer", "--expires_in", "soon")
        self.assertEnds(2, "--role", "tokens", "create", "x", "--role", "king")
        self.assertEnds(2, "--role", "tokens", "create", "x")

    def test_TheAuditSaysWhoDidWhat(self):
        self.import_new("watched-abcde")
        self.assertDone("secrets", "create", "key", "--app", "watched-abcde", text="s3cret-value")
        lines = self.assertDone("audit", "--app", "watched-abcde").splitlines()
        self.assertRegex(lines[1], r"admin +ipv4:127\.0\.0\.1:\d+ +watched-abcde +create secret +secret key")
        self.assertRegex(lines[2], r"import")
        self.assertNotIn("s3cret-value", "\n".join(lines))
        self.assertEqual(len(self.assertJson("audit", "--limit", "1")["records"]), 1)


class Applications(CliTest):
    def test_AnApplicationIsMadeChangedAndDeleted(self):
        self.assertDone("apps", "create", "made", "--app_id", "made-abcde", "--check")
        self.assertEnds(1, "made-abcde", "apps", "show", "made-abcde")
        self.assertIn("made-abcde: done", self.assertDone("apps", "create", "made", "--app_id", "made-abcde"))
        self.assertEnds(1, "already", "apps", "create", "made", "--app_id", "made-abcde")
        self.assertRegex(self.assertDone("apps", "list"), r"(?m)^made-abcde +made +\d+ +0 +0$")
        said = self.assertDone("app", "show", "made-abcde")
        self.assertIn("F2 (config.json)", said)
        origins = 'allowed_request_origins=["https://example.com"]'
        self.assertDone("apps", "update", "made-abcde", "--set", origins)
        shown = self.assertJson("apps", "show", "made-abcde")["app"]
        self.assertEqual(json.loads(shown["root_json"])["allowed_request_origins"], ["https://example.com"])
        self.assertEnds(1, "changed it since", "apps", "update", "made-abcde", "--set", "location=IE", "--etag", "0" * 16)
        self.assertEnds(2, "--set", "apps", "update", "made-abcde")
        self.assertEnds(2, "--yes", "apps", "delete", "made-abcde")
        self.assertDone("apps", "delete", "made-abcde", "--yes")
        self.assertEnds(1, "overlock apps list", "apps", "show", "made-abcde")

    def test_AnImportSaysWhatItDoes(self):
        directory = apps.write_app(self.temporary_directory(), "brought-abcde", {"hook": "exports = () => 1;"})
        self.assertIn("no errors; nothing was stored", self.assertDone("import", directory, "--check"))
        self.assertEnds(1, "brought-abcde", "apps", "show", "brought-abcde")
        self.assertIn("imported as revision", self.assertDone("import", directory, "--note", "first"))
        self.assertIn("nothing to do", self.assertDone("import", directory))
        (directory / "services/s/incoming_webhooks/hook/source.js").write_text("exports = () => 2;")
        self.assertIn("+exports = () => 2;", self.assertDone("import", directory, "--diff", "--check"))
        answer = self.assertJson("import", directory)
        self.assertEqual(answer["app"]["app_id"], "brought-abcde")
        self.assertEnds(1, "nothing was imported", "import", apps.sample_directory("bad"))
        self.assertEnds(2, "stitch.json", "import", self.temporary_directory())
        self.assertEnds(2, "--strategy", "import", directory, "--strategy", "guess")
        self.assertEnds(2, "--yes", "import", self.changed(directory), "--confirm")
        self.assertDone("import", directory, "--confirm", "--yes")

    def changed(self, directory):
        (directory / "services/s/incoming_webhooks/hook/source.js").write_text("exports = () => 'changed';")
        return directory

    def test_AMergeKeepsWhatTheFolderDoesNotHave(self):
        directory = self.import_new("merged-abcde")
        self.assertDone("values", "create", "kept", "--value", "1", "--app", "merged-abcde")
        exported = self.temporary_directory() / "out"
        self.assertDone("export", "merged-abcde", "-o", exported)
        (exported / "values" / "kept.json").unlink()
        self.assertDone("import", exported, "--strategy", "merge")
        self.assertIn("kept", self.assertDone("values", "list", "--app", "merged-abcde"))
        self.assertDone("import", directory)
        self.assertNotIn("kept", self.assertDone("values", "list", "--app", "merged-abcde"))

    def test_DraftsAreDeployedAndRolledBack(self):
        directory = self.import_new("drafted-abcde")
        app = ("--app", "drafted-abcde")
        first = self.assertJson("deployments", *app)["deployments"][0]["revision"]
        self.assertEnds(1, "overlock draft begin", "import", self.changed(directory), "--draft")
        self.assertIn("begun by", self.assertDone("draft", "begin", *app))
        self.assertEnds(1, "overlock draft discard", "draft", "begin", *app)
        self.assertIn("into the draft", self.assertDone("import", directory, "--draft"))
        self.assertEnds(1, "--draft", "import", directory)
        self.assertDone("values", "create", "v", "--value", "7", "--draft", *app)
        self.assertNotIn("v ", self.assertDone("values", "list", *app))
        self.assertRegex(self.assertDone("values", "list", "--draft", *app), r"(?m)^v +7 ")
        self.assertIn("+exports = () => 'changed';", self.assertDone("draft", "show", *app))
        self.assertIn("values/v.json", self.assertDone("diff", "--to", "draft", *app))
        self.assertIn("done, revision", self.assertDone("deploy", "--note", "ticket 42", *app))
        self.assertEnds(1, "no draft", "deploy", *app)
        said = self.assertDone("deployments", *app).splitlines()
        self.assertRegex(said[1], r"^\d+ +yes +20.* admin +deploy draft +ticket 42$")
        second = self.assertJson("deployments", *app)["deployments"][0]["revision"]
        self.assertIn("-exports = () => 'hello';", self.assertDone("diff", "--from", first, "--to", second, *app))
        self.assertEnds(1, "revision", "diff", "--from", "999999", *app)
        self.assertEnds(2, "--from", "diff", "--from", "yesterday", *app)
        self.assertIn(f"what was revision {first}", self.assertDone("rollback", *app))
        self.assertNotIn("v ", self.assertDone("values", "list", *app))
        self.assertDone("rollback", second, "--note", "after all", *app)
        self.assertEnds(1, "999999", "rollback", "999999", *app)
        self.assertDone("draft", "begin", *app)
        self.assertEnds(2, "--yes", "draft", "discard", *app)
        self.assertDone("draft", "discard", "--yes", *app)
        self.assertEnds(1, "no draft", "draft", "show", *app)

    def test_AnExportIsWhatAnImportReads(self):
        source = apps.sample_directory("first-look")
        app_id = apps.app_id_of(source)
        self.assertDone("import", source)
        out = self.temporary_directory()
        name = json.loads((source / "stitch.json").read_text())["name"]
        # The directory is named for the application.
        said = self.assertDone("export", app_id, directory=out)
        self.assertIn("revision", said)
        self.assertIn("nothing to do", self.assertDone("import", out / name))
        self.assertEqual(self.assertDone("diff", out / name, "--exit_code"), "")
        self.assertEnds(2, "not empty", "export", app_id, directory=out)
        stale = out / name / "values" / "stale.json"
        stale.write_text("{}")
        (out / name / "README.md").write_text("mine")
        done = self.cli("export", app_id, "--force", directory=out)
        self.assertEqual((done.returncode, "removed: values/stale.json" in done.stderr), (0, True), done.stderr)
        self.assertEqual((stale.exists(), (out / name / "README.md").read_text()), (False, "mine"))
        self.assertDone("export", app_id, "-o", out / "template", "--as-template")
        self.assertNotIn("app_id", (out / "template" / "stitch.json").read_text())
        self.assertDone("export", app_id, "-o", out / "repository", "--for-source-control", "--plain-stitch")
        files = self.assertJson("export", app_id, "-o", out / "json")["files"]
        self.assertIn("stitch.json", [file["path"] for file in files])
        self.assertEnds(1, "not kept", "export", app_id, "-o", out / "old", "--revision", "999999")
        self.assertFalse((out / "old").exists())

    def test_AWebSiteIsTakenAlongOnlyWhenAskedFor(self):
        content = bytes(range(256))
        directory = apps.write_app(self.temporary_directory(), "site-abcde", {"hook": "exports = () => 1;"})
        (directory / "hosting/files/img").mkdir(parents=True)
        (directory / "hosting/files/img/logo.png").write_bytes(content)
        done = self.cli("import", directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 file is left alone; --include-hosting takes it along", done.stderr)
        self.assertIn("no difference", self.cli("diff", directory).stderr)
        self.assertIn("hosting/files/img/logo.png differ", self.assertDone("diff", directory, "--include-hosting"))
        self.assertIn("imported as revision", self.assertDone("import", directory, "--include-hosting"))
        self.assertIn("nothing to do", self.assertDone("import", directory, "--include-hosting"))
        exported = self.temporary_directory() / "out"
        done = self.cli("export", "site-abcde", "-o", exported)
        self.assertIn("left out: hosting/files: 1 file", done.stderr)
        self.assertFalse((exported / "hosting").exists())
        # Without the flag what the server has stays.
        self.assertIn("nothing to do", self.assertDone("import", exported))
        self.assertDone("export", "site-abcde", "-o", exported, "--force", "--include-hosting")
        self.assertEqual((exported / "hosting/files/img/logo.png").read_bytes(), content)
        self.assertIn("nothing to do", self.assertDone("import", exported, "--include-hosting"))
        (exported / "hosting/files/img/logo.png").unlink()
        self.assertIn("imported as revision", self.assertDone("import", exported, "--include-hosting"))
        self.assertNotIn("left out", self.cli("export", "site-abcde", "-o", exported, "--force").stderr)
        (exported / "hosting/files").mkdir(parents=True, exist_ok=True)
        (exported / "hosting/files/large").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
        self.assertEnds(2, "at most 4194304", "import", exported, "--include-hosting")

    def test_ADifferenceIsShownAndCanBeAskedFor(self):
        directory = self.import_new("differs-abcde")
        self.assertEqual(self.assertDone("diff", directory), "")
        self.changed(directory)
        self.assertIn("+exports = () => 'changed';", self.assertDone("diff", directory))
        self.assertEqual(self.cli("diff", directory, "--exit_code").returncode, 1)
        self.assertTrue(self.assertJson("diff", directory)["diffs"])
        self.assertEnds(1, "nothing was compared", "diff", apps.sample_directory("bad"))


class Parts(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = harness.tempfile.TemporaryDirectory(prefix="overlock-parts-")
        cls.addClassCleanup(cls.files.cleanup)
        directory = apps.write_app(pathlib.Path(cls.files.name, "app"), "parts-abcde", {"hook": "exports = () => 1;"})
        imported = cls.topology.try_import(directory)
        assert imported.returncode == 0, imported.stderr
        cls.source = pathlib.Path(cls.files.name, "source.js")
        cls.source.write_text("exports = () => 'from a file';\n")
        cls.other = pathlib.Path(cls.files.name, "other.js")
        cls.other.write_text("exports = () => 'another';\n")

    # One application for all: no other has come.
    CASES = (
        ("service", "services", "mail", ["--type", "http"], ["--set", "config.x=1"], "http"),
        ("rule", "rules", "s/read", ["--actions", '["get"]'], ["--actions", '["get","put"]'], "get"),
        ("function", "functions", "sum", ["--source", "{source}"], ["--source", "{other}"], "system"),
        ("value", "values", "limit", ["--value", "5"], ["--value", '{"a": 1}'], "5"),
        ("provider", "providers", "api-key", ["--type", "api-key"], ["--set", "disabled=true"], "api-key"),
        ("webhook", "webhooks", "s/new", ["--function", "{source}"], ["--method", "ANY"], "POST"),
    )

    def test_EachKindIsMadeListedShownChangedAndDeleted(self):
        for singular, plural, name, create, update, listed in self.CASES:
            with self.subTest(plural):
                files = {"source": self.source, "other": self.other}
                create = [word.format(**files) if "{s" in word else word for word in create]
                update = [word.format(**files) if "{o" in word else word for word in update]
                self.assertEnds(1, "no ", plural, "show", name)
                self.assertIn("nothing was changed", self.assertDone(plural, "create", name, *create, "--check"))
                self.assertIn("done, revision", self.assertDone(plural, "create", name, *create))
                self.assertEnds(1, "already", plural, "create", name, *create)
                self.assertRegex(self.assertDone(singular, "list"), rf"(?m)^{name} .*{listed}.* [0-9a-f]{{24}}$")
                before = self.assertJson(plural, "show", name)["entity"]
                self.assertEqual(json.loads(before["config_json"])["name"], name.rpartition("/")[2])
                self.assertIn(before["etag"], self.assertDone(plural, "show", name))
                self.assertIn("done, revision", self.assertDone(plural, "update", name, *update, "--etag", before["etag"]))
                self.assertIn("changed it since", self.assertEnds(1, "etag", plural, "update", name, *update,
                                                                  "--set", "name=x", "--etag", before["etag"]))
                self.assertIn("nothing to do", self.assertDone(plural, "update", name, *update))
                # What `show` writes to a file is what `update` reads.
                config = self.write("config.json", self.assertDone(plural, "show", name, "--part", "config"))
                self.assertIn("nothing to do", self.assertDone(plural, "update", name, "--config", config))
                self.assertEnds(2, "--yes", plural, "delete", name)
                self.assertIn("done, revision", self.assertDone(plural, "delete", name, "--yes", "--note", "gone"))
                self.assertEnds(1, "no ", plural, "delete", name, "--yes")

    def test_EndpointsAreForLayoutF3(self):
        self.assertEqual(self.assertJson("endpoints", "list")["entities"], [])
        self.assertEnds(1, "realm_config.json", "endpoints", "create", "GET /a", "--function_name", "f")

    def test_ANewNameRenames(self):
        self.assertDone("services", "create", "old", "--set", "type=http")
        self.assertDone("webhooks", "create", "old/w", "--source", self.source)
        self.assertDone("services", "update", "old", "--set", "name=fresh")
        self.assertDone("webhooks", "show", "fresh/w")
        self.assertEnds(1, "no webhook old/w", "webhooks", "show", "old/w")
        self.assertDone("services", "delete", "fresh", "--yes")
        self.assertEnds(1, "no webhook fresh/w", "webhooks", "show", "fresh/w")

    def test_SourcesGoThroughPipes(self):
        self.assertDone("functions", "create", "piped", "--source", "-", text="exports = () => 'piped';")
        self.assertEqual(self.assertDone("functions", "show", "piped", "--part", "source"), "exports = () => 'piped';")
        self.assertIn('"piped"', self.assertDone("function", "run", "piped"))
        self.assertEnds(2, "--source", "functions", "create", "empty")
        self.assertDone("functions", "delete", "piped", "-y")

    def test_WrongConfigurationsAreRefusedWithTheirPlace(self):
        said = self.assertEnds(1, "nothing was changed", "webhooks", "update", "s/hook", "--set", "options.httpMethod=FETCH")
        self.assertRegex(said, r"(?m)^error: services/s/incoming_webhooks/hook/config.json: options.httpMethod: .*GET")
        self.assertEnds(2, "line 1", "values", "create", "v", "--config", self.write("bad.json", "{,"))
        self.assertEnds(2, "SERVICE/WEBHOOK", "webhooks", "show", "hook")
        self.assertEnds(2, "FIELD=VALUE", "values", "create", "v", "--set", "value")

    def test_SecretsAreWrittenAndNeverRead(self):
        self.assertDone("values", "create", "names-secret", "--value", "key", "--from_secret", "true")
        self.assertRegex(self.assertDone("secrets", "list"), r"(?m)^key +missing +values/names-secret")
        self.assertDone("secrets", "create", "key", text="one\n")
        self.assertEnds(1, "already", "secrets", "create", "key", text="one")
        self.assertDone("secret", "update", "key", "--value_file", self.write("value", "two\n"))
        self.assertRegex(self.assertDone("secrets", "list"), r"(?m)^key +kept +values/names-secret")
        self.assertEqual(self.assertJson("secrets", "list")["secrets"][0]["name"], "key")
        self.assertDone("functions", "create", "tell", "--source", "-", text="exports = () => context.values.get('names-secret');")
        self.assertIn('"two"', self.assertDone("function", "run", "tell"))
        self.assertEnds(1, "secret", "secrets", "update", "other", text="x")
        self.assertEnds(2, "--yes", "secrets", "delete", "key")
        self.assertDone("secrets", "delete", "key", "--yes")
        self.assertDone("values", "delete", "names-secret", "--yes")
        self.assertDone("functions", "delete", "tell", "--yes")


class Webhooks(CliTest):
    def setUp(self):
        self.app_id = f"hooks-{self._testMethodName[-5:].lower()}"
        self.import_new(self.app_id)
        self.app = ("--app", self.app_id)

    def wait_until_served(self, name):
        path = client.hook_path(self.app_id, "s", name)
        wait_until(lambda: self.topology.send("POST", path).error_code() != "IncomingWebhookNotFound", 10, name)

    def test_AWebhookIsMadeWithFlagsAndTried(self):
        secret = self.write("secret", "s3cret\n")
        source = self.write("hook.js", "exports = (payload) => ({got: payload.body.text(), query: payload.query});")
        said = self.assertDone("webhooks", "create", "--service", "s", "--name", "signed", "--function", source,
                               "--validation", "VERIFY_PAYLOAD", "--secret_file", secret, "--method", "PUT",
                               "--can_evaluate", '{"%%true": true}', "--disable_arg_logs", "false", *self.app)
        url = f"{self.edge_url}{client.hook_path(self.app_id, 's', 'signed')}"
        self.assertIn(url, said)
        self.assertIn("curl -X PUT", said)
        config = json.loads(self.assertJson("webhooks", "show", "s/signed", *self.app)["entity"]["config_json"])
        self.assertEqual(config["options"], {"httpMethod": "PUT", "validationMethod": "VERIFY_PAYLOAD"})
        self.assertEqual((config["run_as_authed_user"], config["respond_result"], config["disable_arg_logs"],
                          config["can_evaluate"]), (False, True, False, {"%%true": True}))
        self.assertEqual(self.assertDone("webhooks", "url", "s/signed", *self.app), url + "\n")
        self.wait_until_served("signed")
        test = ("webhooks", "test", "s/signed", "--body", '{"a": 1}', "--query", "x=y z", *self.app)
        said = self.assertDone(*test, "--secret_file", secret)
        self.assertRegex(said, r"(?s)^HTTP 200 OK\n.*\n\n\{")
        answer = self.assertJson(*test, "--secret_file", secret)
        self.assertEqual((answer["status"], json.loads(answer["body"])), (200, {"got": '{"a": 1}', "query": {"x": "y z"}}))
        self.assertIn("HTTP 401", self.cli(*test).stdout)
        self.assertEnds(1, "--secret_file proves this one", *test)

    def test_AWebhookIsMadeForASenderThatSigns(self):
        secret = self.write("secret", "s3cret")
        source = self.write("hook.js", "exports = (payload) => payload.body.text();")
        base = ("webhooks", "create", "--function", source, "--secret_file", secret, *self.app)
        self.assertIn("requests must be signed: GITHUB", self.assertDone(*base, "s/push", "--validation", "GITHUB"))
        self.wait_until_served("push")
        test = ("webhooks", "test", "s/push", "--body", "signed", *self.app)
        self.assertIn("signed", self.assertDone(*test, "--secret_file", secret))
        self.assertEnds(1, "(GITHUB); --secret_file proves this one", *test)
        self.assertDone(*base, "s/shop", "--validation", "GENERIC_HMAC", "--signature_header", "X-Shop",
                        "--set", "options.overlock.signature.encoding=BASE64")
        config = json.loads(self.assertJson("webhooks", "show", "s/shop", *self.app)["entity"]["config_json"])
        self.assertEqual(config["options"]["overlock"], {"signature": {"header": "X-Shop", "encoding": "BASE64"}})
        self.assertRegex(self.assertDone("webhooks", "list", *self.app), r"(?m)^s/shop .* GENERIC_HMAC ")
        self.assertEnds(2, "cannot be signed here", "webhooks", "test", "s/shop", "--secret_file", secret, *self.app)
        self.assertEnds(1, "options.overlock.signature.header", *base, "s/none", "--validation", "GENERIC_HMAC")
        self.assertEnds(2, "is for --validation GENERIC_HMAC", *base, "s/none", "--validation", "SLACK",
                        "--signature_header", "X")
        self.assertEnds(2, "STANDARD_WEBHOOKS", *base, "s/none", "--validation", "MAYBE")

    def test_ASecretGoesIntoTheQuery(self):
        secret = self.write("secret", "a&b")
        self.assertDone("webhooks", "update", "s/hook", "--validation", "SECRET_AS_QUERY_PARAM", "--secret_file", secret,
                        *self.app)
        self.wait_until_served("hook")
        test = ("webhooks", "test", "s/hook", *self.app)
        wait_until(lambda: self.cli(*test).returncode == 1, 10, "requests without the secret are refused")
        self.assertIn('"hello"', self.assertDone(*test, "--secret_file", secret, "--header", "X-A: b"))

    def test_ModesExcludeEachOther(self):
        base = ("webhooks", "create", "s/x", "--function", self.write("f.js", "exports = () => 1;"), *self.app)
        self.assertEnds(2, "--authentication user-id", *base, "--authentication", "system", "--run_as_user_id", "1")
        self.assertEnds(2, "--script: is missing", *base, "--authentication", "script")
        self.assertEnds(2, "--secret_file: is missing", *base, "--validation", "VERIFY_PAYLOAD")
        script = self.write("script.js", "exports = () => '5f0000000000000000000001';")
        self.assertDone(*base, "--script", script)
        self.assertRegex(self.assertDone("webhooks", "list", *self.app), r"(?m)^s/x .* script ")

    def test_WhatIsMissingIsNamedWhereNobodyCanBeAsked(self):
        said = self.assertEnds(2, "nobody can be asked", "webhook", "create", *self.app)
        for flag in ("--service", "--name", "--function"):
            self.assertIn(flag, said)

    def test_AWholeConfigurationIsTaken(self):
        config = {"name": "ignored", "respond_result": False,
                  "options": {"httpMethod": "GET", "validationMethod": "NO_VALIDATION"}}
        self.assertDone("webhooks", "create", "s/whole", "--config", self.write("config.json", json.dumps(config)),
                        "--source", self.write("f.js", "exports = () => 1;"), *self.app)
        made = json.loads(self.assertJson("webhooks", "show", "s/whole", *self.app)["entity"]["config_json"])
        self.assertEqual(made, {**config, "name": "whole"})

    def test_AnEdgeThatIsNotThereIsSaid(self):
        self.assertEnds(3, "--edge_url", "webhooks", "test", "s/hook", "--edge_url", "http://127.0.0.1:1", *self.app)
        self.assertEnds(2, "--edge_url", "webhooks", "url", "s/hook", "--edge_url", "nonsense", *self.app)
        self.assertEnds(1, "no webhook s/none", "webhooks", "test", "s/none", *self.app)


class Usage(CliTest):
    def completions(self, *words):
        return [line.partition("\t")[0] for line in self.assertDone("__complete", "--", *words).splitlines()]

    def commands(self, *above):
        """Every command below these words."""
        for name in self.completions(*above, ""):
            yield (*above, name)
            yield from self.commands(*above, name)

    def test_EveryCommandExplainsItself(self):
        commands = [each for each in self.commands() if each[0] not in ("serve", "help", "version")]
        self.assertGreater(len(commands), 60)
        for command in commands:
            with self.subTest(command):
                said = self.assertDone(*command, "--help")
                self.assertIn(f"Usage: overlock {' '.join(command)}", said)
                self.assertEqual(self.assertDone("help", *command), said)

    def test_WithoutACommandThereIsHelp(self):
        done = self.cli()
        self.assertEqual(done.returncode, 2)
        for word in ("webhooks", "serve", "Exit codes", "--json"):
            self.assertIn(word, done.stdout)
        self.assertEqual(self.assertDone("help"), done.stdout)
        self.assertIn("create", self.cli("webhooks").stderr)
        self.assertEqual(self.cli("webhooks").returncode, 2)

    def test_WrongWordsAreUsageErrors(self):
        self.assertEnds(2, "did you mean 'webhooks'", "webhoks", "list")
        self.assertEnds(2, "did you mean 'create'", "webhooks", "creat")
        self.assertEnds(2, "--nonsense", "apps", "list", "--nonsense")
        self.assertEnds(2, "NAME", "values", "show")
        self.assertEnds(2, "extra", "apps", "list", "extra")
        self.assertEnds(2, "no command 'nonsense'", "help", "nonsense")

    def test_AServerThatIsNotThereIsCodeThree(self):
        for command in (("apps", "list"), ("whoami",), ("import", apps.sample_directory("neighbour"))):
            self.assertEnds(3, "127.0.0.1:1?", *command, "--config_target", "127.0.0.1:1", "--timeout", "10")
        self.assertEnds(2, "insecure", "whoami", "--config_target", "192.0.2.1:9001")

    def test_ErrorsAreJsonForPrograms(self):
        error = json.loads(self.assertEnds(1, "APP_NOT_FOUND", "apps", "show", "none-abcde", "--json"))["error"]
        self.assertEqual((error["code"], error["reason"]), ("NOT_FOUND", "APP_NOT_FOUND"))
        error = json.loads(self.assertEnds(2, "BAD_USAGE", "apps", "show", "--nonsense", "--json"))["error"]
        self.assertIn("--nonsense", error["message"])

    def test_TheApplicationMayBeLeftOutWhereThereIsOne(self):
        topology = harness.AllInOne()
        self.start(topology)
        server = {"OVERLOCK_CONFIG_TARGET": topology.config_target, "OVERLOCK_TOKEN_FILE": str(topology.token_file)}
        self.assertEnds(1, "no application", "webhooks", "list", **server)
        self.assertIn("overlock import", self.cli("apps", "list", **server).stderr)
        for number, code in ((1, 0), (2, 2)):
            directory = apps.write_app(self.temporary_directory(), f"app{number}-abcde", {"h": "exports = () => 1;"})
            self.assertDone("import", directory, **server)
            self.assertEqual(self.cli("webhooks", "list", **server).returncode, code)
        self.assertEnds(2, "name one of them", "webhooks", "list", **server)

    def test_WordsAreCompleted(self):
        self.assertEqual(self.completions("webh"), ["webhooks"])
        self.assertEqual(self.completions("webhook", "u"), ["update", "url"])
        self.assertEqual(self.completions("help", "tok"), ["tokens"])
        self.assertEqual(self.completions("import", "--strategy", "re"), ["replace", "replace-by-name"])
        self.assertEqual(self.completions("import", "--strategy", "="), ["merge", "replace", "replace-by-name"])
        self.assertEqual(self.completions("apps", "list", "--js"), ["--json"])
        self.assertIn("--respond_result", self.completions("webhooks", "create", "--"))
        self.assertEqual(self.completions("import", ""), [])

    def test_ShellsGetTheirScripts(self):
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("__complete", self.assertDone("completion", shell))
        script = ('source <("$0" completion bash); COMP_WORDS=("$0" webhooks cr); COMP_CWORD=2; _overlock; '
                  'echo "${COMPREPLY[*]}"')
        done = subprocess.run(["bash", "-c", script, BIN / "overlock"], env=clean_environment(), capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual((done.stdout, done.stderr), ("create\n", ""))


if __name__ == "__main__":
    unittest.main()
