"""Every process of a deployment is restarted under load: gently no request is lost; killed, those alone that it had."""
import collections
import re
import signal
import sqlite3
import sys
import unittest

import apps
import fleet
import harness
import postgres
from process import wait_until

APP_ID, SECRET = "rolling-abcde", "known to both"
RATE, THREADS = 200, 60
# An edge hands requests to a connection until it has read that it is broken.
NOTICED_SECONDS_MAX = 1.0
LOAD_SECONDS_MAX = 60.0
# What is written before the wait is there, whatever happens during it: a second run would be seen.
RUN = """
exports = async function(payload) {
  const id = JSON.parse(payload.body.text()).id;
  await context.services.get('documents').db('d').collection('runs').insertOne({delivery: id});
  await new Promise(resolve => setTimeout(resolve, 50));
  return id;
};"""
HOOKS = {
    # Validation and the executor.
    "short": apps.signed_hook(SECRET, RUN),
    # All services; the script runs in the executor, too.
    "long": {
        **apps.signed_hook(SECRET, RUN),
        "can_evaluate": {"%%request.httpMethod": "POST"},
        "run_as_user_id_script_source": "exports = function() { return {runAsSystem: true}; };",
    },
}


class RollingRestart(harness.SystemTest):
    def setUp(self):
        server = postgres.Postgres()
        self.addCleanup(server.remove)
        server.start()
        self.fleet = self.start(fleet.Fleet(server.create_database))
        directory = apps.write_app(self.temporary_directory(), APP_ID, HOOKS)
        fleet.add_documents(directory)
        self.fleet.import_app(directory, APP_ID)
        self.balancer = fleet.LoadBalancer(self.fleet)
        self.addCleanup(self.balancer.stop)
        hooks = [fleet.signed(APP_ID, name, SECRET) for name in HOOKS]
        self.load = fleet.Load(self.balancer, lambda delivery: hooks[int(delivery[-1]) % 2](delivery), RATE, THREADS)
        self.addCleanup(self.load.stop)
        self.load.wait_for(400, LOAD_SECONDS_MAX, "everything runs well before anything is restarted")

    def restart_each(self, number, check):
        for member in self.fleet.members():
            since = self.load.count()
            ended = self.fleet.restart(member, number)
            wait_until(lambda: self.balancer.ready() == 2, 30, "both edges are ready")
            self.load.wait_for(200, LOAD_SECONDS_MAX, f"all goes on after {member}")
            outcomes = self.load.outcomes(since)
            check(member, ended, [each for each in outcomes if not each.good])
            slowest = max(each.ended - each.sent for each in outcomes)
            print(f"{member}: {len(outcomes)} requests, {sum(not each.good for each in outcomes)} lost, the slowest took "
                  f"{slowest:.1f} s", file=sys.stderr)
        outcomes = self.load.stop()
        self.assertRanOnce(outcomes)

    def assertRanOnce(self, outcomes):
        """Each delivery ran at most once; exactly once if its answer was good."""
        runs = collections.Counter()
        for member in ("executor-0", "executor-1"):
            running = self.fleet.processes[member]
            running.signal(signal.SIGTERM)
            self.assertEqual(running.wait(), 0)
            with sqlite3.connect(self.fleet.documents(member)) as database:
                for row in database.execute("SELECT * FROM documents"):
                    found = {name for value in row if isinstance(value, bytes)
                             for name in re.findall(rb"delivery-\d{6}", value)}
                    self.assertEqual(len(found), 1, row)
                    runs[found.pop().decode()] += 1
        self.assertEqual([name for name, times in runs.items() if times > 1], [], "ran twice")
        self.assertEqual([each.id for each in outcomes if each.good and runs[each.id] != 1], [], "answered, but did not run")
        self.assertGreater(len(runs), 1000)

    def assertNothingLost(self, member, _ended, bad):
        self.assertEqual([str(each) for each in bad], [], f"restart of {member}")

    def assertOnlyWhatItHadIsLost(self, member, ended, bad):
        for each in bad:
            self.assertLess(each.sent, ended + NOTICED_SECONDS_MAX, f"{member} was gone already: {each}")
            # The load balancer's 502; or the new edge's 503, if that is there before the load balancer asks who is ready.
            cut = member.startswith("edge") and each.answer is None
            self.assertTrue(cut or each.clearly_refused, f"{member} was killed: {each}")

    def test_SigtermLosesNoRequest(self):
        self.restart_each(signal.SIGTERM, self.assertNothingLost)

    def test_SigkillLosesOnlyWhatIsUnderWay(self):
        self.restart_each(signal.SIGKILL, self.assertOnlyWhatItHadIsLost)


if __name__ == "__main__":
    unittest.main()
