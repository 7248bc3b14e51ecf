"""How processes start, say what is wrong, are watched, import, stop and come back."""
import http.client
import json
import pathlib
import re
import signal
import socket
import threading
import unittest

import apps
import client
import harness
import process
from process import BIN, wait_until

# What is wrong in tests/apps/bad: the file, and a word of the field or of what is said about it.
BAD_APP_PROBLEMS = (
    ("stitch.json", "name"),
    ("stitch.json", "location"),
    ("services/one/config.json", "type"),
    ("services/two/incoming_webhooks/doubled/config.json", "name"),
    ("services/two/incoming_webhooks/method/config.json", "options.httpMethod"),
    ("services/two/incoming_webhooks/expression/config.json", "can_evaluate"),
    ("services/two/incoming_webhooks/noSecret/config.json", "options.secret"),
    ("services/two/incoming_webhooks/validation/config.json", "options.validationMethod"),
    ("services/two/incoming_webhooks/modes/config.json", "run_as_user_id"),
    ("services/two/incoming_webhooks/twin2/config.json", "name"),
    ("services/two/incoming_webhooks/noSource", "source.js"),
    ("services/two/incoming_webhooks/wrongType/config.json", "respond_result"),
    ("values/nameless.json", "name"),
    ("values/broken.json", ""),
)
SLOW = "exports = async function() { await new Promise(r => setTimeout(r, 1500)); return 'slow but answered'; };"
FAST = "exports = function() { return 'fast'; };"
LOGS = "exports = function(payload) { console.log('saw ' + payload.query.n); return 1; };"


class Drain(harness.SystemTest):
    def test_ARequestUnderWayIsAnsweredAndNewOnesAreNotTaken(self):
        for topology in (harness.AllInOne(), harness.Distributed()):
            with self.subTest(topology.name):
                self.drain(topology)

    def drain(self, topology):
        self.start(topology)
        directory = apps.write_app(self.temporary_directory(), "slow-abcde", {"slow": SLOW, "fast": FAST})
        topology.import_app(directory, "slow-abcde")
        port, edge = topology.edge_port, topology.processes[topology.edge_process]
        answers = []
        sender = threading.Thread(target=lambda: answers.append(
            client.send(port, "GET", client.hook_path("slow-abcde", "s", "slow"))))
        metrics = edge.port("metrics")
        sender.start()
        wait_until(lambda: harness.metric(metrics, "overlock_edge_connections") >= 1, 10, "the request arrived")
        # Requests are taken in the order in which they come: once a later one is answered, the slow one is under way.
        fast = client.send(port, "GET", client.hook_path("slow-abcde", "s", "fast"))
        self.assertEqual((fast.status, answers), (200, []), "the slow one still runs")
        edge.signal(signal.SIGTERM)
        self.assertIsNotNone(edge.wait_for_log(event="drains"))
        wait_until(lambda: self.refuses_connections(port), 10, "no new connection is taken")
        self.assertEqual(answers, [], "and that while the slow request was under way")
        sender.join(client.REQUEST_SECONDS_MAX)
        self.assertEqual([(each.status, each.text()) for each in answers], [(200, '"slow but answered"')])
        self.assertEqual(edge.wait(), 0)

    @staticmethod
    def refuses_connections(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            return True
        return False

    def test_AnIdleConnectionDoesNotHoldUpTheEnd(self):
        topology = harness.AllInOne()
        self.start(topology, app=apps.sample_directory("neighbour"))
        request = apps.sample_request("neighbour", "answer")
        connection = http.client.HTTPConnection("127.0.0.1", topology.edge_port, timeout=10)
        self.addCleanup(connection.close)
        self.assertExpected(request, client.send_on(connection, request.method, request.target))
        server = topology.processes["overlock"]
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(10), 0)

    def test_NoWorkerOutlivesItsServer(self):
        for end in (signal.SIGTERM, signal.SIGKILL):
            topology = harness.AllInOne()
            self.start(topology, app=apps.sample_directory("neighbour"))
            server = topology.processes["overlock"]
            workers = server.children()
            self.assertGreater(len(workers), 0, "there are workers")
            server.signal(end)
            self.assertIn(server.wait(), (0, -signal.SIGKILL))
            wait_until(lambda: not process.running(workers), 10, f"all workers have ended after {end!r}")


