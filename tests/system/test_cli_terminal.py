"""`overlock` on a terminal: what it asks, hides, colours, and shows while one waits."""
import json
import os
import pty
import select
import subprocess
import time
import unittest

import client
from cli import CliTest
from process import BIN, wait_until

ANSWER_SECONDS_MAX = 30


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, words, environment, directory):
        self._fd, inner = pty.openpty()
        self._popen = subprocess.Popen([BIN / "overlock", *map(str, words)], env=environment, cwd=directory, stdin=inner,
                                       stdout=inner, stderr=inner, start_new_session=True)
        os.close(inner)
        self.seen = ""
        self._read = 0

    def _more(self, deadline):
        ready, _, _ = select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing more came after:\n{self.seen}")
        try:
            piece = os.read(self._fd, 65536)
        except OSError:
            piece = b""
        self.seen += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, text):
        """Waits for `text` after what was expected before."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while (found := self.seen.find(text, self._read)) < 0:
            if not self._more(deadline):
                raise AssertionError(f"ended without {text!r}:\n{self.seen}")
        self._read = found + len(text)

    def say(self, text):
        os.write(self._fd, text.encode() + b"\n")

    def answer(self, question, text=""):
        self.expect(question)
        self.say(text)

    def end(self):
        """The exit code, once all was read."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while self._more(deadline):
            pass
        return self._popen.wait(ANSWER_SECONDS_MAX)

    def close(self):
        self._popen.kill()
        self._popen.wait()
        os.close(self._fd)


