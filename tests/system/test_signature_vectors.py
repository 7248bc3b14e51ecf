"""Every vector of tests/conformance/signatures as a request to running servers, and everything that must be refused of
it (spec/signatures.md, section 3).

Servers have no clock but the real one, and no tolerance is longer than a day. So a published delivery that has a time
is sent twice: in its own bytes, which are refused as too old (that is said only once their signature was found right, a
wrong one is `signature_mismatch`), and signed again by us with the time of now, which is accepted. That our signing is
the sender's is seen from the published signatures, which it makes too (senders.py). SendGrid has not published the
private key of its vector: there the second delivery has a key of ours. The published bytes at their own time are
services/validation/schemes/vectors_test.cc's.
"""
import dataclasses
import json
import string
import time
import unittest

import apps
import client
import harness
import senders
import signature_changes
from process import wait_until

APP_ID = "vectors-abcde"
ENDPOINTS_ID = "endpointvectors-abcde"
RAN = """exports = function(payload, response) {
  response.setStatusCode(200);
  response.setBody("ran");
};"""
# The time of a test must not run out while it runs.
TOLERANCE_SECONDS = 3600
PAST, FUTURE = "2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"
# What a webhook's secrets are: the sender's; another; another, beside the sender's that has expired, or has not.
VARIANTS = ("own", "other", "expired", "rotated")


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def name_of(vector, variant):
    return f"{vector.name}_{variant}"


def settings_of(vector, variant):
    """`options.overlock`."""
    settings = {}
    if vector.expires:
        settings["toleranceSeconds"] = TOLERANCE_SECONDS
    if vector.url:
        settings["publicUrl"] = vector.url
    if vector.settings:
        settings["signature"] = dict(vector.settings)
    if variant in ("expired", "rotated"):
        expires_at = PAST if variant == "expired" else FUTURE
        settings["secrets"] = [{"name": f"secret_{vector.name}", "expiresAt": expires_at}]
    return settings


def secret_of(vector, variant):
    return vector.secret if variant == "own" else vector.other_secret


def write_service(directory, name, service_type, secrets):
    """`secrets` maps the fields of a service to (name, value) of secrets; returns what secrets.json says of them."""
    write_json(directory / "services" / name / "config.json",
               {"name": name, "type": service_type, "config": {}, "version": 1,
                "secret_config": {field: secret for field, (secret, _) in secrets.items()}})
    return {name: {field: value for field, (_, value) in secrets.items()}}


def hook_of(vector, variant):
    """For apps.write_app()."""
    options = {"overlock": settings_of(vector, variant)}
    if vector.service_type == "HTTP":
        options.update(httpMethod="POST", validationMethod=vector.method)
    if vector.service_type != "TWILIO":
        options["secret"] = secret_of(vector, variant)
    return {"source": RAN, "respond_result": False, "options": options}


def write_webhooks(directory, vectors):
    """Vectors of HTTP services are webhooks of `s`; the others have a service each."""
    deployed = [(vector, variant) for vector in vectors if not vector.endpoint for variant in VARIANTS]
    plain = {name_of(*each): hook_of(*each) for each in deployed if each[0].service_type == "HTTP"}
    apps.write_app(directory, APP_ID, plain)
    secrets = {f"field_{vector.name}": (f"secret_{vector.name}", vector.secret) for vector in vectors}
    values = write_service(directory, "s", "http", secrets)
    for vector, variant in deployed:
        if vector.service_type == "HTTP":
            continue
        own = {}
        if vector.service_type == "TWILIO":
            own = {"auth_token": (f"token_{name_of(vector, variant)}", secret_of(vector, variant))}
        values.update(write_service(directory, name_of(vector, variant), vector.service_type.lower(), own))
        hook = hook_of(vector, variant)
        target = directory / "services" / name_of(vector, variant) / "incoming_webhooks" / "hook"
        write_json(target / "config.json", {"name": "hook", "run_as_authed_user": False, "run_as_user_id": "",
                                            "run_as_user_id_script_source": "", "respond_result": False,
                                            "options": hook["options"]})
        (target / "source.js").write_text(RAN)
    write_json(directory / "secrets.json", {"services": values})
    return directory


def write_endpoints(directory, vectors):
    secrets, endpoints = {}, []
    for vector, variant in [(vector, variant) for vector in vectors if vector.endpoint for variant in VARIANTS]:
        secret = f"endpoint_{name_of(vector, variant)}"
        secrets[f"field_{secret}"] = (secret, secret_of(vector, variant))
        secrets[f"field_{vector.name}"] = (f"secret_{vector.name}", vector.secret)
        endpoints.append({"route": f"/{name_of(vector, variant)}", "http_method": "POST", "function_name": "ran",
                          "validation_method": vector.method, "secret_name": secret, "respond_result": False,
                          "overlock": settings_of(vector, variant)})
    write_json(directory / "realm_config.json", {"app_id": ENDPOINTS_ID, "config_version": 20210101, "name": "vectors"})
    write_json(directory / "http_endpoints" / "config.json", endpoints)
    write_json(directory / "functions" / "config.json", [{"name": "ran", "private": False, "run_as_system": True}])
    (directory / "functions" / "ran.js").write_text(RAN)
    write_json(directory / "secrets.json", {"services": write_service(directory, "keys", "http", secrets)})
    return directory


