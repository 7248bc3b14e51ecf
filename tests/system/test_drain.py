"""What a process does between SIGTERM and its end."""
import signal
import threading
import unittest

import apps
import client
import harness
from process import wait_until

APP_ID = "drain-abcde"
HOOKS = {
    "fast": "exports = () => 'fast';",
    "slow": "exports = async () => { await new Promise(resolve => setTimeout(resolve, 80000)); };",
}


class Drain(harness.SystemTest):
    def start_with(self, topology):
        self.topology = self.start(topology)
        self.topology.import_app(apps.write_app(self.temporary_directory(), APP_ID, HOOKS), APP_ID)
        return self.topology.processes[self.topology.edge_process]

    def send(self, hook):
        return self.topology.send("GET", client.hook_path(APP_ID, "s", hook))

    def test_ForAWhileItIsNotReadyAndAnswersAllTheSame(self):
        edge = self.start_with(harness.AllInOne(["--drain_delay=1h"]))
        self.assertIsNone(self.send("fast").header("Connection"))
        edge.signal(signal.SIGTERM)
        self.assertIsNotNone(edge.wait_for_log(event="drains"))
        ready = wait_until(lambda: not_ready(edge.port("metrics")), 10, "it is not ready")
        self.assertIn("draining", ready.text())
        for _ in range(5):
            answer = self.send("fast")
            self.assertEqual((answer.status, answer.header("Connection")), (200, "close"))
        # Somebody does not want to wait.
        edge.signal(signal.SIGTERM)
        self.assertEqual(edge.wait(), 128 + signal.SIGTERM)

    def cut(self, topology, process, event, count):
        self.start_with(topology)
        ending = self.topology.processes[process]
        answers = []

        def ask():
            try:
                answers.append(self.send("slow"))
            except harness.NO_ANSWER:
                answers.append(None)

        sender = threading.Thread(target=ask)
        sender.start()
        metrics = self.topology.processes["edge"].port("metrics")
        wait_until(lambda: harness.metric(metrics, "overlock_edge_connections") >= 1, 10, "the request arrived")
        # Requests are taken in the order in which they come: once a later one is answered, the slow one is under way.
        self.assertEqual(self.send("fast").status, 200)
        ending.signal(signal.SIGTERM)
        self.assertIsNotNone(ending.wait_for_log(level="warning", event=event, **count))
        self.assertEqual(ending.wait(), 0)
        sender.join(client.REQUEST_SECONDS_MAX)
        if answers[0] is not None:
            self.assertIn(answers[0].status, (502, 503))

    def test_AnEdgeLogsTheRequestsThatItCuts(self):
        self.cut(harness.Distributed(service_flags={"edge": ["--drain_timeout=1s"]}), "edge",
                 "cuts requests at the end of the drain", {"requests": 1})

    def test_AServiceLogsTheCallsThatItCuts(self):
        self.cut(harness.Distributed(service_flags={"executor": ["--drain_timeout=1s"]}), "executor",
                 "cuts calls at the end of the drain", {"calls": 1})


def not_ready(port):
    answer = harness.admin(port, "/readyz")
    return answer if answer.status == 503 else None


if __name__ == "__main__":
    unittest.main()
