"""As whom a webhook runs (spec section 6): every mode, every kind of credential, every refusal, on one process and on
six. Each row is a request; the users are made by `overlock users` before."""
import base64
import dataclasses
import hashlib
import hmac
import json
import time
import unittest

import apps
import client
import harness
from cli import CliTest
from process import wait_until

ADA, EVE, NOBODY = "5e7a1c0f9d3b2a4c6e8f0a98", "5e7a1c0f9d3b2a4c6e8f0a99", "5e7a1c0f9d3b2a4c6e8f0a9a"
PASSWORD, API_KEY, SIGNING_KEY = "an4lytical", "k" * 40, "s" * 32
APP_ID, BARE_ID = "modes-abcde", "bare-abcde"
RUN_TIME_MS = 3000
WHO = """exports = async function(payload) {
  await context.functions.execute("count");
  const {id, type, data, custom_data} = context.user;
  return {id: id || null, type, data, custom_data, system: context.runningAsSystem(),
          body: payload.body ? payload.body.text() : null};
};"""
COUNT = """exports = async function() {
  const runs = context.services.get("documents").db("test").collection("runs");
  await runs.updateOne({_id: 1}, {$inc: {count: 1}}, {upsert: true});
};"""
RUNS = """exports = async function() {
  const runs = context.services.get("documents").db("test").collection("runs");
  return ((await runs.findOne({_id: 1})) || {count: 0}).count + "";
};"""
SCRIPTS = {
    "by_query": "exports = (payload) => payload.query.as;",
    "by_body": "exports = (payload) => EJSON.parse(payload.body.text()).as;",
    "by_promise": "exports = async (payload) => payload.query.as;",
    "by_value": "exports = () => context.values.get('ada');",
    "by_function": "exports = () => context.functions.execute('ada');",
    "stitch_system": "exports = () => ({runAsSystemUser: true});",
    "realm_system": "exports = () => ({runAsSystem: true});",
    "as_system": "exports = () => context.runningAsSystem() && context.user.type === 'system' ? '%s' : 'no';" % ADA,
    "untouched": "exports = function(payload) {};",
    "null": "exports = () => null;",
    "number": "exports = () => 7;",
    "empty_text": "exports = () => '';",
    "list": "exports = () => ['%s'];" % ADA,
    "empty_object": "exports = () => ({});",
    "not_system": "exports = () => ({runAsSystemUser: false, runAsSystem: 'true'});",
    "throws": "exports = () => { throw new Error('no user for you'); };",
    "rejects": "exports = async () => { throw new Error('no user for you'); };",
    "broken": "exports = () => {",
    "never": "exports = () => new Promise(() => {});",
}
MODES = {
    "system": {},
    "ada": {"run_as_user_id": ADA},
    "eve": {"run_as_user_id": EVE},
    "nobody": {"run_as_user_id": NOBODY},
    "login": {"run_as_authed_user": True},
    "create": {"run_as_authed_user": True, "create_user_on_auth": True},
    **{f"script_{name}": {"run_as_user_id_script_source": source} for name, source in SCRIPTS.items()},
}
NONE = (400, "InvalidParameter", "no authentication methods were specified")
INCOMPLETE = (400, "MissingParameter", "must specify some form of authentication (either email+password, api-key, or "
              "jwt) in the request header or body")
AMBIGUOUS = (400, "InvalidParameter", "")
INVALID = (401, "InvalidSession", "invalid session: error finding user for endpoint")
NOT_ENABLED = (401, "InvalidSession", "")
DISABLED = (401, "UserDisabled", "")
NOT_FOUND = (400, "UserNotFound", "")
NO_USER = (400, "FunctionExecutionError", "the script that chooses the execution user returned neither a user id nor "
           "{runAsSystemUser: true}")


