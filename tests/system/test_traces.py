"""Traces: what a request leaves at a collector, on one process and on six (docs/tracing.md)."""
import functools
import json
import secrets
import time
import unittest

import apps
import client
import harness
from cli import CliTest
from collector import Collector, tree
from process import wait_until
from upstream import Upstream

APP = "traced-abcde"
PATH = client.hook_path(APP, "s", "order")
SENDER_SPAN = "00f067aa0ba902b7"
# A span's length is measured by another clock than its start.
CLOCKS_DIFFER_NS = 2_000_000_000
HOOK_SECRET, PATH_SECRET, BODY = "open-sesame-hook", "open-sesame-path", "a body for the function alone"
ORDER = """exports = async ({body}) => {
  await context.functions.execute('store', body.text());
  const answer = await context.http.get({url: context.values.get('outside')});
  return JSON.parse(answer.body.text()).headers;
};"""
STORE = """exports = (text) => context.services.get('mongodb-atlas').db('shop').collection('orders')
  .updateOne({_id: 1}, {$set: {text}}, {upsert: true});"""
HOOK = {
    "source": ORDER, "run_as_authed_user": True,
    "can_evaluate": {"%%true": {"%function": {"name": "allowed", "arguments": []}}},
    "options": {"httpMethod": "POST", "validationMethod": "SECRET_AS_QUERY_PARAM", "secret": HOOK_SECRET},
}


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def write_app(directory, outside):
    apps.write_app(directory, APP, {"order": HOOK})
    apps.write_function(directory, "store", STORE, {"run_as_system": True})
    apps.write_function(directory, "allowed", "exports = () => true;")
    apps.write_value(directory, "outside", f"http://{outside}/{PATH_SECRET}")
    write_json(directory / "services" / "mongodb-atlas" / "config.json",
               {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}})
    write_json(directory / "auth_providers" / "api-key.json", {"name": "api-key", "type": "api-key", "disabled": False})
    return directory


def count(branches):
    return sum(1 + count(below) for _, below in branches)


class TracesTest(CliTest):
    """The collector, the outside, and a server in which no trace begins by itself."""

    topology_kind = harness.AllInOne
    executor_flags = ()

    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())
        cls.outside = cls.enterClassContext(Upstream())
        flags = [f"--trace_otlp_url={cls.collector.url}", "--trace_sample_ratio=0", "--trace_attributes=test.run=yes"]
        for_executor = [*cls.outside.flags, *cls.executor_flags]
        if cls.topology_kind is harness.AllInOne:
            cls.topology_class = functools.partial(harness.AllInOne, [*flags, *for_executor])
        else:
            cls.topology_class = functools.partial(harness.Distributed, flags, {"executor": for_executor})
        super().setUpClass()
        directory = cls.enterClassContext(harness.tempfile.TemporaryDirectory(prefix="overlock-test-"))
        cls.topology.import_app(write_app(harness.pathlib.Path(directory) / "app", cls.outside.address), APP)

    def setUp(self):
        super().setUp()
        self.key = self.assertDone("users", "api-keys", "create", f"key-{secrets.token_hex(4)}", "--app", APP).strip()

    def send(self, traceparent=None, secret=HOOK_SECRET, headers=()):
        headers = [("api-key", self.key), ("Authorization", "Basic open-sesame-header"), *headers]
        if traceparent:
            headers.append(("traceparent", traceparent))
        return self.topology.send("POST", f"{PATH}?secret={secret}", headers, BODY.encode())

    def send_sampled(self, **arguments):
        """The answer, and the id of the trace."""
        trace = secrets.token_hex(16)
        return self.send(f"00-{trace}-{SENDER_SPAN}-01", **arguments), trace

    def wait_for_spans(self, trace, number):
        try:
            wait_until(lambda: len(self.collector.spans(trace)) >= number, 20, f"{number} spans have come")
        except AssertionError as error:
            raise AssertionError(f"{error}: {tree(self.collector.spans(trace), SENDER_SPAN)}") from error
        return self.collector.spans(trace)