def target_of(vector, variant):
    name = name_of(vector, variant)
    if vector.endpoint:
        path = client.endpoint_path(ENDPOINTS_ID, f"/{name}")
    elif vector.service_type == "HTTP":
        path = client.hook_path(APP_ID, "s", name)
    else:
        path = client.hook_path(APP_ID, name, "hook")
    return path + ("?" + vector.query if vector.query else "")


class SignatureVectors(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topologies = cls.start_both()
        cls.now = int(time.time())
        directory = cls.topologies[0].directory
        cls.published = senders.published()
        cls.valid = [senders.resigned(vector, cls.now, directory) for vector in cls.published if not vector.refusal]
        known = {vector.name for vector in cls.published}
        deployed = cls.published + [vector for vector in cls.valid if vector.name not in known]
        for topology in cls.topologies:
            topology.import_app(write_webhooks(topology.directory / "webhooks", deployed), APP_ID)
            topology.import_app(write_endpoints(topology.directory / "endpoints", deployed), ENDPOINTS_ID)

    def setUp(self):
        # Of each topology: the causes that a refusal may have, and what was sent, by the request's id.
        self.refused = {topology.name: {} for topology in self.topologies}

    def deliver(self, topology, vector, variant="own"):
        return topology.send("POST", target_of(vector, variant), vector.headers, vector.body)

    def assertRan(self, topology, vector, variant="own"):
        answer = self.deliver(topology, vector, variant)
        what = f"{topology.name}: {vector}, {variant}"
        if vector.service_type == "GITHUB" and not vector.body.startswith(b"{"):
            # GitHub's published body is no event: it is refused, but only once the signature was found right.
            self.assertRefused(answer, 400, "InvalidParameter", what)
            return
        self.assertEqual((answer.status, answer.text()), (200, "ran"), what)

    def assertRefusedFor(self, causes, topology, vector, variant="own", change=""):
        what = f"{topology.name}: {vector}, {variant}, {change}"
        answer = self.deliver(topology, vector, variant)
        self.assertRefused(answer, 401, "IncomingWebhookAuthFailed", what)
        self.refused[topology.name][answer.header("X-Request-Id")] = (causes, what)

    def assertCauses(self):
        """That every refusal so far had one of its causes, as validation's log says."""
        for topology in self.topologies:
            refused = self.refused[topology.name]

            def causes(topology=topology):
                return {line["request_id"]: line["cause"] for line in topology.logs() if "scheme" in line}

            wait_until(lambda refused=refused, causes=causes: refused.keys() <= causes().keys(), 20,
                       f"{topology.name}: the log has a cause for each of {len(refused)} refusals")
            said = causes()
            wrong = [f"{what}: {said[request]}" for request, (allowed, what) in refused.items()
                     if said[request] not in allowed]
            self.assertEqual(wrong, [])

    def test_ThereAreVectorsOfEveryMethodThatSigns(self):
        methods = {vector.method for vector in self.published}
        self.assertLessEqual({"VERIFY_PAYLOAD", "GITHUB", "BITBUCKET", "SHOPIFY", "TWILIO", "SQUARE", "PAYPAL",
                              "HOOKDECK", "GENERIC_HMAC", *senders.SIGNED}, methods)
        self.assertEqual(len({vector.name for vector in self.published}), len(self.published))

    def test_JudgesEveryPublishedVector(self):
        for topology in self.topologies:
            for vector in self.published:
                if vector.refusal:
                    self.assertRefusedFor({vector.refusal.lower()}, topology, vector)
                elif vector.expires:
                    self.assertRefusedFor({"timestamp_too_old"}, topology, vector)
                else:
                    self.assertRan(topology, vector)
        self.assertCauses()

    def test_AcceptsEveryVectorThatIsSignedNow(self):
        for topology in self.topologies:
            for vector in self.valid:
                self.assertRan(topology, vector)
                if vector.method in senders.EITHER_CASE and set(vector.signature) <= set(string.hexdigits):
                    name, value = vector.headers[0]
                    upper = value.replace(vector.signature, vector.signature.upper())
                    self.assertRan(topology, dataclasses.replace(vector, headers=((name, upper), *vector.headers[1:])))

    def test_RefusesEveryVectorThatIsChanged(self):
        for topology in self.topologies:
            for vector in self.valid:
                changes = list(signature_changes.all_of(vector))
                self.assertGreater(len(changes), 5, vector)
                for changed, causes, change in changes:
                    self.assertRefusedFor(causes, topology, changed, change=change)
        self.assertCauses()

    def test_RefusesEveryVectorBeforeAndAfterItsTime(self):
        directory = self.topologies[0].directory
        off = {"timestamp_too_old": -2 * TOLERANCE_SECONDS, "timestamp_in_future": 2 * TOLERANCE_SECONDS}
        for topology in self.topologies:
            for vector in [each for each in self.published if each.expires and not each.refusal]:
                for cause, seconds in off.items():
                    self.assertRefusedFor({cause}, topology, senders.resigned(vector, self.now + seconds, directory))
        self.assertCauses()

    def test_RefusesASecretThatIsAnotherOrHasExpired(self):
        for topology in self.topologies:
            for vector in self.valid:
                for variant in ("other", "expired"):
                    self.assertRefusedFor({"signature_mismatch"}, topology, vector, variant)
                self.assertRan(topology, vector, "rotated")
        self.assertCauses()


if __name__ == "__main__":
    unittest.main()
