"""Every request of every sample application, on one process and on six: right, and the same byte for byte."""
import re
import tempfile
import unittest

import apps
import client
import harness
from process import wait_until

# What may differ between two answers to one request: when it was answered, and its correlation id.
OWN_HEADERS = {"date", "x-request-id"}
CORRELATION_ID = re.compile(rb"co_id=[0-9a-f]+")
CONSOLE = "--console_url=https://console.example.com"
# What the sample applications call secret, where the text is unlikely to stand in a log by chance.
SECRETS = ("open-sesame", "It's a Secret to Everybody", "swag")


def comparable(answer):
    """An answer without what is its own: status line, headers in order, body."""
    headers = [(name, value) for name, value in answer.headers if name.lower() not in OWN_HEADERS]
    return (answer.version, answer.status, answer.reason, headers, CORRELATION_ID.sub(b"co_id=*", answer.body))


class Topologies(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topologies = []
        for topology in (harness.AllInOne([CONSOLE]), harness.Distributed(service_flags={"edge": [CONSOLE]})):
            cls.topologies.append(topology)
            cls.addClassCleanup(topology.stop)
            topology.start()
            for name in apps.sample_names():
                directory = apps.sample_directory(name)
                topology.import_app(directory, apps.app_id_of(directory))

    def test_EverySampleRequestIsAnsweredTheSameByBoth(self):
        compared = 0
        for app in apps.sample_names():
            for request in apps.sample_requests(app):
                with self.subTest(str(request)):
                    answers = [request.send(topology.edge_port) for topology in self.topologies]
                    for topology, answer in zip(self.topologies, answers):
                        self.assertExpected(request, answer, topology.name)
                    self.assertEqual(*(comparable(answer) for answer in answers))
                    compared += 1
        self.assertGreater(compared, 80, "the sample applications have more requests than that")

    def test_ASourceThatDoesNotCompileIsRefusedWithItsPlace(self):
        right = "exports = function() { return 'right'; };"
        wrong = "exports = function() {\n  const a = 1;\n  return a b;\n};\n"
        for topology in self.topologies:
            def import_source(source):
                with tempfile.TemporaryDirectory() as directory:
                    return topology.try_import(apps.write_app(directory, "placed-abcde", {"hook": source}))

            done = import_source(wrong)
            self.assertEqual(done.returncode, 1, f"{topology.name}: {done.stdout}{done.stderr}")
            self.assertRegex(done.stderr,
                             r"services/s/incoming_webhooks/hook/source\.js: line 3, column 12: SyntaxError")
            self.assertFalse(topology.knows("placed-abcde"), topology.name)
            # What is in force stays when what was to follow does not compile.
            self.assertEqual(import_source(right).returncode, 0, topology.name)
            self.assertEqual(import_source(wrong).returncode, 1, topology.name)
            path = client.hook_path("placed-abcde", "s", "hook")
            wait_until(lambda: topology.send("GET", path).text() == '"right"', 10, f"{topology.name}: the hook answers")

    def test_EveryAnswerCarriesItsOwnRequestId(self):
        request = apps.sample_request("neighbour", "answer")
        for topology in self.topologies:
            ids = [request.send(topology.edge_port).header("X-Request-Id") for _ in range(20)]
            for request_id in ids:
                self.assertRegex(request_id, "^[0-9a-f]{24}$", topology.name)
            self.assertEqual(len(set(ids)), 20, topology.name)

    def test_TheLinkOfAnErrorNamesTheRequest(self):
        request = apps.sample_request("first-look", "push without a signature")
        for topology in self.topologies:
            answer = request.send(topology.edge_port)
            link = f"https://console.example.com/logs?co_id={answer.header('X-Request-Id')}"
            self.assertEqual(answer.error()["link"], link, topology.name)

    def test_NoSecretIsLogged(self):
        request = apps.sample_request("first-look", "GET with another secret")
        wrong = request.target.replace("secret=open", "secret=a-wrong-secret")
        for topology in self.topologies:
            self.assertEqual(topology.send("GET", wrong).status, 401)
            for each in topology.processes.values():
                text = "\n".join(each.stderr.all())
                for secret in (*SECRETS, "a-wrong-secret"):
                    self.assertNotIn(secret, text, f"{topology.name}: log of {each.name}")


if __name__ == "__main__":
    unittest.main()