class OnATerminal(CliTest):
    def setUp(self):
        self.app_id = f"seen-{self._testMethodName[-6:].lower()}"
        self.directory = self.import_new(self.app_id)
        self.app = ("--app", self.app_id)

    def terminal(self, *words, **environment):
        terminal = Terminal(words, self.environment(TERM="xterm", **environment), self.home.name)
        self.addCleanup(terminal.close)
        return terminal

    def config_of(self, name):
        return json.loads(self.assertJson("webhooks", "show", name, *self.app)["entity"]["config_json"])

    def test_AWebhookIsMadeAsOnStitchsPage(self):
        self.assertDone("services", "create", "t", "--type", "http", *self.app)
        source = self.write("hook.js", "exports = () => 'made by hand';")
        terminal = self.terminal("webhook", "create", *self.app)
        terminal.answer("Service (s, t): ", "none")
        terminal.expect("one of: s, t")
        terminal.answer("Service (s, t): ", "t")
        terminal.answer("Name [webhook0]: ", "")
        terminal.answer("Authentication (system, application, user-id, script) [system]: ", "script")
        terminal.answer("File with the script", "/nowhere")
        terminal.expect("/nowhere")
        terminal.answer("File with the script", str(self.write("script.js", "exports = () => 'x';")))
        terminal.answer("Log Function Arguments? [y/N]: ", "")
        terminal.answer("HTTP Method (GET, POST, PUT, PATCH, DELETE, HEAD, ANY) [POST]: ", "")
        terminal.answer("Respond With Result? [Y/n]: ", "maybe")
        terminal.answer("Respond With Result? [Y/n]: ", "n")
        terminal.answer("Can Evaluate", "{oops")
        terminal.expect("expression: ")
        terminal.answer("Can Evaluate", '{"%%true": true}')
        terminal.answer("Request Validation (NO_VALIDATION, VERIFY_PAYLOAD, SECRET_AS_QUERY_PARAM, GITHUB, GITLAB, ",
                        "SECRET_AS_QUERY_PARAM")
        terminal.answer("Secret: ", "hidden-s3cret")
        terminal.answer("File with the function", str(source))
        terminal.expect("webhook t/webhook0: done, revision")
        terminal.expect(f"{self.edge_url}{client.hook_path(self.app_id, 't', 'webhook0')}")
        terminal.expect("?secret=SECRET'")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("hidden-s3cret", terminal.seen)
        self.assertEqual(self.config_of("t/webhook0"), {
            "name": "webhook0", "run_as_authed_user": False, "run_as_user_id": "",
            "run_as_user_id_script_source": "exports = () => 'x';", "can_evaluate": {"%%true": True},
            "disable_arg_logs": True, "respond_result": False,
            "options": {"httpMethod": "POST", "validationMethod": "SECRET_AS_QUERY_PARAM"}})
        self.assertEqual(self.assertDone("webhooks", "show", "t/webhook0", "--part", "source", *self.app),
                         source.read_text())

    def test_WhatIsGivenIsNotAskedAndWhatIsPreselectedWorks(self):
        terminal = self.terminal("webhooks", "create", "--method", "ANY", *self.app)
        terminal.answer("Service (s) [s]: ")
        terminal.answer("Name [webhook0]: ", "mine")
        terminal.answer("Authentication", "application")
        terminal.answer("Fetch custom user data? [y/N]: ", "y")
        terminal.answer("Create user upon authentication? [y/N]: ")
        terminal.answer("Log Function Arguments?", "y")
        terminal.answer("Respond With Result?")
        terminal.answer("Can Evaluate")
        terminal.answer("Request Validation")
        terminal.answer("File with the function (empty: one to begin with): ")
        terminal.expect("done, revision")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("HTTP Method", terminal.seen)
        config = self.config_of("s/mine")
        self.assertEqual((config["run_as_authed_user"], config["fetch_custom_user_data"], config["create_user_on_auth"],
                          config["disable_arg_logs"], config["options"]["httpMethod"]), (True, True, False, False, "ANY"))
        self.assertDone("webhooks", "update", "s/mine", "--authentication", "system", *self.app)
        path = client.hook_path(self.app_id, "s", "mine")
        wait_until(lambda: self.topology.send("POST", path + "?a=b", body=b"x").text() == '{"query":{"a":"b"},"body":"x"}',
                   10, "the first function answers")

    def test_TheHeaderOfASenderThatIsNotKnownIsAsked(self):
        terminal = self.terminal("webhooks", "create", "s/shop", "--authentication", "system", "--method", "POST", *self.app)
        terminal.answer("Log Function Arguments?")
        terminal.answer("Respond With Result?")
        terminal.answer("Can Evaluate")
        terminal.answer("Request Validation", "GENERIC_HMAC")
        terminal.answer("Secret: ", "hidden-s3cret")
        terminal.answer("Header that holds the signature: ", "X-Shop")
        terminal.answer("File with the function")
        terminal.expect("requests must be signed: GENERIC_HMAC")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(self.config_of("s/shop")["options"]["overlock"], {"signature": {"header": "X-Shop"}})

    def test_AnInterruptedProcedureDoesNothing(self):
        terminal = self.terminal("webhooks", "create", *self.app)
        terminal.expect("Service")
        os.write(terminal._fd, b"\x04")
        terminal.expect("nothing was done")
        self.assertEqual(terminal.end(), 1)

    def test_DeletingAsks(self):
        for answer, code in (("", 1), ("n", 1), ("y", 0)):
            terminal = self.terminal("webhooks", "delete", "s/hook", *self.app)
            terminal.answer(f"Delete the webhook s/hook of {self.app_id}? [y/N]: ", answer)
            self.assertEqual(terminal.end(), code, terminal.seen)
        self.assertEnds(1, "no webhook", "webhooks", "show", "s/hook", *self.app)

    def test_SecretsAreNotShownWhileTheyAreTyped(self):
        terminal = self.terminal("secrets", "create", "key", *self.app)
        terminal.answer("Value of key: ", "typed-s3cret")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertNotIn("typed-s3cret", terminal.seen)
        terminal = self.terminal("secrets", "update", "key", *self.app)
        terminal.expect("Value of key: ")
        os.write(terminal._fd, b"half\x03")
        self.assertEqual(terminal.end(), 1, terminal.seen)
        self.assertIn("nothing was done", terminal.seen)

    def test_APasswordIsAskedForTwiceAndNotShown(self):
        create = ("users", "create", "--email", "ada@example.com", *self.app)
        terminal = self.terminal(*create)
        terminal.answer("Password of ada@example.com: ", "typed-p4ssword")
        terminal.answer("The same again: ", "typed-passw0rd")
        self.assertEqual(terminal.end(), 2, terminal.seen)
        self.assertIn("not the same", terminal.seen)
        terminal = self.terminal(*create)
        terminal.answer("Password of ada@example.com: ", "typed-p4ssword")
        terminal.answer("The same again: ", "typed-p4ssword")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertNotIn("typed-p4ssword", terminal.seen)
        terminal = self.terminal("users", "delete", "ada@example.com", *self.app)
        terminal.answer("(ada@example.com) of", "n")
        self.assertEqual(terminal.end(), 1, terminal.seen)
        terminal = self.terminal("users", "delete", "ada@example.com", *self.app)
        terminal.answer("(ada@example.com) of", "y")
        self.assertEqual(terminal.end(), 0, terminal.seen)

    def test_LoginAsksForTheToken(self):
        terminal = self.terminal("login", OVERLOCK_TOKEN_FILE="")
        terminal.answer(f"Admin token for {self.topology.config_target}: ", self.topology.token_file.read_text().strip())
        terminal.expect("as admin (admin)")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("ovl_", terminal.seen)
        self.assertDone("logout")

    def test_AnImportShowsItsChangesInColourAndAsks(self):
        (self.directory / "services/s/incoming_webhooks/hook/source.js").write_text("exports = () => 'new';")
        for answer, code in (("n", 1), ("y", 0)):
            terminal = self.terminal("import", self.directory, "--confirm")
            terminal.expect("\x1b[32m+exports = () => 'new';\x1b[0m")
            terminal.answer("Import the changes shown above? [y/N]: ", answer)
            self.assertEqual(terminal.end(), code, terminal.seen)
        terminal = self.terminal("import", self.directory, "--confirm")
        terminal.expect("identical")
        self.assertEqual(terminal.end(), 0)

    def test_ColoursAreForTerminalsThatWantThem(self):
        terminal = self.terminal("apps", "list")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("\x1b[1mAPPLICATION\x1b[0m", terminal.seen)
        terminal = self.terminal("apps", "list", NO_COLOR="1")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("\x1b", terminal.seen)
        self.assertNotIn("\x1b", self.assertDone("apps", "list"))


if __name__ == "__main__":
    unittest.main()