def token(subject, audience=APP_ID, key=SIGNING_KEY, lives_seconds=3600, algorithm="HS256"):
    """A JSON Web Token."""
    claims = {"sub": subject, "aud": audience, "exp": int(time.time()) + lives_seconds}
    parts = [{"alg": algorithm, "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    message = b".".join(encoded)
    mac = b"" if algorithm == "none" else hmac.new(key.encode(), message, hashlib.sha256).digest()
    return (message + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


@dataclasses.dataclass(frozen=True)
class Row:
    """A request to the webhook `mode`, and either the user as whom it runs or the refusal: status, error_code and,
    unless that is empty, `error`."""

    name: str
    mode: str
    expected: object
    headers: tuple = ()
    body: str = None
    query: str = ""
    app_id: str = APP_ID


ADAS = {"id": ADA, "type": "normal", "system": False, "custom_data": {}}
SYSTEM = {"id": None, "type": "system", "system": True, "data": {}}
ADAS_LOGIN = (("email", "ada@example.com"), ("password", PASSWORD))


def rows_of_credentials():
    """Section 6.1: what there is in headers and body."""
    yield Row("email and password in the headers", "login", ADAS, ADAS_LOGIN)
    yield Row("names of headers in another case", "login", ADAS, (("EMAIL", "ada@example.com"), ("PassWord", PASSWORD)))
    for name in ("api-key", "apiKey", "API-Key"):
        yield Row(f"{name} in the headers", "login", ADAS, ((name, API_KEY),))
    yield Row("a token in the headers", "login", ADAS, (("jwtTokenString", token("ada-1815")),))
    for fields in (dict(ADAS_LOGIN), {"api-key": API_KEY}, {"apiKey": API_KEY}, {"jwtTokenString": token("ada-1815")}):
        text = json.dumps({"order": 1, **fields})
        yield Row(f"{list(fields)} in the body", "login", ADAS, (), text)
    yield Row("a part in the body beside a key", "login", ADAS, (("api-key", API_KEY),), '{"email": "eve@example.com"}')
    yield Row("an access token beside a key", "login", ADAS, (("api-key", API_KEY), ("Authorization", "Bearer a.b.c")))
    yield Row("nothing", "login", NONE)
    yield Row("an access token", "login", NONE, (("Authorization", "Bearer a.b.c"),))
    yield Row("a body without credentials", "login", NONE, (), '{"order": 1}')
    yield Row("credentials below the top level", "login", NONE, (), json.dumps({"in": {"api-key": API_KEY}}))
    yield Row("a body that is a form", "login", NONE,
              (("Content-Type", "application/x-www-form-urlencoded"),), f"api-key={API_KEY}")
    yield Row("a body that is no JSON", "login", NONE, (), f'{{"api-key": "{API_KEY}"')
    for place in ("headers", "body"):
        for fields in ({"email": "ada@example.com"}, {"password": PASSWORD}):
            headers, text = (tuple(fields.items()), None) if place == "headers" else ((), json.dumps(fields))
            yield Row(f"{list(fields)} alone in the {place}", "login", INCOMPLETE, headers, text)
    in_body = json.dumps(dict(ADAS_LOGIN))
    yield Row("the same in headers and body", "login", AMBIGUOUS, ADAS_LOGIN, in_body)
    yield Row("a key in the headers, a password in the body", "login", AMBIGUOUS, (("api-key", API_KEY),), in_body)
    yield Row("a key and a password in the headers", "login", AMBIGUOUS, (("api-key", API_KEY), *ADAS_LOGIN))
    yield Row("a key and a token in the body", "login", AMBIGUOUS, (),
              json.dumps({"api-key": API_KEY, "jwtTokenString": token("ada-1815")}))
    yield Row("a key twice", "login", AMBIGUOUS, (("api-key", API_KEY), ("api-key", API_KEY)))


def rows_of_logins():
    """Section 6.1: whom the credentials belong to."""
    yield Row("another password", "login", INVALID, (("email", "ada@example.com"), ("password", "d1fference")))
    yield Row("nobody's address", "login", INVALID, (("email", "nobody@example.com"), ("password", PASSWORD)))
    yield Row("nobody's key", "login", INVALID, (("api-key", "x" * 40),))
    tokens = {
        "another key": token("ada-1815", key="x" * 32),
        "no signature": token("ada-1815", algorithm="none"),
        "another algorithm": token("ada-1815", algorithm="HS512"),
        "another audience": token("ada-1815", audience="other-abcde"),
        "its time over": token("ada-1815", lives_seconds=-3600),
        "nobody's subject": token("bob-1815"),
        "no token": "a.b.c",
    }
    for name, text in tokens.items():
        yield Row(f"a token, {name}", "login", INVALID, (("jwtTokenString", text),))
        if name != "nobody's subject":
            yield Row(f"a token, {name}, to make a user", "create", INVALID, (("jwtTokenString", text),))
    yield Row("a token that makes its user", "create", {"type": "normal", "system": False},
              (("jwtTokenString", token("cy-1815")),))
    yield Row("the user that a token has made", "login", {"type": "normal", "system": False},
              (("jwtTokenString", token("cy-1815")),))
    yield Row("a key makes no user", "create", INVALID, (("api-key", "y" * 40),))
    yield Row("a password makes no user", "create", INVALID, (("email", "cy@example.com"), ("password", PASSWORD)))
    yield Row("a disabled user", "login", DISABLED, (("email", "eve@example.com"), ("password", PASSWORD)))
    yield Row("a disabled user, another password", "login", INVALID,
              (("email", "eve@example.com"), ("password", "d1fference")))
    for credentials in (ADAS_LOGIN, (("api-key", API_KEY),), (("jwtTokenString", token("a", BARE_ID)),)):
        for mode in ("login", "create"):
            yield Row(f"no provider for {credentials[0][0]}", mode, NOT_ENABLED, credentials, app_id=BARE_ID)


def rows_of_modes():
    """Sections 6.2 and 6.3."""
    yield Row("system", "system", SYSTEM)
    yield Row("system, whatever credentials there are", "system", SYSTEM, ADAS_LOGIN, '{"api-key": "x"}')
    yield Row("a user's id", "ada", ADAS)
    yield Row("a user's id, whatever credentials there are", "ada", ADAS, (("api-key", "x" * 40),))
    yield Row("a disabled user's id", "eve", DISABLED)
    yield Row("nobody's id", "nobody", NOT_FOUND)


def rows_of_scripts():
    """Section 6.4."""
    for name in ("by_query", "by_promise"):
        yield Row(f"{name}, a user", f"script_{name}", ADAS, query=f"?as={ADA}")
        yield Row(f"{name}, a disabled user", f"script_{name}", DISABLED, query=f"?as={EVE}")
        yield Row(f"{name}, nobody", f"script_{name}", NOT_FOUND, query=f"?as={NOBODY}")
        yield Row(f"{name}, no id", f"script_{name}", NOT_FOUND, query="?as=ada")
    yield Row("by the body", "script_by_body", ADAS, (), json.dumps({"as": ADA}))
    for name in ("by_value", "by_function", "as_system"):
        yield Row(name, f"script_{name}", ADAS)
    for name in ("stitch_system", "realm_system"):
        yield Row(name, f"script_{name}", SYSTEM)
    yield Row("by the body, the system user", "script_by_body", SYSTEM, (), '{"as": {"runAsSystemUser": true}}')
    for name in ("untouched", "null", "number", "empty_text", "list", "empty_object", "not_system"):
        yield Row(name, f"script_{name}", NO_USER)
    for name in ("throws", "rejects"):
        yield Row(name, f"script_{name}", (400, "FunctionExecutionError", "Error: no user for you"))
    yield Row("broken", "script_broken", (400, "FunctionSyntaxError", ""))
    yield Row("never", "script_never", (408, "ExecutionTimeLimitExceeded", "execution time limit exceeded"))


def write_app(directory, app_id, providers):
    hooks = {name: {"source": WHO, **fields} for name, fields in MODES.items()}
    apps.write_app(directory, app_id, {**hooks, "runs": RUNS}, {"run_time_ms": RUN_TIME_MS})
    apps.write_function(directory, "count", COUNT, {"run_as_system": True})
    apps.write_function(directory, "ada", f"exports = () => '{ADA}';")
    apps.write_value(directory, "ada", ADA)
    files = {"services/documents/config.json": {"name": "documents", "type": "mongodb-atlas", "version": 1,
                                                "config": {"clusterName": "Cluster0"}}}
    for provider in providers:
        files[f"auth_providers/{provider}.json"] = {"name": provider, "type": provider, "disabled": False}
    if "custom-token" in providers:
        files["auth_providers/custom-token.json"].update(
            config={"signingAlgorithm": "HS256"}, secret_config={"signingKeys": ["tokenKey"]})
        files["secrets.json"] = {"auth_providers": {"custom-token": {"signingKeys.0": SIGNING_KEY}}}
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(json.dumps(content))
    return directory


class ExecutionUsers:
    """The cases; a class below adds the topology."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = cls.topology.directory
        providers = ("local-userpass", "api-key", "custom-token")
        cls.topology.import_app(write_app(directory / "modes", APP_ID, providers), APP_ID)
        cls.topology.import_app(write_app(directory / "bare", BARE_ID, ()), BARE_ID)

    def setUp(self):
        if self.users("list").count("ada@example.com"):
            return
        for user, email in ((ADA, "ada@example.com"), (EVE, "eve@example.com")):
            self.users("create", "--id", user, "--email", email, text=PASSWORD + "\n")
        self.users("disable", EVE)
        self.users("api-keys", "create", "old", "--user", ADA, "--key_file", self.write("key", API_KEY + "\n"))
        self.users("link", ADA, "--provider", "custom-token", "--identity", "ada-1815")
        # Auth has the provider's key as soon as it has the application.
        login = Row("", "login", None, (("jwtTokenString", token("ada-1815")),))
        wait_until(lambda: self.send(login).status == 200, 10, "a token logs in")

    def users(self, *words, **arguments):
        return self.assertDone("users", *words, "--app", APP_ID, **arguments)

    def send(self, row):
        body = None if row.body is None else row.body.encode()
        return self.topology.send("POST", client.hook_path(row.app_id, "s", row.mode) + row.query, row.headers, body)

    def runs(self):
        """How many webhooks have run in both applications: WHO counts before it answers."""
        answers = [self.topology.send("POST", client.hook_path(app_id, "s", "runs")) for app_id in (APP_ID, BARE_ID)]
        return sum(int(json.loads(answer.body)) for answer in answers)

    def check(self, rows):
        rows = list(rows)
        before = self.runs()
        for row in rows:
            answer = self.send(row)
            with self.subTest(row.name):
                if isinstance(row.expected, dict):
                    self.assertEqual(answer.status, 200, answer.text())
                    who = json.loads(answer.body)
                    # Credentials in the body stay there: the function sees what was sent.
                    wanted = {"body": row.body, **row.expected}
                    self.assertEqual({name: who.get(name) for name in wanted}, wanted)
                else:
                    status, code, message = row.expected
                    self.assertRefused(answer, status, code)
                    if message:
                        self.assertEqual(answer.error()["error"], message)
        # What is refused does not run.
        self.assertEqual(self.runs() - before, sum(isinstance(row.expected, dict) for row in rows))

    def test_CredentialsAreReadFromHeadersOrBody(self):
        self.check(rows_of_credentials())

    def test_CredentialsBelongToAUserOrToNobody(self):
        self.check(rows_of_logins())

    def test_TheSystemUserAndAUserByIdAreWhoTheyAre(self):
        self.check(rows_of_modes())

    def test_AScriptChoosesTheUserOrNobody(self):
        self.check(rows_of_scripts())


class InOneProcess(ExecutionUsers, CliTest):
    pass


class InSixProcesses(ExecutionUsers, CliTest):
    topology_class = harness.Distributed


if __name__ == "__main__":
    unittest.main()
