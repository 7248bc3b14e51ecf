"""Webhooks whose users log in by a JSON Web Token, with each kind of key: on one process and on six."""
import json
import unittest

import apps
import client
import harness
import tokens

SECRET = "an application's own secret, 32 bytes"
WHO = "exports = (payload) => [context.user.id, context.user.type, context.user.data, context.user.identities];"
HOOKS = {
    "makes": {"source": WHO, "run_as_authed_user": True, "create_user_on_auth": True},
    "knows": {"source": WHO, "run_as_authed_user": True},
}
METADATA = [{"required": True, "name": "profile.name", "field_name": "name"}]


class TokenLogins(harness.SystemTest):
    """The cases; a class below adds the topology."""

    @classmethod
    def setUpClass(cls):
        if cls is TokenLogins:
            raise unittest.SkipTest("its subclasses have a topology")

    def setUp(self):
        directory = self.temporary_directory()
        self.keys = [tokens.RsaKey(directory, "first"), tokens.RsaKey(directory, "second")]
        self.jwks = tokens.JwkServer(self.keys[:1])
        self.addCleanup(self.jwks.stop)
        self.topology = self.make_topology([f"--auth_http_allow={self.jwks.address}"])
        self.start(self.topology)

    def deploy(self, app_id, config, key=""):
        """An application whose provider `custom-token` has `config` and, where there is one, the key."""
        directory = apps.write_app(self.temporary_directory(), app_id, HOOKS)
        provider = {"name": "custom-token", "type": "custom-token", "disabled": False, "config": config,
                    "metadata_fields": METADATA}
        if key:
            provider["secret_config"] = {"signingKeys": ["tokenKey"]}
        (directory / "auth_providers").mkdir()
        (directory / "auth_providers" / "custom-token.json").write_text(json.dumps(provider))
        if key:
            (directory / "secrets.json").write_text(json.dumps({"auth_providers": {"custom-token": {"signingKeys.0": key}}}))
        self.topology.import_app(directory, app_id)
        return app_id

    def log_in(self, app_id, hook, token, where="header"):
        """The webhook's answer; the token stands in a header, the body, or both."""
        headers = [("jwtTokenString", token)] if where in ("header", "both") else []
        body = None
        if where in ("body", "both"):
            headers.append(("Content-Type", "application/json"))
            body = json.dumps({"jwtTokenString": token, "more": 1}).encode()
        return self.topology.send("POST", client.hook_path(app_id, "s", hook), headers, body)

    def assertLogsIn(self, app_id, make):
        """What holds for each kind of key. `make(subject, **claims)` gives a token that is signed with it."""
        token = make("ada")
        self.assertRefused(self.log_in(app_id, "knows", token), 401, "InvalidSession", "before there is the user")
        answer = self.log_in(app_id, "makes", token)
        self.assertEqual(answer.status, 200, answer.text())
        user, kind, data, identities = json.loads(answer.body)
        self.assertRegex(user, r"^[0-9a-f]{24}$")
        self.assertEqual((kind, data), ("normal", {"name": "Ada"}))
        self.assertEqual([(one["id"], one["provider_type"]) for one in identities], [("ada", "custom-token")])
        for where in ("header", "body"):
            with self.subTest(where):
                answer = self.log_in(app_id, "knows", token, where)
                self.assertEqual((answer.status, json.loads(answer.body)[0]), (200, user))
        self.assertNotEqual(self.log_in(app_id, "knows", token, "both").status, 200, "never both")
        other = json.loads(self.log_in(app_id, "makes", make("bob")).body)
        self.assertNotEqual(other[0], user)

    def assertRefuses(self, app_id, bad):
        for name, token in bad.items():
            with self.subTest(name):
                self.assertRefused(self.log_in(app_id, "makes", token), 401, "InvalidSession", name)

    def test_ASecretSignsWithHs256(self):
        app_id = self.deploy("secret-abcde", {"signingAlgorithm": "HS256"}, SECRET)

        def make(subject, audience=app_id, secret=SECRET, **claims):
            return tokens.token(subject, audience, tokens.hs256(secret), "HS256", profile={"name": "Ada"}, **claims)

        self.assertLogsIn(app_id, make)
        good = make("ada")
        self.assertRefuses(app_id, {
            "another secret": make("ada", secret=SECRET + "!"),
            "another application's": make("ada", audience="other-abcde"),
            "expired": make("ada", exp=1_500_000_000),
            "no signature": good.rpartition(".")[0] + ".",
            "no algorithm": tokens.token("ada", app_id, lambda message: b"", "none", profile={"name": "Ada"}),
            "no name, which is required": tokens.token("ada", app_id, tokens.hs256(SECRET), "HS256"),
            "no token": "ada",
        })
        logs = json.dumps(self.topology.logs())
        self.assertNotIn(good, logs)
        self.assertNotIn(SECRET, logs)

    def test_APemKeyChecksRs256(self):
        key, other = self.keys
        app_id = self.deploy("pem-abcde", {"signingAlgorithm": "RS256"}, key.public_pem())

        def make(subject, signer=key, **claims):
            return tokens.token(subject, app_id, signer.sign, "RS256", profile={"name": "Ada"}, **claims)

        self.assertLogsIn(app_id, make)
        # A public key is no secret of HS256.
        confused = tokens.token("ada", app_id, tokens.hs256(key.public_pem()), "HS256", profile={"name": "Ada"})
        self.assertRefuses(app_id, {"another key": make("ada", signer=other), "the public key as a secret": confused})

    def test_AJwkSetChecksRs256(self):
        key, other = self.keys
        app_id = self.deploy("jwks-abcde", {"useJWKURI": True, "jwkURI": self.jwks.url, "signingAlgorithm": "RS256"})

        def make(subject, signer=key, key_id=None, **claims):
            return tokens.token(subject, app_id, signer.sign, "RS256", key_id or signer.key_id, profile={"name": "Ada"},
                                **claims)

        self.assertLogsIn(app_id, make)
        self.assertEqual(self.jwks.requests, 1, "the set is kept")
        self.assertRefuses(app_id, {
            "a key that is not in the set": make("ada", signer=other),
            "another key by the name of one that is": make("ada", signer=other, key_id=key.key_id),
        })

    def test_AJwkSetOfAHostThatIsNotAllowedIsNotFetched(self):
        elsewhere = tokens.JwkServer(self.keys[:1])
        self.addCleanup(elsewhere.stop)
        app_id = self.deploy("inner-abcde", {"useJWKURI": True, "jwkURI": elsewhere.url})
        token = tokens.token("ada", app_id, self.keys[0].sign, "RS256", "first", profile={"name": "Ada"})
        self.assertNotEqual(self.log_in(app_id, "makes", token).status, 200)
        self.assertEqual(elsewhere.requests, 0)


class InOneProcess(TokenLogins):
    @staticmethod
    def make_topology(flags):
        return harness.AllInOne(flags)


class InSixProcesses(TokenLogins):
    @staticmethod
    def make_topology(flags):
        return harness.Distributed(service_flags={"auth": flags})


if __name__ == "__main__":
    unittest.main()
