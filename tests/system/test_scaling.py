"""Executors come under a load of functions that wait: whoever calls them finds them by their name, and no request fails."""
import sys
import time
import unittest

import apps
import fleet
import harness
import name_server
import postgres
import upstream
from process import wait_until

APP_ID, SECRET = "scaling-abcde", "known to both"
NAME = "executor.overlock.test"
# The pods of a service have one port and many addresses; loopback has as many.
PLACES = {f"executor-{number}": ([], f"127.0.0.{11 + number}") for number in range(3)}
# A function waits so long for somebody outside, and an executor asks outside for so many of an application at a time.
WAIT_MS, AT_A_TIME = 200, 4
ASK = """
exports = async function(payload) {
  await context.http.get({url: 'http://%s/wait/%d'});
  return JSON.parse(payload.body.text()).id;
};"""
# More than three executors can do, so that some always wait for their turn.
RATE, THREADS = 200, 24
FASTER_WITHIN_SECONDS = 10.0
# Three can do three times as much; what is asked for leaves room for a machine that does other things, too.
FASTER_BY = 1.8
COUNTED = 30


class Scaling(harness.SystemTest):
    def setUp(self):
        server = postgres.Postgres()
        self.addCleanup(server.remove)
        server.start()
        self.names = name_server.NameServer()
        self.addCleanup(self.names.stop)
        outside = self.enterContext(upstream.Upstream())
        executor = [*outside.flags, f"--executor_http_connections_per_app={AT_A_TIME}"]
        replicas = {**fleet.REPLICAS, "config": 1, "executor": 3}
        self.fleet = fleet.Fleet(server.create_database, replicas, {"executor": executor})
        port = self.fleet.ports["executor-0"][0]
        self.fleet.places = PLACES
        for member in PLACES:
            self.fleet.ports[member] = (port, self.fleet.ports[member][1])
        self.fleet.targets["executor"] = f"dns://127.0.0.1:{self.names.port}/{NAME}:{port}"
        self.fleet.authority.sign("executor", ["DNS:executor", f"DNS:{NAME}"])
        self.start(OneExecutor(self.fleet, self.names))
        hooks = {"ask": apps.signed_hook(SECRET, ASK % (outside.address, WAIT_MS))}
        self.fleet.import_app(apps.write_app(self.temporary_directory(), APP_ID, hooks), APP_ID)
        self.balancer = fleet.LoadBalancer(self.fleet)
        self.addCleanup(self.balancer.stop)

    def rate(self, load):
        """Answers a second, of the last ones."""
        ends = sorted(each.ended for each in load.outcomes())[-COUNTED:]
        return (len(ends) - 1) / (time.monotonic() - ends[0])

    def test_TwoMoreExecutorsAreFoundUnderLoad(self):
        load = fleet.Load(self.balancer, fleet.signed(APP_ID, "ask", SECRET), RATE, THREADS)
        self.addCleanup(load.stop)
        load.wait_for(COUNTED + THREADS, 60, "one executor is as fast as it can be")
        before = self.rate(load)
        for member in ("executor-1", "executor-2"):
            self.fleet.start_member(member)
        since = time.monotonic()
        self.names.set(NAME, [address for _, address in PLACES.values()])
        wait_until(lambda: self.rate(load) > FASTER_BY * before, FASTER_WITHIN_SECONDS,
                   f"answers come faster than {before:.0f} a second")
        took = time.monotonic() - since
        outcomes = load.stop()
        self.assertEqual([str(each) for each in outcomes if not each.good], [])
        print(f"{before:.0f} answers a second of one executor; {FASTER_BY} times as many {took:.1f} s after three had a name",
              file=sys.stderr)


class OneExecutor:
    """Starts a fleet with one of its executors."""

    def __init__(self, whole, names):
        self.whole, self.names = whole, names
        self.name, self.processes, self.stop = whole.name, whole.processes, whole.stop

    def start(self):
        self.names.set(NAME, [PLACES["executor-0"][1]])
        for member in self.whole.members():
            if member not in ("executor-1", "executor-2"):
                self.whole.start_member(member)
        return self.whole


if __name__ == "__main__":
    unittest.main()
