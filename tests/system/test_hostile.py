"""Functions that try to take everything, all at once: each costs its own invocation, and nothing else.

How long the neighbours waited is printed, not asserted: tests/bench/neighbours.py checks the figure.
"""
import threading
import unittest

import apps
import client
import harness
import hostile
from process import wait_until


class Hostile(harness.SystemTest):
    def attack(self, topology):
        self.start(topology)
        for app in ("limits", "neighbour", "responses"):
            directory = apps.sample_directory(app)
            topology.import_app(directory, apps.app_id_of(directory))
        pids = {name: each.pid for name, each in topology.processes.items()}
        for number in range(3):
            self.attack_once(topology, cordoned=number > 0)
        self.assertHealthy(topology, pids)

    def attack_once(self, topology, cordoned):
        observed = hostile.observe(topology.edge_port)
        print(f"\n{topology.name}: {observed}", flush=True)
        self.assertEqual(observed.wrong(cordoned), [])
        # The endless loop lasts for half a second of processor time: neighbours were served beside it, not after it.
        self.assertGreater(observed.answered_meanwhile, 10)

    def assertHealthy(self, topology, pids):
        for name, each in topology.processes.items():
            self.assertEqual(each.pid, pids[name])
            self.assertTrue(each.running(), f"{name} ended")
            ready = harness.admin(each.port("metrics"), "/readyz")
            self.assertEqual(ready.status, 200, f"{name}: {ready.text()}")
        for app in ("neighbour", "responses", "limits"):
            for request in apps.sample_requests(app):
                self.assertExpected(request, request.send(topology.edge_port, hostile.HOSTILE_SECONDS_MAX))

    def test_HostileFunctionsCostOnlyTheirOwnInvocationInOneProcess(self):
        self.attack(harness.AllInOne())

    def test_HostileFunctionsCostOnlyTheirOwnInvocationInSixProcesses(self):
        self.attack(harness.Distributed())

    def test_AnInvocationThatLosesItsSenderDoesNotStayForEver(self):
        topology = harness.AllInOne()
        self.start(topology)
        hook = "exports = function() { return new Promise(() => {}); };"
        directory = apps.write_app(self.temporary_directory(), "waits-abcde", {"waits": hook})
        topology.import_app(directory, "waits-abcde")
        metrics = topology.processes["overlock"].port("metrics")
        threads = [threading.Thread(target=self.send_and_leave, args=(topology,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        # The run-time limit is 90 s: connections that are gone long before show that the edge noticed.
        wait_until(lambda: harness.metric(metrics, "overlock_edge_connections") == 0, 20, "the edge let go of them")

    def send_and_leave(self, topology):
        try:
            topology.send("GET", client.hook_path("waits-abcde", "s", "waits"), timeout=0.5)
        except harness.NO_ANSWER:
            pass


if __name__ == "__main__":
    unittest.main()