class TraceCases:
    """The cases; a class below adds the topology, and says what a call between services adds to the tree."""

    def edge(self, *below):
        return [[f"{self.name_of('edge')}: server POST {PATH}", list(below)]]

    def step(self, service, text, *below):
        return [f"{self.name_of(service)}: {text}", list(below)]

    def check(self, name, *below):
        return self.step("edge", f"internal {name}", *below)

    def whole_tree(self):
        execute = "executor", "overlock.executor.v1.ExecutorService/Execute"
        return self.edge(
            self.check("validate",
                       *self.hop("edge", "validation", "overlock.validation.v1.ValidationService/Validate")),
            self.check("authenticate", *self.hop("edge", "auth", "overlock.auth.v1.AuthService/Authenticate")),
            self.check("authorize", *self.hop(
                "edge", "authz", "overlock.authz.v1.AuthzService/Authorize",
                *self.hop("authz", *execute, self.step("executor", "internal function 'allowed'")))),
            *self.hop("edge", *execute, self.step(
                "executor", "internal webhook 's/order'",
                self.step("executor", "client updateOne shop.orders"),
                self.step("executor", "internal network get", self.step("executor", "client GET")))))

    def test_ARequestIsATreeOfSpansBelowTheSenders(self):
        expected = self.whole_tree()
        answer, trace = self.send_sampled()
        self.assertEqual(answer.status, 200, answer.text())
        spans = self.wait_for_spans(trace, count(expected))
        self.assertEqual(tree(spans, SENDER_SPAN), expected)
        self.assertEqual(len(spans), count(expected), "no span is beside the tree")
        self.assertEqual(self.collector.problems, [])
        by_id = {span.id: span for span in spans}
        for span in spans:
            self.assertFalse(span.failed, span)
            self.assertEqual(span.flags & 1, 1, "sampled")
            self.assertEqual(span.resource["service.namespace"], "overlock")
            self.assertEqual(span.resource["test.run"], "yes")
            self.assertLessEqual(span.start, span.end)
            self.assertLessEqual(span.end, time.time_ns() + CLOCKS_DIFFER_NS, span.name)
            parent = by_id.get(span.parent)
            if parent:
                self.assertLessEqual(parent.start, span.start, f"{span.name} in {parent.name}")
            remote = parent is None or parent.resource["service.instance.id"] != span.resource["service.instance.id"]
            self.assertEqual(bool(span.flags & 0x200), remote, span)

        def attributes(name):
            return next(span.attributes for span in spans if span.name == name and span.kind != "server")

        request = next(span.attributes for span in spans if span.parent == SENDER_SPAN)
        self.assertEqual(request, {
            "http.request.method": "POST", "url.scheme": "http", "url.path": PATH, "http.route": PATH,
            "http.response.status_code": 200, "overlock.app_id": APP,
            "overlock.request_id": answer.header("X-Request-Id")})
        host, port = self.outside.address.split(":")
        self.assertEqual(attributes("GET"), {
            "http.request.method": "GET", "url.scheme": "http", "server.address": host, "server.port": int(port),
            "http.response.status_code": 200})
        data = attributes("updateOne shop.orders")
        names = ("system.name", "operation.name", "namespace", "collection.name")
        self.assertEqual([data[f"db.{name}"] for name in names], ["mongodb", "updateOne", "shop", "orders"])
        self.assertEqual(attributes("webhook 's/order'")["overlock.run_as"], "user")

    def test_NothingOfARequestIsRecordedThatNobodySamples(self):
        ignored = secrets.token_hex(16)
        for traceparent in (None, f"00-{ignored}-{SENDER_SPAN}-00", "00-nonsense"):
            self.assertEqual(self.send(traceparent).status, 200)
        # What those left would have come before this.
        expected = self.whole_tree()
        _, trace = self.send_sampled()
        self.wait_for_spans(trace, count(expected))
        self.assertEqual(self.collector.spans(ignored), [])
        self.assertEqual([span for span in self.collector.spans() if span.parent == ""], [], "no trace begins here")

    def test_ARefusedRequestEndsWhereItWasRefused(self):
        expected = self.edge(self.check(
            "validate", *self.hop("edge", "validation", "overlock.validation.v1.ValidationService/Validate")))
        answer, trace = self.send_sampled(secret="open-sesame-wrong")
        self.assertEqual(answer.status, 401)
        spans = self.wait_for_spans(trace, count(expected))
        self.assertEqual(tree(spans, SENDER_SPAN), expected)
        for name in ("validate", f"POST {PATH}"):
            span = next(span for span in spans if span.name == name)
            self.assertEqual(span.attributes["overlock.refusal"], "validation")
            self.assertFalse(span.failed, "a verdict is no failure")

    def test_NothingSecretReachesTheCollector(self):
        answer, trace = self.send_sampled(secret="open-sesame-wrong")
        self.assertEqual(answer.status, 401)
        _, whole = self.send_sampled()
        traceparent = f"00-{trace}-{SENDER_SPAN}-01"
        self.topology.send("GET", f"/open-sesame-nowhere?{HOOK_SECRET}", [("traceparent", traceparent)])
        self.wait_for_spans(whole, count(self.whole_tree()))
        wait_until(lambda: any(span.attributes.get("http.response.status_code") == 404
                               for span in self.collector.spans(trace)), 20, "the last request has come")
        for text in self.collector.texts():
            for secret in ("open-sesame", self.key, BODY):
                self.assertNotIn(secret, text)

    def test_ServersThatFunctionsCallAreToldTheTraceWhereAFlagSaysSo(self):
        answer, trace = self.send_sampled(headers=[("tracestate", "vendor=x")])
        told = dict(json.loads(answer.body))
        if "--executor_http_traceparent" not in self.executor_flags:
            self.assertEqual([name for name in told if name.lower().startswith("trace")], [])
            return
        spans = self.wait_for_spans(trace, count(self.whole_tree()))
        asked = next(span for span in spans if span.name == "GET")
        self.assertEqual(told["traceparent"], f"00-{trace}-{asked.id}-01")
        self.assertEqual(told["tracestate"], "vendor=x")


