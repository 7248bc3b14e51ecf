"""VERIFY_PAYLOAD (spec section 5.2): the published vectors are accepted, and nothing that differs by one bit. And what
the settings of our own change."""
import http.client
import time
import unittest

import apps
import client
import harness
import process

# Body, secret, digest as spec section 5.2 lists them.
VECTORS = {
    "stitch": (b'{"message":"MESSAGE"}', "12345",
               "828ee180512eaf8a6229eda7eea72323f68e9c0f0093b11a578b0544c5777862"),
    "endpoint": (b'{ "message": "Hello!" }', "Super5ecr3tPa55w0rd",
                 "d4f0537db4e230d7a6028a6f7c3bb1b57c9d16f39176d78697e559ac333e0b36"),
}
APP_ID = "vectors-abcde"
ECHO = "exports = function(payload) { return payload.body.toHex(); };"


def one_bit_changes(data):
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)


class Case:
    """A vector on a topology, with a connection that is kept."""

    def __init__(self, topology, vector):
        self._name = f"{topology.name}: {vector}"
        self._path = client.hook_path(APP_ID, "s", vector)
        self.body, self.secret, self.digest = VECTORS[vector]
        self._connection = http.client.HTTPConnection("127.0.0.1", topology.edge_port, timeout=10)
        self.close = self._connection.close

    def post(self, body, signature):
        headers = [("Content-Type", "application/json")]
        if signature is not None:
            headers.append(("X-Hook-Signature", signature))
        return client.send_on(self._connection, "POST", self._path, headers, body)

    def __str__(self):
        return self._name


