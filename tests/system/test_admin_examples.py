"""The examples of deploy/examples/admin-rpc, as their README says: another service with a certificate and a token."""
import json
import os
import subprocess
import unittest

import apps
import harness
import process
from authority import Authority
from process import BIN

EXAMPLES = apps.REPOSITORY / "deploy" / "examples" / "admin-rpc"
CACHE = apps.REPOSITORY / ".cache" / "admin-rpc"
WHY_SKIPPED = "SKIPPED: deploy/examples/admin-rpc/build says why"
APP_ID, OTHER_APP_ID, NAME = "shop-abcde", "other-abcde", "releases"
SECONDS_MAX = 60


@unittest.skipUnless((CACHE / "sources").exists() or os.environ.get("OVERLOCK_REQUIRE_EXAMPLES"), WHY_SKIPPED)
class AdminExamples(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topology = harness.AllInOne()
        cls.addClassCleanup(cls.topology.stop)
        cls.certificates = cls.topology.directory / "certificates"
        cls.authority = Authority.for_development(cls.certificates, "overlock", "cli", NAME)
        cls.topology.flags += cls.authority.flags("overlock")
        cls.topology.start()
        for app_id in (APP_ID, OTHER_APP_ID):
            directory = apps.write_app(cls.topology.directory / app_id, app_id, {"hook": "exports = () => 1;"})
            cls.topology.import_app(directory, app_id, cls.authority.flags("cli"))
        done = process.run([BIN / "overlock", "tokens", "create", NAME, "--role", "editor", "--app", APP_ID,
                            f"--config_target={cls.topology.config_target}", f"--token_file={cls.topology.token_file}",
                            *cls.authority.flags("cli")])
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.token_file = cls.topology.directory / "releases.token"
        cls.token_file.write_text(done.stdout.strip())

    def run_command(self, argv, text, **environment):
        return subprocess.run([str(each) for each in argv], input=text, capture_output=True, text=True, check=False,
                              timeout=SECONDS_MAX, env=process.clean_environment(environment))

    def python(self, *words, text="", token_file=None):
        path = lambda ending: self.certificates / f"{NAME}.{ending}"
        return self.run_command(
            [CACHE / "venv/bin/python", EXAMPLES / "secrets_client.py", f"--target={self.topology.config_target}",
             f"--cert={path('pem')}", f"--key={path('key')}", f"--ca={self.certificates / 'ca.pem'}",
             f"--token-file={token_file or self.token_file}", *words], text, PYTHONPATH=str(CACHE / "modules"))

    def grpcurl(self, secret, text, app=APP_ID):
        path = f"{CACHE}{os.pathsep}{os.environ['PATH']}"
        return self.run_command([EXAMPLES / "commands.sh", self.topology.config_target, self.certificates, NAME,
                                 self.token_file, app, secret], text, PATH=path)

    def assertDone(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_PythonListsWhatItsTokenMaySee(self):
        self.assertEqual(self.assertDone(self.python("apps")).split(), [APP_ID])

    def test_PythonMakesASecretAndChangesIt(self):
        self.assertEqual(self.assertDone(self.python("set-secret", APP_ID, "rotated", text="one\n")), "made\n")
        self.assertEqual(self.assertDone(self.python("set-secret", APP_ID, "rotated", text="two\n")), "changed\n")

    def test_PythonIsToldWhatItMayNot(self):
        done = self.python("set-secret", OTHER_APP_ID, "rotated", text="one")
        self.assertEqual(done.returncode, 1)
        self.assertIn("PERMISSION_DENIED", done.stderr)

    def test_PythonWithAnotherTokenIsRefused(self):
        wrong = self.temporary_directory() / "wrong.token"
        wrong.write_text("not a token")
        done = self.python("apps", token_file=wrong)
        self.assertEqual(done.returncode, 1)
        self.assertIn("UNAUTHENTICATED", done.stderr)

    def test_GrpcurlDoesTheSame(self):
        answers = self.documents(self.assertDone(self.grpcurl("byGrpcurl", 'three "quoted"\n')))
        listed, _, secrets = answers
        self.assertEqual([each["app"]["app_id"] for each in listed["apps"]], [APP_ID])
        self.assertIn("byGrpcurl", [each["name"] for each in secrets["secrets"]])
        self.assertNotIn("quoted", json.dumps(answers))

    def test_GrpcurlIsToldWhatItMayNot(self):
        done = self.grpcurl("byGrpcurl", "four", OTHER_APP_ID)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("PermissionDenied", done.stderr)

    @staticmethod
    def documents(text):
        """The JSON documents of a text, one after the other."""
        found, position, decoder = [], 0, json.JSONDecoder()
        while text[position:].strip():
            position += len(text[position:]) - len(text[position:].lstrip())
            document, position = decoder.raw_decode(text, position)
            found.append(document)
        return found


if __name__ == "__main__":
    unittest.main()
