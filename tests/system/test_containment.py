"""Workers that are threads of the executor: what they do as well as processes, and what they cannot."""
import unittest

import apps
import client
import harness
import hostile
import process
from process import BIN, wait_until

THREADS = "--executor_containment=thread"


class Containment(harness.SystemTest):
    def test_AnUnknownContainmentIsRefused(self):
        for argv in ([BIN / "overlock", "serve"], [BIN / "overlock-executor"]):
            done = process.run([*argv, "--executor_containment=vm"], directory=self.temporary_directory())
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("--executor_containment: 'vm', allowed: process, thread", done.stderr)

    def test_ALibraryThatIsNotThereIsRefused(self):
        done = process.run([BIN / "overlock-executor", THREADS, "--executor_worker_library=/nonexistent/worker.so"])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("/nonexistent/worker.so", done.stderr)

    def test_ThreadsAnswerEverySampleRequestInOneProcess(self):
        self.answer_samples(harness.AllInOne([THREADS]), "overlock")

    def test_ThreadsAnswerEverySampleRequestInSixProcesses(self):
        self.answer_samples(harness.Distributed(service_flags={"executor": [THREADS]}), "executor")

    def answer_samples(self, topology, executor):
        self.start(topology)
        for name in apps.sample_names():
            directory = apps.sample_directory(name)
            topology.import_app(directory, apps.app_id_of(directory))
        for app in apps.sample_names():
            for request in apps.sample_requests(app):
                with self.subTest(str(request)):
                    self.assertExpected(request, request.send(topology.edge_port, hostile.HOSTILE_SECONDS_MAX))
        self.assertEqual(topology.processes[executor].children(), [], "no worker is a process")

    def test_FunctionsRunInUniversalTimeWhereverTheServerIs(self):
        for flags in ((), (THREADS,)):
            topology = harness.AllInOne(flags, environment={"TZ": "Asia/Tokyo"})
            self.start(topology)
            source = "exports = function() { return new Date(0).toString(); };"
            topology.import_app(apps.write_app(topology.directory / "app", "time-abcde", {"now": source}), "time-abcde")
            answer = topology.send("GET", client.hook_path("time-abcde", "s", "now"))
            self.assertIn("Thu Jan 01 1970 00:00:00 GMT+0000", answer.text())

    def test_HostileFunctionsCostTheirOwnThreadsOnly(self):
        topology = harness.AllInOne([THREADS])
        self.start(topology)
        for app in ("limits", "neighbour"):
            directory = apps.sample_directory(app)
            topology.import_app(directory, apps.app_id_of(directory))
        for number in range(2):
            observed = hostile.observe(topology.edge_port)
            print(f"\nthreads: {observed}", flush=True)
            self.assertEqual(observed.wrong(cordoned=number > 0), [])
            self.assertGreater(observed.answered_meanwhile, 10)
        metrics = topology.processes["overlock"].port("metrics")
        # What would have ended a process leaves a thread behind.
        abandoned = harness.metric(metrics, "overlock_executor_abandoned_threads")
        self.assertEqual(abandoned, harness.metric(metrics, "overlock_executor_worker_restarts_total", cause="crash"))
        self.assertGreater(abandoned, 0)

    def test_TooManyAbandonedThreadsEndReadinessAndNotTheAnswers(self):
        topology = harness.AllInOne([THREADS, "--executor_abandoned_threads_max=1"])
        self.start(topology)
        for app in ("limits", "neighbour"):
            directory = apps.sample_directory(app)
            topology.import_app(directory, apps.app_id_of(directory))
        metrics = topology.processes["overlock"].port("metrics")
        self.assertEqual(harness.admin(metrics, "/readyz").status, 200)
        request = apps.sample_request("limits", "hugeArray")
        self.assertExpected(request, request.send(topology.edge_port, hostile.HOSTILE_SECONDS_MAX))
        wait_until(lambda: harness.admin(metrics, "/readyz").status == 503, 10, "it is not ready any more")
        self.assertIn("start this process anew", harness.admin(metrics, "/readyz").text())
        request = apps.sample_request("neighbour", "answer")
        self.assertExpected(request, request.send(topology.edge_port))


if __name__ == "__main__":
    unittest.main()
