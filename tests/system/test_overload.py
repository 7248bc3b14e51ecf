"""More than the executor takes: who sent too much is told so, and nobody waits for nothing."""
import concurrent.futures
import unittest

import apps
import client
import harness
from process import wait_until

# Keeps its worker busy for as long as the flood below takes to arrive.
BUSY = "exports = function() { const end = Date.now() + 1500; while (Date.now() < end) {} return 'done'; };"
ANSWER = "exports = function() { return 'here'; };"
FLOOD = 30


class Overload(harness.SystemTest):
    def overload(self, topology):
        """Floods one application; returns the answers to the flood, and those to a neighbour meanwhile."""
        self.start(topology)
        for app, source in (("greedy", BUSY), ("modest", ANSWER)):
            app_id = f"{app}-abcde"
            topology.import_app(apps.write_app(topology.directory / app, app_id, {"hook": source}), app_id)
        port = topology.edge_port
        self.assertEqual(client.send(port, "GET", client.hook_path("modest-abcde", "s", "hook")).status, 200)
        executor = topology.processes.get("executor") or topology.processes["overlock"]
        busy = lambda: harness.metric(executor.port("metrics"), "overlock_executor_workers", state="busy")
        neighbours = []
        with concurrent.futures.ThreadPoolExecutor(FLOOD + 1) as pool:
            send = lambda: pool.submit(client.send, port, "GET", client.hook_path("greedy-abcde", "s", "hook"))
            # What comes before a worker is known to be busy is given to it, and taken back: it counts as accepted.
            first = send()
            wait_until(busy, 10, "a worker is busy")
            flood = [first, *(send() for _ in range(FLOOD))]
            while not all(each.done() for each in flood):
                neighbours.append(client.send(port, "GET", client.hook_path("modest-abcde", "s", "hook")))
            return [each.result() for each in flood], neighbours

    def check(self, flood, neighbours, status, code):
        refused = [answer for answer in flood if answer.status != 200]
        self.assertGreater(len(refused), FLOOD // 2, [answer.status for answer in flood])
        for answer in refused:
            self.assertEqual((answer.status, answer.error_code()), (status, code), answer.text())
            self.assertGreaterEqual(int(answer.header("Retry-After")), 1)
            self.assertLess(answer.seconds, 5)
        self.assertGreater(len(flood), len(refused), "what there was room for was done")
        self.assertGreater(len(neighbours), 10)
        for answer in neighbours:
            self.assertEqual((answer.status, answer.text()), (200, '"here"'))

    def test_AnApplicationOverItsShareIsTold429AndOthersNoticeNothing(self):
        flags = ["--executor_workers=1", "--executor_workers_max=4", "--executor_app_queue_max=2"]
        for topology in (harness.AllInOne(flags), harness.Distributed(service_flags={"executor": flags})):
            with self.subTest(topology.name):
                self.check(*self.overload(topology), 429, None)

    def test_AnExecutorThatIsFullSays503(self):
        flags = ["--executor_workers=1", "--executor_workers_max=4", "--executor_queue_max=2"]
        for topology in (harness.AllInOne(flags), harness.Distributed(service_flags={"executor": flags})):
            with self.subTest(topology.name):
                self.check(*self.overload(topology), 503, "InternalServerError")


if __name__ == "__main__":
    unittest.main()