class Observability(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topology = harness.Distributed(["--log_level=debug"])
        cls.addClassCleanup(cls.topology.stop)
        cls.topology.start()
        hooks = {
            "logs": {"source": LOGS, "can_evaluate": {"%%request.httpMethod": "GET"}},
            "signed": apps.signed_hook("12345", LOGS),
            "user": {"source": LOGS, "run_as_user_id": "5e7a1c0f9d3b2a4c6e8f0a98"},
        }
        cls.topology.import_app(apps.write_app(cls.topology.directory / "app", "logs-abcde", hooks), "logs-abcde")

    def test_EveryProcessServesMetricsHealthAndReadiness(self):
        for name, each in self.topology.processes.items():
            port = each.port("metrics")
            self.assertEqual(harness.admin(port, "/healthz").status, 200, name)
            self.assertEqual(harness.admin(port, "/readyz").status, 200, name)
            metrics = harness.admin(port, "/metrics")
            self.assertEqual(metrics.status, 200, name)
            self.assertIn("text/plain", metrics.header("Content-Type"), name)
            for line in metrics.text().splitlines():
                self.assertRegex(line, r"^(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [-+0-9.eEinfNa]+)$", name)
            self.assertEqual(harness.admin(port, "/nothing").status, 404, name)

    def test_RequestsAreCounted(self):
        port = self.topology.processes["edge"].port("metrics")
        before = harness.metric(port, "overlock_edge_requests_total", code="200")
        for _ in range(5):
            self.topology.send("GET", client.hook_path("logs-abcde", "s", "logs"))
        self.assertEqual(harness.metric(port, "overlock_edge_requests_total", code="200") - before, 5)

    def assertLogged(self, service, **fields):
        logged = self.topology.processes[service].wait_for_log(**fields)
        self.assertIsNotNone(logged, f"no line of {service} has {fields}")
        return logged

    def test_TheSendersTraceIsContinuedOnEveryHop(self):
        for number, (hook, hops) in enumerate({"logs": ["edge"], "signed": ["edge", "validation"],
                                               "user": ["edge", "auth"]}.items()):
            trace_id = f"0af7651916cd43dd8448eb211c80319{number}"
            answer = self.topology.send("POST" if hook == "signed" else "GET",
                                        client.hook_path("logs-abcde", "s", hook) + "?n=1",
                                        [("traceparent", f"00-{trace_id}-b7ad6b7169203331-01")])
            for hop in hops:
                logged = self.assertLogged(hop, trace_id=trace_id)
                self.assertEqual(logged["request_id"], answer.header("X-Request-Id"), hop)

    def test_WithoutATraceOneIsBegun(self):
        answer = self.topology.send("POST", client.hook_path("logs-abcde", "s", "signed"))
        request_id = answer.header("X-Request-Id")
        lines = [self.assertLogged("edge", request_id=request_id, event="request"),
                 self.assertLogged("validation", request_id=request_id)]
        traces = {line["trace_id"] for line in lines}
        self.assertEqual(len(traces), 1, "the same on every hop")
        self.assertRegex(traces.pop(), "^[0-9a-f]{32}$")

    def test_OneRequestIdIsInTheAnswerAndInTheLogsOfEveryHop(self):
        answer = self.topology.send("GET", client.hook_path("logs-abcde", "s", "logs") + "?n=2")
        for hop in ("edge", "executor"):
            self.assertLogged(hop, request_id=answer.header("X-Request-Id"))

    def test_WhatAFunctionWritesToItsConsoleIsLogged(self):
        answer = self.topology.send("GET", client.hook_path("logs-abcde", "s", "logs") + "?n=thread")
        self.assertEqual(answer.status, 200)
        executor = self.topology.processes["executor"]
        found = executor.stderr.wait(lambda line: "saw thread" in line and answer.header("X-Request-Id") in line, 10)
        self.assertIsNotNone(found, "console.log with the request's id")

    def test_EveryLogLineIsAJsonObject(self):
        for name, each in self.topology.processes.items():
            for line in each.stderr.all():
                keys = []
                try:
                    json.loads(line, object_pairs_hook=lambda pairs: keys.extend(key for key, _ in pairs))
                except ValueError:
                    self.fail(f"{name} wrote: {line}")
                self.assertLessEqual({"time", "level", "service", "event"}, set(keys), f"{name}: {line}")
                self.assertEqual(len(keys), len(set(keys)), f"{name} wrote a key twice: {line}")


class Start(harness.SystemTest):
    def serve(self, flags=(), environment=None):
        directory = self.temporary_directory()
        argv = [BIN / "overlock", "serve", f"--data_dir={directory}", "--config_listen=127.0.0.1:0",
                "--metrics_listen=127.0.0.1:0", *flags]
        return self.start_process("overlock", argv, environment=environment)

    def assertFailsToStart(self, server, *words):
        self.assertEqual(server.wait(process.START_SECONDS_MAX), 1)
        server.stderr.wait_for_end(5)
        text = "\n".join(server.stderr.all())
        for word in words:
            self.assertIn(word, text)
        self.assertNotIn("ready ", "\n".join(server.stdout.all()))

    def test_WhatAKilledProcessOfTheSameNumberLeftIsNotTalkedAbout(self):
        done = process.run(["bash", "-c", 'touch "/dev/shm/mongoc-$$"; echo $$; exec "$0" version', BIN / "overlock"])
        left = pathlib.Path("/dev/shm/mongoc-" + done.stdout.split()[0])
        self.addCleanup(left.unlink)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_AnUnknownFlagIsRefused(self):
        self.assertFailsToStart(self.serve(["--edge_lisen=127.0.0.1:0"]), "edge_lisen")

    def test_ABadValueIsRefused(self):
        self.assertFailsToStart(self.serve(["--threads=many"]), "threads", "many")

    def test_ABadAddressIsRefused(self):
        self.assertFailsToStart(self.serve(["--edge_listen=nowhere"]), "nowhere")

    def test_ABadEnvironmentVariableIsRefused(self):
        self.assertFailsToStart(self.serve(environment={"OVERLOCK_THREADS": "many"}), "OVERLOCK_THREADS")

    def test_AnArgumentThatIsNoFlagIsRefused(self):
        self.assertFailsToStart(self.serve(["127.0.0.1:8080"]), "127.0.0.1:8080")

    def test_AnEnvironmentVariableSetsAFlag(self):
        server = self.serve(environment={"OVERLOCK_EDGE_LISTEN": "127.0.0.1:0", "OVERLOCK_LOG_LEVEL": "debug"})
        server.wait_until_ready()
        self.assertIsNotNone(server.wait_for_log(event="option", flag="log_level", value="debug"))
        self.assertNotEqual(server.port("ready"), 8080)

    def test_AFlagWinsOverTheEnvironment(self):
        server = self.serve(["--edge_listen=127.0.0.1:0"], environment={"OVERLOCK_EDGE_LISTEN": "nowhere"})
        server.wait_until_ready()

    def test_APortInUseIsSaid(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for flag in ("edge_listen", "config_listen", "metrics_listen"):
                flags = ["--edge_listen=127.0.0.1:0", f"--{flag}={address}"]
                with self.subTest(flag):
                    self.assertFailsToStart(self.serve(flags), address)

    def test_APortOfAnotherOverlockIsSaid(self):
        first = self.serve(["--edge_listen=127.0.0.1:0"])
        first.wait_until_ready()
        for flag, kind in (("edge_listen", "ready"), ("config_listen", "grpc"), ("metrics_listen", "metrics")):
            address = f"127.0.0.1:{first.port(kind)}"
            with self.subTest(flag):
                self.assertFailsToStart(self.serve(["--edge_listen=127.0.0.1:0", f"--{flag}={address}"]), address)

    def test_AnApplicationThatDoesNotImportStopsTheStart(self):
        flags = ["--edge_listen=127.0.0.1:0", f"--app={apps.sample_directory('bad')}"]
        self.assertFailsToStart(self.serve(flags), "options.httpMethod", "not imported")

    def test_ADirectoryWithoutAnApplicationStopsTheStart(self):
        empty = self.temporary_directory()
        flags = ["--edge_listen=127.0.0.1:0", f"--app={empty}"]
        self.assertFailsToStart(self.serve(flags), str(empty))


class Import(harness.SystemTest):
    def test_EveryProblemIsSaidAtOnceAndNothingIsStored(self):
        for topology in (harness.AllInOne(), harness.Distributed()):
            with self.subTest(topology.name):
                self.start(topology)
                done = topology.try_import(apps.sample_directory("bad"))
                self.assertNotEqual(done.returncode, 0)
                said = (done.stdout + done.stderr).splitlines()
                for file, word in BAD_APP_PROBLEMS:
                    found = [line for line in said if line.startswith("error") and file in line and word in line]
                    self.assertTrue(found, f"{file}: {word} is not in:\n" + "\n".join(said))
                # Once another import has arrived, an earlier one would have.
                neighbour = apps.sample_directory("neighbour")
                topology.import_app(neighbour, apps.app_id_of(neighbour))
                self.assertFalse(topology.knows(apps.app_id_of(apps.sample_directory("bad"))))

    def test_ABadNewVersionLeavesTheOldOneInPlace(self):
        topology = harness.AllInOne()
        self.start(topology)
        directory = self.temporary_directory()
        path = client.hook_path("kept-abcde", "s", "hook")
        apps.write_app(directory, "kept-abcde", {"hook": "exports = function() { return 'old'; };"})
        topology.import_app(directory, "kept-abcde")
        broken = {"source": "exports = function() { return 'new'; };", "respond_result": "yes"}
        apps.write_app(directory, "kept-abcde", {"hook": broken})
        self.assertNotEqual(topology.try_import(directory).returncode, 0)
        self.assertEqual(topology.send("GET", path).text(), '"old"')

    def test_ANewVersionReplacesTheOldOneWithoutARestart(self):
        for topology in (harness.AllInOne(), harness.Distributed()):
            with self.subTest(topology.name):
                self.start(topology)
                directory = self.temporary_directory()
                path = client.hook_path("news-abcde", "s", "hook")
                for version in ("one", "two", "three"):
                    source = f"exports = function() {{ return '{version}'; }};"
                    apps.write_app(directory, "news-abcde", {"hook": source})
                    topology.import_app(directory, "news-abcde")
                    self.waits_for_answer(topology, path, f'"{version}"')

    def waits_for_answer(self, topology, path, text):
        def arrived():
            answer = topology.send("GET", path)
            self.assertEqual(answer.status, 200, answer.text())
            return answer.text() == text

        wait_until(arrived, 10, f"{path} answers {text}")

    def test_CheckChangesNothing(self):
        topology = harness.AllInOne()
        self.start(topology)
        neighbour = apps.sample_directory("neighbour")
        self.assertEqual(topology.try_import(neighbour, ["--check"]).returncode, 0)
        first_look = apps.sample_directory("first-look")
        topology.import_app(first_look, apps.app_id_of(first_look))
        self.assertFalse(topology.knows(apps.app_id_of(neighbour)))
        self.assertNotEqual(topology.try_import(apps.sample_directory("bad"), ["--check"]).returncode, 0)

    def test_NobodyAtTheTargetIsSaid(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            target = f"127.0.0.1:{unused.getsockname()[1]}"
            done = process.run([BIN / "overlock", "import", apps.sample_directory("neighbour"),
                                f"--config_target={target}"])
        self.assertEqual(done.returncode, 3)
        self.assertIn(target, done.stderr)

    def test_ApplicationsSurviveARestart(self):
        directory = self.temporary_directory()
        flags = ["--edge_listen=127.0.0.1:0", "--config_listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0"]
        argv = [BIN / "overlock", "serve", f"--data_dir={directory}", *flags]
        request = apps.sample_request("first-look", "GitHub push, signed")
        for arguments in ([f"--app={apps.sample_directory('first-look')}"], []):
            server = self.start_process("overlock", [*argv, *arguments])
            server.wait_until_ready()
            self.assertExpected(request, request.send(server.port("ready")))
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
        stored = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
        self.assertGreater(len(stored), 0)
        for plain in (b"open-sesame", b"deployBranch"):
            self.assertIsNone(re.search(plain, stored), f"{plain!r} is stored in the clear")


if __name__ == "__main__":
    unittest.main()
