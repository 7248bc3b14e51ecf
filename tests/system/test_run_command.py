"""`overlock function run` and `overlock webhook run`: what they print is what the Stitch editor's console printed."""
import re
import unittest

import apps
import harness
import process
from process import BIN

APP = "runs-abcde"
HOOKS = {
    "responds": "exports = (payload, response) => response.setStatusCode(201).setHeader('A', 'b').setBody(payload.text);",
    "returns": "exports = (payload, response) => ({got: payload, type: typeof response.setBody});",
}
FUNCTIONS = {
    "sum": "exports = (...numbers) => { console.log('adding', numbers.length); return numbers.reduce((a, b) => a + b, 0); };",
    "quotes": "exports = () => \"it's a \\\\\";",
    "count": "exports = (...values) => values.map((v) => Array.isArray(v) ? 'array' : typeof v);",
    "nothing": "exports = () => {};",
    "who": "exports = () => [context.user.id, context.user.type, context.runningAsSystem()];",
    "throws": "exports = function() {\n  throw new TypeError('out of thread');\n};",
}
MASKS = (
    (r"^> ran on \w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}$", "> ran on DATE"),
    (r"^> took \d+\.\d{3}ms$", "> took TIME"),
)


def masked(text):
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.splitlines()


class RunCommand(harness.SystemTest):
    def setUp(self):
        self.directory = apps.write_app(self.temporary_directory() / APP, APP, HOOKS)
        for name, source in FUNCTIONS.items():
            apps.write_function(self.directory, name, source)

    def run_command(self, *arguments):
        return process.run([BIN / "overlock", *arguments])

    def assertPrints(self, arguments, lines, code=0):
        done = self.run_command(*arguments)
        self.assertEqual((masked(done.stdout), done.returncode), (["> ran on DATE", "> took TIME", *lines], code), done.stderr)

    def check_all(self, *where):
        self.assertPrints(("function", "run", "sum", *where, "--args", "1", '{"$numberInt":"2"}', "3"),
                          ["> logs:", "adding 3", "> result:", '{"$numberInt":"6"}', "> result (JavaScript):",
                           """EJSON.parse('{"$numberInt":"6"}')"""])
        self.assertPrints(("function", "run", "count", *where, "--args", "[1, 2, [3]]", "-5", '"--user"', "{}"),
                          ["> result:", '["array","number","string","object"]', "> result (JavaScript):",
                           """EJSON.parse('["array","number","string","object"]')"""])
        self.assertPrints(("function", "run", "quotes", *where),
                          ["> result:", '"it\'s a \\\\"', "> result (JavaScript):",
                           "EJSON.parse('\"it\\'s a \\\\\\\\\"')"])
        self.assertPrints(("function", "run", "nothing", *where),
                          ["> result:", '{"$undefined":true}', "> result (JavaScript):",
                           """EJSON.parse('{"$undefined":true}')"""])
        self.assertPrints(("function", "run", "who", *where, "--user", "5f0000000000000000000001"),
                          ["> result:", '["5f0000000000000000000001","normal",false]', "> result (JavaScript):",
                           """EJSON.parse('["5f0000000000000000000001","normal",false]')"""])
        self.assertPrints(("webhook", "run", "s/responds", *where, "--args", '{"text":"by hand"}'),
                          ["> response:", "201", "A: b", "Content-Type: text/plain; charset=utf-8", "", "by hand"])
        self.assertPrints(("webhook", "run", "s/returns", *where, "--args", "7"),
                          ["> result:", '{"got":{"$numberInt":"7"},"type":"function"}', "> result (JavaScript):",
                           """EJSON.parse('{"got":{"$numberInt":"7"},"type":"function"}')"""])

    def test_RunsFromADirectoryWithoutAServer(self):
        self.check_all(f"--app_dir={self.directory}")

    def test_RunsOnARunningServer(self):
        topology = harness.AllInOne()
        self.start(topology)
        topology.import_app(self.directory, APP)
        self.check_all(f"--config_target={topology.config_target}", f"--token_file={topology.token_file}")

    def test_RunsOnSixProcesses(self):
        topology = harness.Distributed()
        self.start(topology)
        topology.import_app(self.directory, APP)
        executor = f"127.0.0.1:{topology.processes['executor'].port('grpc')}"
        self.check_all(f"--config_target={topology.config_target}", f"--token_file={topology.token_file}",
                       f"--executor_target={executor}", f"--app={APP}")

    def test_AFunctionThatThrowsIsShownWithItsPlace(self):
        done = self.run_command("function", "run", "throws", f"--app_dir={self.directory}")
        self.assertEqual(done.returncode, 1)
        lines = masked(done.stdout)
        self.assertEqual(lines[:5], ["> ran on DATE", "> took TIME", "> error:", "TypeError: out of thread", "> trace:"])
        self.assertRegex("\n".join(lines[5:]), r"throws.*:2:9")

    def assertNotAsked(self, arguments, message, code=2):
        done = self.run_command(*arguments)
        self.assertEqual((done.returncode, done.stdout), (code, ""))
        self.assertIn(message, done.stderr)

    def test_WhatCannotBeAskedIsSaidClearly(self):
        here = f"--app_dir={self.directory}"
        self.assertNotAsked(("function", "run", "nope", here), "function 'nope'")
        self.assertNotAsked(("webhook", "run", "s/nope", here), "webhook 's/nope'")
        self.assertNotAsked(("webhook", "run", "nope", here), "SERVICE/WEBHOOK")
        self.assertNotAsked(("function", "run", "sum", here, "--args", "{bad"), "--args[0]: not Extended JSON")
        self.assertNotAsked(("function", "run", "sum", here, "--app=other-abcde"), "no application 'other-abcde'")
        self.assertNotAsked(("function", "run", "sum", "--app_dir=/nowhere"), "/nowhere")
        self.assertNotAsked(("function", "run", "sum", "--config_target=127.0.0.1:1", "--timeout=5"), "--app_dir", 3)


if __name__ == "__main__":
    unittest.main()
