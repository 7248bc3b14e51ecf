"""Six processes, one of them killed under traffic: clear answers meanwhile, and recovery without help."""
import threading
import time
import unittest

import apps
import client
import harness
import process
from process import wait_until

# Which services a webhook's answer needs beside the edge.
NEEDS = {
    ("first-look", "GitHub push, signed"): {"validation", "executor"},
    ("run-as-script", "the Stitch form"): {"auth", "executor"},
    ("expressions", "header 1"): {"authz", "executor"},
    ("neighbour", "answer"): {"executor"},
}
RECOVERY_SECONDS_MAX = 30.0


class Outcome:
    """What became of one request of the traffic."""

    def __init__(self, request, needs, answer, failure, seconds):
        self.request, self.needs, self.answer, self.failure, self.seconds = request, needs, answer, failure, seconds

    @property
    def good(self):
        return self.answer is not None and not self.request.problems(self.answer)

    @property
    def clearly_unavailable(self):
        return (self.answer is not None and self.answer.status in (502, 503)
                and self.answer.error_code() == "InternalServerError")

    def __str__(self):
        what = f"{self.answer.status} {self.answer.text()!r}" if self.answer else repr(self.failure)
        return f"{self.request} needs {sorted(self.needs)}: {what} after {self.seconds:.3f} s"


class Traffic:
    """Sends every request of NEEDS round and round from a thread of its own, until stopped."""

    def __init__(self, port):
        self._port = port
        self._outcomes = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        requests = [(apps.sample_request(*name), needs) for name, needs in NEEDS.items()]
        while not self._ended.is_set():
            for request, needs in requests:
                outcome = self._send(request, needs)
                with self._lock:
                    self._outcomes.append(outcome)

    def _send(self, request, needs):
        began = time.monotonic()
        try:
            answer, failure = request.send(self._port), None
        except harness.NO_ANSWER as error:
            answer, failure = None, error
        return Outcome(request, needs, answer, failure, time.monotonic() - began)

    def count(self):
        with self._lock:
            return len(self._outcomes)

    def since(self, count):
        with self._lock:
            return self._outcomes[count:]

    def wait_for(self, condition, since, what):
        """Waits until `condition` holds for the list of outcomes from number `since` on."""
        wait_until(lambda: condition(self.since(since)), RECOVERY_SECONDS_MAX, what)

    def wait_for_good(self, count, what):
        """Waits until the last `count` requests were all answered right."""
        start = self.count()
        self.wait_for(lambda seen: len(seen) >= count and all(each.good for each in seen[-count:]), start, what)

    def stop(self):
        self._ended.set()
        self._thread.join(2 * client.REQUEST_SECONDS_MAX)
        return self.since(0)


class Failures(harness.SystemTest):
    def setUp(self):
        self.topology = harness.Distributed()
        self.start(self.topology)
        for app in sorted({app for app, _ in NEEDS}):
            directory = apps.sample_directory(app)
            self.topology.import_app(directory, apps.app_id_of(directory))
        self.traffic = Traffic(self.topology.edge_port)
        self.addCleanup(self.traffic.stop)
        self.traffic.wait_for_good(12, "traffic runs well before anything is killed")

    def kill_under_traffic(self, service):
        """Kills it, waits for a refusal, starts it again, waits for recovery; returns the outcomes from the kill on."""
        killed_at = self.traffic.count()
        self.topology.processes[service].kill()
        self.traffic.wait_for(lambda seen: any(not each.good for each in seen), killed_at,
                              f"somebody notices that {service} is gone")
        refused_at = self.traffic.count()
        self.traffic.wait_for(lambda seen: len(seen) >= 500, refused_at, "traffic goes on without it")
        self.topology.start_service(service)
        self.traffic.wait_for_good(24, f"recovery when {service} is back")
        return [each for each in self.traffic.stop()[killed_at:]]

    def assertOnlyItsUsersWereRefused(self, service, outcomes):
        for outcome in outcomes:
            self.assertLess(outcome.seconds, client.REQUEST_SECONDS_MAX, f"a hang: {outcome}")
            if service in outcome.needs:
                self.assertTrue(outcome.good or outcome.clearly_unavailable, str(outcome))
            else:
                self.assertTrue(outcome.good, f"does not need {service}: {outcome}")

    def test_ValidationIsKilledAndComesBack(self):
        self.assertOnlyItsUsersWereRefused("validation", self.kill_under_traffic("validation"))

    def test_AuthIsKilledAndComesBack(self):
        self.assertOnlyItsUsersWereRefused("auth", self.kill_under_traffic("auth"))

    def test_AuthzIsKilledAndComesBack(self):
        self.assertOnlyItsUsersWereRefused("authz", self.kill_under_traffic("authz"))

    def test_TheExecutorIsKilledAndComesBack(self):
        workers = self.topology.processes["executor"].children()
        self.assertGreater(len(workers), 0, "there are workers")
        outcomes = self.kill_under_traffic("executor")
        self.assertOnlyItsUsersWereRefused("executor", outcomes)
        wait_until(lambda: not process.running(workers), 10, "the killed executor's workers ended by themselves")

    def test_TheEdgeIsKilledAndComesBack(self):
        for outcome in self.kill_under_traffic("edge"):
            self.assertLess(outcome.seconds, client.REQUEST_SECONDS_MAX, f"a hang: {outcome}")
            # Nobody is there to answer: the connection is refused or ends. After that the answers are right again.
            self.assertTrue(outcome.good or outcome.answer is None or outcome.clearly_unavailable, str(outcome))

    def test_WithConfigGoneTrafficGoesOn(self):
        killed_at = self.traffic.count()
        self.topology.processes["config"].kill()
        self.traffic.wait_for(lambda seen: len(seen) >= 400, killed_at, "traffic with config gone")
        self.topology.start_service("config")
        back_at = self.traffic.count()
        self.traffic.wait_for(lambda seen: len(seen) >= 100, back_at, "traffic with config back")
        # Everybody watches again: a new application arrives everywhere.
        hooks = {"late": "exports = function() { return 'late'; };"}
        directory = apps.write_app(self.temporary_directory(), "late-abcde", hooks)
        self.import_when_watched(directory, "late-abcde")
        answer = self.topology.send("GET", client.hook_path("late-abcde", "s", "late"))
        self.assertEqual((answer.status, answer.text()), (200, '"late"'))
        for outcome in self.traffic.stop()[killed_at:]:
            self.assertTrue(outcome.good, str(outcome))

    def import_when_watched(self, directory, app_id):
        done = self.topology.try_import(directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_until(lambda: self.topology.knows(app_id), RECOVERY_SECONDS_MAX, "the edge watches config again")


if __name__ == "__main__":
    unittest.main()
