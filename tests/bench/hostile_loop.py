#!/usr/bin/env python3
"""How a well-behaved function fares while 24 hostile ones run in a loop beside it.

Starts Overlock, measures the well-behaved function alone, then for --seconds beside the hostile functions
(tests/system/hostile_functions.py) of --apps other applications, and lets the workers settle. Prints latencies and resident memory of all
processes together. With --check it exits 1 if an answer of the well-behaved one was missing or wrong, if its p99 was
5 times its quiet p99 or more, or if memory did not come back to within 20 % of what it was before the hostile ones.
"""
import argparse
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import client  # noqa: E402
import harness  # noqa: E402
import memory  # noqa: E402
from hostile import percentile  # noqa: E402
from hostile_functions import HOSTILE_FUNCTIONS  # noqa: E402

GOOD_APP = "good-abcde"
GOOD_SOURCE = "exports = (payload) => ({sum: JSON.parse(payload.body.text()).values.reduce((a, b) => a + b, 0)});"
GOOD_BODY = b'{"values":[1,2,3,4]}'
GOOD_ANSWER = b'{"sum":{"$numberInt":"10"}}'
HOSTILE_LIMITS = {"run_time_ms": 3000, "cpu_time_ms": 1000, "memory_mb": 64}
HOSTILE_TIMEOUT = 60.0
P99_FACTOR_MAX = 5.0
MEMORY_FACTOR_MAX = 1.2
# Spare workers end after 30 s without work.
SETTLE_SECONDS_MAX = 60.0


class Good:
    """Sends the well-behaved function's requests one after the other from `senders` threads until stopped."""

    def __init__(self, port, senders):
        self.latencies, self.wrong = [], []
        self._port = port
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for thread in self._threads:
            thread.start()

    def _send(self):
        target = client.hook_path(GOOD_APP, "s", "sum")
        while not self._over.is_set():
            try:
                answer = client.send(self._port, "POST", target, (), GOOD_BODY)
            except harness.NO_ANSWER as error:
                self.wrong.append(repr(error))
                continue
            self.latencies.append(answer.seconds)
            if answer.status != 200 or answer.body != GOOD_ANSWER:
                self.wrong.append(f"{answer.status} {answer.text()[:200]}")
            # A sender, not a load generator: the machine's processors are the hostile functions' to take.
            self._over.wait(0.002)

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.latencies.sort()
        return self


class Attack:
    """Sends each hostile function again as soon as it was answered, until stopped."""

    def __init__(self, port, hooks, senders):
        self.statuses, self.unanswered = {}, []
        self._port, self._hooks = port, hooks
        self._lock = threading.Lock()
        self._next = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for thread in self._threads:
            thread.start()

    def _send(self):
        while not self._over.is_set():
            with self._lock:
                app_id, name = self._hooks[self._next % len(self._hooks)]
                self._next += 1
            try:
                answer = client.send(self._port, "POST", client.hook_path(app_id, "s", name), (), b"{}", HOSTILE_TIMEOUT)
            except harness.NO_ANSWER as error:
                with self._lock:
                    self.unanswered.append(f"{name}: {error!r}")
                continue
            with self._lock:
                self.statuses.setdefault(name, {}).setdefault(answer.status, 0)
                self.statuses[name][answer.status] += 1

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self

    def __str__(self):
        return ", ".join(f"{name} {' '.join(f'{status}x{count}' for status, count in sorted(counts.items()))}"
                         for name, counts in sorted(self.statuses.items()))


def run(topology, seconds, quiet_seconds, app_count, senders):
    """Returns (quiet, beside, attack, memory before, memory after) of one run."""
    good = apps.write_app(topology.directory / "good", GOOD_APP, {"sum": GOOD_SOURCE})
    topology.import_app(good, GOOD_APP)
    names, hooks = list(HOSTILE_FUNCTIONS), []
    for number in range(app_count):
        app_id = f"hostile{number}-abcde"
        sources = {name: HOSTILE_FUNCTIONS[name] for name in names[number::app_count]}
        topology.import_app(apps.write_app(topology.directory / app_id, app_id, sources, HOSTILE_LIMITS), app_id)
        hooks += [(app_id, name) for name in sources]
    pids = [each.pid for each in topology.processes.values()]
    Good(topology.edge_port, 2).stop()
    quiet = Good(topology.edge_port, 2)
    time.sleep(quiet_seconds)
    quiet.stop()
    before = memory.resident_bytes_of_trees(pids)
    attack = Attack(topology.edge_port, hooks, senders)
    beside = Good(topology.edge_port, 2)
    time.sleep(seconds)
    beside.stop()
    attack.stop()
    after = memory.settle(pids, before * MEMORY_FACTOR_MAX, SETTLE_SECONDS_MAX)
    return quiet, beside, attack, before, after


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is not as it must be")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--quiet-seconds", type=float, default=10)
    parser.add_argument("--apps", type=int, default=4, help="applications that share the hostile functions")
    parser.add_argument("--senders", type=int, default=4, help="hostile requests under way at a time")
    parser.add_argument("--topology", choices=("all-in-one", "distributed"), default="all-in-one")
    options = parser.parse_args()

    topology = {"all-in-one": harness.AllInOne, "distributed": harness.Distributed}[options.topology]()
    try:
        topology.start()
        quiet, beside, attack, before, after = run(
            topology, options.seconds, options.quiet_seconds, options.apps, options.senders)
    finally:
        topology.stop()

    quiet_p99, beside_p99 = percentile(quiet.latencies, 99), percentile(beside.latencies, 99)
    wrong = quiet.wrong + beside.wrong
    print(f"hostile: {attack}")
    for problem in attack.unanswered + wrong:
        print(f"wrong: {problem}")
    for name, good in (("quiet", quiet), ("beside", beside)):
        print(f"{name}: {len(good.latencies)} answers, p50 {percentile(good.latencies, 50) * 1e3:.2f} ms, "
              f"p99 {percentile(good.latencies, 99) * 1e3:.2f} ms, max {good.latencies[-1] * 1e3:.1f} ms")
    print(f"p99 ratio {beside_p99 / quiet_p99:.2f} (allowed: below {P99_FACTOR_MAX})")
    print(f"memory: {before >> 20} MiB before, {after >> 20} MiB after, ratio {after / before:.2f} "
          f"(allowed: {MEMORY_FACTOR_MAX})")
    failed = wrong or beside_p99 >= P99_FACTOR_MAX * quiet_p99 or after > before * MEMORY_FACTOR_MAX
    return 1 if options.check and failed else 0


if __name__ == "__main__":
    sys.exit(main())