class InOneProcess(TraceCases, TracesTest):
    def name_of(self, _service):
        return "overlock"

    def hop(self, _caller, _callee, _rpc, *below):
        return below


class InSixProcesses(TraceCases, TracesTest):
    topology_kind = harness.Distributed
    executor_flags = ("--executor_http_traceparent",)

    def name_of(self, service):
        return service

    def hop(self, caller, callee, rpc, *below):
        return (self.step(caller, f"client {rpc}", self.step(callee, f"server {rpc}", *below)),)


class Export(harness.SystemTest):
    def start_server(self, collector, *flags):
        app = apps.write_app(self.temporary_directory() / "app", APP, {"hook": "exports = () => 1;"})
        return self.start(harness.AllInOne([f"--trace_otlp_url={collector.url}", *flags]), app=app)

    def test_TracesThatBeginHereAreRecordedToTheRatioAndSentAtTheLatestAtTheEnd(self):
        headers = self.temporary_directory() / "headers"
        headers.write_text("X-Api-Key: open-sesame\n")
        with Collector() as collector:
            server = self.start_server(collector, f"--trace_otlp_headers_file={headers}")
            for _ in range(3):
                self.assertEqual(server.send("GET", client.hook_path(APP, "s", "hook")).status, 200)
            self.assertEqual(server.stop(), {})
            roots = [span for span in collector.spans() if span.kind == "server" and span.attributes.get("http.route")]
            self.assertEqual([span.parent for span in roots], ["", "", ""])
            self.assertEqual(len({span.trace for span in roots}), 3)
            self.assertEqual({sent["X-Api-Key"] for sent in collector.headers()}, {"open-sesame"})
            self.assertEqual(collector.problems, [])
        for each in server.processes.values():
            self.assertNotIn("open-sesame", "\n".join(each.stderr.all()))

    def test_ACollectorThatTakesNothingCostsNoRequest(self):
        with Collector(status=400) as collector:
            server = self.start_server(collector)
            running = server.processes["overlock"]
            for _ in range(20):
                self.assertEqual(server.send("GET", client.hook_path(APP, "s", "hook")).status, 200)
            name = "overlock_trace_spans_total"
            port = running.port("metrics")
            wait_until(lambda: harness.metric(port, name, outcome="failed") >= 20, 20, "all are counted")
            self.assertEqual(harness.metric(port, name, outcome="exported"), 0)
            self.assertIsNotNone(running.wait_for_log(event="the collector took no spans"))
            self.assertEqual(server.stop(), {})

    def test_OffMeansOff(self):
        app = apps.write_app(self.temporary_directory() / "app", APP, {"hook": "exports = () => 1;"})
        server = self.start(harness.AllInOne(), app=app)
        self.assertEqual(server.send("GET", client.hook_path(APP, "s", "hook")).status, 200)
        metrics = harness.admin(server.processes["overlock"].port("metrics"), "/metrics").text()
        self.assertNotIn("overlock_trace", metrics)


if __name__ == "__main__":
    unittest.main()
