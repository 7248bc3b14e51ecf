"""`overlock webhooks explain` and `overlock endpoints explain` on both topologies: what they say of one request, and every
case of tests/conformance/expressions, which is deployed and explained."""
import concurrent.futures
import json
import unittest

import apps
import client
import expressions
import harness
from cli import CliTest
from process import wait_until

COMMANDS_AT_ONCE = 4
APP = "explained-abcde"
HOOKS = {
    "open": "exports = () => 1;",
    "guarded": {"source": "exports = () => 1;", "can_evaluate": {
        "%%request.httpMethod": "POST",
        "%%request.requestHeaders.x-key": "%%values.key",
        "%or": [{"%%user.type": "system"}, {"%%user.data.roles": "admin"}],
    }},
    "asks": {"source": "exports = () => 1;", "can_evaluate": {
        "%%true": {"%function": {"name": "isWeekday", "arguments": ["%%request.rawQueryString"]}}}},
    "throws": {"source": "exports = () => 1;", "can_evaluate": {"%not": {"%function": {"name": "throws"}}}},
}


class Explain(CliTest):
    @classmethod
    def setUpClass(cls):
        if cls is Explain:
            raise unittest.SkipTest("its subclasses have a topology")
        super().setUpClass()

    def setUp(self):
        directory = apps.write_app(self.temporary_directory() / "app", APP, HOOKS)
        apps.write_function(directory, "isWeekday", "exports = (query) => query === 'day=monday';")
        apps.write_function(directory, "throws", "exports = () => { throw new Error('no'); };")
        value = directory / "values" / "key.json"
        value.parent.mkdir()
        value.write_text(json.dumps({"name": "key", "value": "hush-hush", "private": True}))
        self.assertDone("import", directory)

    def explain(self, *words):
        done = self.cli("webhooks", "explain", *words, "--app", APP)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        self.assertNotIn("hush", done.stdout)
        return done.returncode, done.stdout

    def test_ItNamesTheClauseThatDenies(self):
        code, said = self.explain("s/guarded", "--method", "POST", "--header", "X-Key: wrong")
        self.assertEqual(code, 1)
        self.assertEqual(said.splitlines(), [
            "denied by expression.%%request.requestHeaders.x-key",
            "  false  all of",
            '    true   %%request.httpMethod ("POST") eq "POST"',
            '    false  %%request.requestHeaders.x-key (["wrong"]) eq %%values.key (<secret>)   <- denies',
            "    unread one of",
        ])

    def test_ItSaysWhyARequestIsAllowed(self):
        user = json.dumps({"id": "5f0000000000000000000001", "data": {"roles": ["admin"]}})
        code, said = self.explain("s/guarded", "--body", "{}", "--header", "X-Key: hush-hush", "--user_json", user)
        self.assertEqual(code, 0, said)
        self.assertTrue(said.startswith("allowed\n"), said)
        self.assertIn('false  %%user.type ("normal") eq "system"', said)
        self.assertIn('true   %%user.data.roles (["admin"]) eq "admin"', said)

    def test_ItRunsTheFunctionsOfTheExpression(self):
        self.assertEqual(self.explain("s/asks", "--query", "day=monday")[0], 0)
        code, said = self.explain("s/asks")
        self.assertEqual(code, 1)
        self.assertIn("true eq %function isWeekday (false)   <- denies", said)
        code, said = self.explain("s/throws")
        self.assertEqual(code, 1)
        self.assertIn("function throws: KIND_THREW   <- denies", said)

    def test_ItAnswersInJson(self):
        done = self.cli("webhooks", "explain", "s/guarded", "--app", APP, "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        answer = json.loads(done.stdout)
        self.assertFalse(answer["allowed"])
        clause = answer["expression"]["clauses"][0]
        self.assertEqual((clause["path"], clause["operator"], clause["result"], clause["decisive"]),
                         ("expression.%%request.httpMethod", "eq", "RESULT_FALSE", True))
        self.assertEqual((clause["field"]["value_ejson"], clause["value"]["value_ejson"]), ('"GET"', '"POST"'))

    def test_AWebhookWithoutAnExpressionAllowsAll(self):
        done = self.cli("webhooks", "explain", "s/open", "--app", APP)
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (0, "allowed"), done.stderr)
        self.assertIn("has no can_evaluate", done.stderr)

    def test_AnotherExpressionIsTriedBeforeItIsDeployed(self):
        file = self.write("can_evaluate.json", '{"%%user.id": {"%exists": true}}')
        self.assertEqual(self.explain("s/open", "--expression", f"@{file}", "--user", "5f0000000000000000000001")[0], 0)
        self.assertEqual(self.explain("s/open", "--expression", f"@{file}")[0], 1)
        self.assertEnds(2, "expression.%%user.id.%near: unknown operator", "webhooks", "explain", "s/open", "--app", APP,
                        "--expression", '{"%%user.id": {"%near": 1}}')

    def test_WhatCannotBeExplainedEndsOtherwise(self):
        where = ("--app", APP)
        self.assertEnds(2, "no webhook", "webhooks", "explain", "s/nothing", *where)
        self.assertEnds(2, "'Name: value'", "webhooks", "explain", "s/open", "--header", "x", *where)
        self.assertEnds(2, "--user_json: name: unknown", "webhooks", "explain", "s/open", "--user_json", '{"name": 1}', *where)
        self.assertEnds(3, "", "webhooks", "explain", "s/guarded", "--authz_target", "127.0.0.1:1", "--timeout", "5", *where)
        self.assertEnds(4, "admin token", "webhooks", "explain", "s/guarded", *where, OVERLOCK_TOKEN_FILE="")

    def test_AViewerMayAskWhatIsDeployedAndRunsNoFunction(self):
        done = self.cli("tokens", "create", "looker", "--role", "viewer", "--app", APP)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(self.cli, "tokens", "delete", "looker", "--yes")
        looker = {"OVERLOCK_TOKEN_FILE": "", "OVERLOCK_TOKEN": done.stdout.strip()}
        self.assertEqual(self.cli("webhooks", "explain", "s/guarded", **looker).returncode, 1)
        self.assertEnds(4, "role", "webhooks", "explain", "s/asks", **looker)
        self.assertEnds(4, "role", "webhooks", "explain", "s/guarded", "--expression", "{}", **looker)

    def explain_endpoint(self, *words):
        done = self.cli("endpoints", "explain", *words, "--app", "endpoints-abcde")
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        return done.returncode, done.stdout

    def test_AnEndpointIsExplainedByTheExpressionOfItsFunction(self):
        self.assertDone("import", apps.sample_directory("endpoints"), "--skip_compile")
        wait_until(lambda: self.topology.knows("endpoints-abcde"), 10, "the edge knows the application")
        path = client.endpoint_path("endpoints-abcde", "/guarded")
        for key, status in (("wrong", 403), ("12345", 200)):
            with self.subTest(key):
                answer = self.topology.send("GET", path, [("X-Secret-Key", key)])
                self.assertEqual(answer.status, status, answer.text())
                code, said = self.explain_endpoint("GET /guarded", "--header", f"X-Secret-Key: {key}")
                self.assertEqual(code, 0 if status == 200 else 1, said)
                self.assertNotIn("12345", said)
        self.assertEqual(self.explain_endpoint("get /guarded")[1].splitlines()[0],
                         "denied by expression.%%request.requestHeaders.x-secret-key")
        # The route stands for the URL, and the endpoint's method is the request's.
        tried = '{"%%request.webhookUrl": "/guarded", "%%request.httpMethod": "GET"}'
        self.assertEqual(self.explain_endpoint("GET /guarded", "--body", "{}", "--expression", tried)[0], 0)
        self.assertEqual(self.explain_endpoint("* /request", "--method", "HEAD", "--expression",
                                               '{"%%request.httpMethod": "HEAD"}')[0], 0)
        answer = self.assertJson("endpoints", "explain", "* /request", "--app", "endpoints-abcde")
        self.assertTrue(answer["allowed"])

    def test_AnEndpointThatAnswersNobodyIsNotExplained(self):
        self.assertDone("import", apps.sample_directory("endpoints"), "--skip_compile")
        where = ("--app", "endpoints-abcde")
        explain = ("endpoints", "explain")
        self.assertIn("function has no can_evaluate", self.cli(*explain, "GET /hello", *where).stderr)
        self.assertEnds(2, "the endpoint is disabled", *explain, self.disabled_endpoint(), *where)
        self.assertEnds(2, "no endpoint", *explain, "PUT /hello", *where)
        self.assertEnds(2, "'METHOD /ROUTE'", *explain, "/hello", *where)
        self.assertEnds(2, "allowed: GET", *explain, "GET /hello", "--method", "POST", *where)
        self.assertEnds(4, "admin token", *explain, "GET /guarded", *where, OVERLOCK_TOKEN_FILE="")

    @staticmethod
    def disabled_endpoint():
        """An endpoint of the sample that is disabled, as the command line names it."""
        listed = json.loads((apps.sample_directory("endpoints") / "http_endpoints" / "config.json").read_text())
        return next(f"{one['http_method']} {one['route']}" for one in listed if one["disabled"])

    def test_EveryExpressionCaseGivesItsResult(self):
        cases = [case for case in expressions.read_cases() if case.runs_in_a_webhook() and "expect" in case.fields]
        self.assertGreater(len(cases), 350)
        asked = []
        for application in expressions.group(cases):
            self.assertDone("import", application.write(self.temporary_directory()))
            asked += [(application.app_id, case) for case in application.cases]
        with concurrent.futures.ThreadPoolExecutor(COMMANDS_AT_ONCE) as pool:
            for (_, case), problem in zip(asked, pool.map(lambda one: self.problem(*one), asked)):
                with self.subTest(case.name):
                    self.assertIsNone(problem)

    def problem(self, app_id, case):
        """What is wrong with the result; None if it is as expected."""
        done = self.cli("webhooks", "explain", f"{case.service}/{case.webhook}", *case.options(), "--app", app_id)
        expected = 0 if case.fields["expect"] else 1
        return None if done.returncode == expected else f"{done.returncode}: {done.stdout}{done.stderr}"

    def test_EveryBadExpressionIsRefusedWithThePathToItsFault(self):
        cases = [case for case in expressions.read_cases() if case.runs_in_a_webhook() and "error" in case.fields and
                 isinstance(case.fields["expression"], dict)]
        self.assertGreater(len(cases), 70)
        hooks = {case.prefix + "hook": {"source": "exports = () => 1;", "can_evaluate": case.fields["expression"]}
                 for case in cases}
        directory = apps.write_app(self.temporary_directory() / "app", "refused-abcde", hooks)
        said = self.assertEnds(1, "", "import", directory, "--check")
        for case in cases:
            with self.subTest(case.name):
                place = f"error: services/s/incoming_webhooks/{case.prefix}hook/config.json: can_evaluate"
                self.assertIn(place + case.fields["error"].removeprefix("expression"), said)
        self.assertEnds(1, "refused-abcde", "apps", "show", "refused-abcde")


class ExplainAllInOne(Explain):
    pass


class ExplainDistributed(Explain):
    topology_class = harness.Distributed


if __name__ == "__main__":
    unittest.main()