class Signatures(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topologies = cls.start_both()
        for topology in cls.topologies:
            hooks = {name: apps.signed_hook(secret, ECHO) for name, (_, secret, _) in VECTORS.items()}
            directory = apps.write_app(topology.directory / "app", APP_ID, hooks)
            topology.import_app(directory, APP_ID)

    def cases(self):
        for topology in self.topologies:
            for vector in VECTORS:
                case = Case(topology, vector)
                self.addCleanup(case.close)
                yield case

    def assertNotAuthentic(self, answer, what):
        self.assertRefused(answer, 401, "IncomingWebhookAuthFailed", what)

    def test_AcceptsThePublishedVectors(self):
        for case in self.cases():
            self.assertEqual(client.signature(case.secret, case.body), f"sha256={case.digest}", "the vector itself")
            answer = case.post(case.body, f"sha256={case.digest}")
            self.assertEqual((answer.status, answer.text()), (200, f'"{case.body.hex()}"'), case)

    def test_RefusesEveryBodyThatChangedByOneBit(self):
        for case in self.cases():
            for bit, changed in one_bit_changes(case.body):
                self.assertNotAuthentic(case.post(changed, f"sha256={case.digest}"), f"{case}, bit {bit}")

    def test_RefusesEveryDigestThatChangedByOneBit(self):
        for case in self.cases():
            for bit, changed in one_bit_changes(bytes.fromhex(case.digest)):
                self.assertNotAuthentic(case.post(case.body, f"sha256={changed.hex()}"), f"{case}, bit {bit}")

    def test_RefusesEverySecretThatChangedByOneBit(self):
        for case in self.cases():
            for bit, changed in one_bit_changes(case.secret.encode()):
                signature = client.signature(changed, case.body)
                self.assertNotAuthentic(case.post(case.body, signature), f"{case}, bit {bit}")

    def test_RefusesASignatureInAnotherForm(self):
        for case in self.cases():
            digest = case.digest
            forms = {
                "none": None,
                "empty": "",
                "no prefix": digest,
                "prefix of another algorithm": f"sha1={digest}",
                "another algorithm": client.signature(case.secret, case.body, "sha1"),
                "a digit too few": f"sha256={digest[:-1]}",
                "a digit too many": f"sha256={digest}0",
                "two in one line": f"sha256={digest}, sha256={digest}",
            }
            for name, form in forms.items():
                self.assertNotAuthentic(case.post(case.body, form), f"{case}, {name}")

    def test_RefusesTheSignatureOfAnotherWebhook(self):
        for topology in self.topologies:
            body, secret, _ = VECTORS["stitch"]
            answer = topology.send("POST", client.hook_path(APP_ID, "s", "endpoint"),
                                   [("X-Hook-Signature", client.signature(secret, body))], body)
            self.assertNotAuthentic(answer, topology.name)

    def test_TakesTheRawBytesAndNotTheirMeaning(self):
        body, _, digest = VECTORS["stitch"]
        for topology in self.topologies:
            spaced = body.replace(b":", b": ")
            answer = topology.send("POST", client.hook_path(APP_ID, "s", "stitch"),
                                   [("X-Hook-Signature", f"sha256={digest}")], spaced)
            self.assertNotAuthentic(answer, topology.name)

    def test_SignsAnEmptyBodyAsNoBytes(self):
        _, secret, _ = VECTORS["stitch"]
        path = client.hook_path(APP_ID, "s", "stitch")
        for topology in self.topologies:
            good = topology.send("POST", path, [("X-Hook-Signature", client.signature(secret, b""))])
            # The function reads payload.body, which is undefined then: that it threw shows that it ran.
            self.assertRefused(good, 400, "FunctionExecutionError", topology.name)
            bad = topology.send("POST", path, [("X-Hook-Signature", client.signature(secret, b"{}"))])
            self.assertNotAuthentic(bad, topology.name)


ANSWER = """exports = function(payload, response) {
  response.setStatusCode(Number(payload.query.status || 200));
  response.setBody("ran");
};"""


def github_hook(**settings):
    """A webhook with GitHub's signature, and our own settings."""
    return {"source": ANSWER, "respond_result": False,
            "options": {"httpMethod": "POST", "validationMethod": "GITHUB", "secret": "12345", "overlock": settings}}


class Settings(harness.SystemTest):
    """`options.overlock` (docs/validation.md). The edge takes these tests for a proxy."""

    @classmethod
    def setUpClass(cls):
        cls.topologies = []
        for topology in (harness.AllInOne(["--edge_trusted_proxies=127.0.0.1"]),
                         harness.Distributed(service_flags={"edge": ["--edge_trusted_proxies=127.0.0.1"]})):
            cls.topologies.append(topology)
            cls.addClassCleanup(topology.stop)
            topology.start()
            directory = apps.write_app(topology.directory / "app", "settings-abcde", {
                "once": github_hook(deduplicateForSeconds=3600),
                "header": github_hook(deduplicateForSeconds=3600, deliveryIdHeader="X-Id"),
                "observed": github_hook(observeOnly=True),
                "allowed": github_hook(allowedAddresses=["203.0.113.0/24", "127.0.0.0/8"]),
                "slack": {"source": ANSWER, "respond_result": False,
                          "options": {"httpMethod": "POST", "validationMethod": "SLACK", "secret": "12345"}},
            })
            topology.import_app(directory, "settings-abcde")

    def post(self, topology, hook, headers=(), body=b"{}", query=""):
        return topology.send("POST", client.hook_path("settings-abcde", "s", hook) + query, headers, body)

    def deliver(self, topology, hook, headers, query=""):
        signature = ("X-Hub-Signature-256", client.signature("12345", b"{}"))
        return self.post(topology, hook, [signature, *headers], query=query)

    def assertRan(self, answer, status, what):
        self.assertEqual((answer.status, answer.text(), answer.header("X-Overlock-Duplicate")), (status, "ran", None),
                         what)

    def assertDuplicate(self, answer, what):
        self.assertEqual((answer.status, answer.text(), answer.header("X-Overlock-Duplicate")), (200, "", "true"), what)

    def test_RunsADeliveryOnce(self):
        for topology in self.topologies:
            first, second = [("X-GitHub-Delivery", "once-1")], [("X-GitHub-Delivery", "once-2")]
            self.assertRan(self.deliver(topology, "once", first), 200, topology.name)
            self.assertDuplicate(self.deliver(topology, "once", first), topology.name)
            self.assertRan(self.deliver(topology, "once", second), 200, topology.name)

    def test_RunsADeliveryAgainThatFailed(self):
        for topology in self.topologies:
            headers = [("X-GitHub-Delivery", "failing")]
            for _ in range(3):
                self.assertRan(self.deliver(topology, "once", headers, "?status=500"), 500, topology.name)
            self.assertRan(self.deliver(topology, "once", headers), 200, topology.name)
            self.assertDuplicate(self.deliver(topology, "once", headers), topology.name)

    def test_LooksAtADeliverysIdOnlyIfItIsSigned(self):
        for topology in self.topologies:
            headers = [("X-GitHub-Delivery", "forged")]
            self.assertRefused(self.post(topology, "once", headers), 401, "IncomingWebhookAuthFailed", topology.name)
            self.assertRan(self.deliver(topology, "once", headers), 200, topology.name)

    def test_TakesTheIdFromTheHeaderThatIsNamed(self):
        for topology in self.topologies:
            self.assertRan(self.deliver(topology, "header", [("X-Id", "a")]), 200, topology.name)
            self.assertDuplicate(self.deliver(topology, "header", [("X-Id", "a"), ("X-GitHub-Delivery", "new")]),
                                 topology.name)

    def test_ObservesWithoutRefusing(self):
        for topology in self.topologies:
            self.assertRan(self.post(topology, "observed"), 200, topology.name)
            process.wait_until(lambda logs=topology.logs: any("X-Hub-Signature-256" in line.get("detail", "")
                                                              for line in logs()), 10, f"{topology.name} says so")

    def test_TakesRequestsFromTheAddressesAllowed(self):
        for topology in self.topologies:
            for forwarded in ([], [("X-Forwarded-For", "198.51.100.1, 203.0.113.9")]):
                self.assertRan(self.deliver(topology, "allowed", forwarded), 200, f"{topology.name}: {forwarded}")
            # Whoever is before a proxy that is not trusted may say what he likes.
            forged = self.deliver(topology, "allowed", [("X-Forwarded-For", "203.0.113.9, 198.51.100.1")])
            self.assertRefused(forged, 401, "IncomingWebhookAuthFailed", topology.name)

    def test_AnswersAHandshakeWithoutRunningAnything(self):
        body = b'{"type": "url_verification", "challenge": "abc"}'
        for topology in self.topologies:
            now = str(int(time.time()))
            digest = client.signature("12345", b"v0:" + now.encode() + b":" + body).removeprefix("sha256=")
            answer = self.post(topology, "slack", [("X-Slack-Signature", f"v0={digest}"),
                                                   ("X-Slack-Request-Timestamp", now)], body)
            self.assertEqual((answer.status, answer.text()), (200, '{"challenge":"abc"}'), topology.name)
            self.assertEqual(answer.header("Content-Type"), "application/json", topology.name)
            self.assertRefused(self.post(topology, "slack", [], body), 401, "IncomingWebhookAuthFailed", topology.name)


if __name__ == "__main__":
    unittest.main()
