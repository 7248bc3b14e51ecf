"""A MongoDB that is slow, gone, or killed under load: what senders are answered, and what becomes of everything else.
On one process and on six."""
import json
import os
import threading
import unittest

import apps
import client
import harness
import mongodb
import tcp_proxy
from process import wait_until

APP_ID = "outages-abcde"
RUN_TIME_MS = 3000
# Longer than a function may run, and no request may take longer.
ANSWER_SECONDS_MAX = 30
HELD = 8
WRITERS = 4
KILLS = 3
COLLECTION = "const c = context.services.get('%s').db('shop').collection('orders');\n"
REMOTE, IMPATIENT, LOCAL = (COLLECTION % service for service in ("remote", "impatient", "local"))
CAUGHT = """exports = async () => {
  try { return {found: await c.findOne({})}; } catch (error) { return {message: error.message, code: error.code}; }
};"""
HOOKS = {
    "find": REMOTE + "exports = async () => ({found: await c.findOne({})});",
    "caught": REMOTE + CAUGHT,
    "impatient": IMPATIENT + CAUGHT,
    "insert": REMOTE + "exports = async ({query}) => (await c.insertOne({_id: query.id})).insertedId;",
    "ids": REMOTE + "exports = async () => (await c.find({}, {_id: 1}).toArray()).map(({_id}) => _id);",
    "local": LOCAL + """exports = async () => {
  await c.updateOne({_id: 1}, {$inc: {visits: 1}}, {upsert: true});
  return (await c.findOne({_id: 1}))._id + '';
};""",
    "quick": "exports = () => 'here';",
}


class Call(threading.Thread):
    """One request in a thread of its own; `answer` is None where there was none."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self._ask = ask
        self.answer = None
        self.start()

    def run(self):
        try:
            self.answer = self._ask()
        except harness.NO_ANSWER:
            pass


class Writers:
    """Clients that insert documents, each one after the other, until they are told to stop. No id comes twice."""

    def __init__(self, insert, name):
        self._insert = insert
        self._name = name
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._acknowledged, self._refused, self._unanswered = [], [], []
        self._threads = [threading.Thread(target=self._run, args=(writer,), daemon=True) for writer in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def _run(self, writer):
        number = 0
        while not self._ended.is_set():
            key, number = f"{self._name}-{writer}-{number}", number + 1
            try:
                answer = self._insert(key)
            except harness.NO_ANSWER as error:
                with self._lock:
                    self._unanswered.append((key, repr(error)))
                continue
            with self._lock:
                if answer.status == 200:
                    self._acknowledged.append(key)
                else:
                    self._refused.append(answer)

    def acknowledged(self):
        with self._lock:
            return list(self._acknowledged)

    def refused(self):
        with self._lock:
            return list(self._refused)

    def unanswered(self):
        with self._lock:
            return list(self._unanswered)

    def stop(self):
        """Returns whether all have ended: none waits for an answer for ever."""
        self._ended.set()
        for thread in self._threads:
            thread.join(2 * ANSWER_SECONDS_MAX)
        return not any(thread.is_alive() for thread in self._threads)


class Outages:
    """The cases; a class below says the topology."""

    def setUp(self):
        self.server = mongodb.Mongodb().start()
        self.addCleanup(self.server.stop)
        self.proxy = tcp_proxy.Proxy(self.server.connect)
        self.addCleanup(self.proxy.stop)
        clusters = self.temporary_directory() / "clusters.json"
        uri = f"mongodb://127.0.0.1:{self.proxy.port}/?serverSelectionTimeoutMS=500"
        clusters.write_text(json.dumps({"Remote": uri, "Impatient": uri + "&socketTimeoutMS=200"}))
        self.topology = self.start(self.make_topology(f"--executor_mongodb_clusters_file={clusters}"))
        directory = apps.write_app(self.temporary_directory() / "app", APP_ID, HOOKS, {"run_time_ms": RUN_TIME_MS})
        for name in ("remote", "impatient", "local"):
            service = directory / "services" / name
            service.mkdir(parents=True)
            # Of the cluster that no file names the documents are in the executor's own database.
            (service / "config.json").write_text(json.dumps(
                {"name": name, "type": "mongodb-atlas", "config": {"clusterName": name.title()}, "version": 1}))
        self.topology.import_app(directory, APP_ID)

    def ask(self, hook, query=""):
        return self.topology.send("POST", client.hook_path(APP_ID, "s", hook) + query, timeout=ANSWER_SECONDS_MAX)

    def insert(self, key):
        return self.ask("insert", f"?id={key}")

    def answered(self, hook, query=""):
        answer = self.ask(hook, query)
        self.assertEqual(answer.status, 200, f"{hook}: {answer.text()!r}")
        return json.loads(answer.body)

    def assertTheRestGoesOn(self):
        """What needs no MongoDB: a function without documents, and one whose documents are elsewhere."""
        self.assertEqual(self.answered("quick"), "here")
        self.assertEqual(self.answered("local"), "1")

    def assertClearlyFailed(self, answer):
        """The function failed for want of MongoDB, or its time was over, and the sender is told which."""
        self.assertIsNotNone(answer, "no answer")
        self.assertIn((answer.status, answer.error_code()),
                      {(400, "FunctionExecutionError"), (408, "ExecutionTimeLimitExceeded")}, answer.text())
        if answer.status == 400:
            self.assertIn("MongoDB", answer.error()["error"])

    def assertFoundAgain(self):
        wait_until(lambda: self.ask("find").status == 200, ANSWER_SECONDS_MAX, "MongoDB is found again")

    def test_AServerThatDoesNotAnswerHoldsUpItsOwnFunctionsAlone(self):
        self.answered("insert", "?id=first")
        self.proxy.hold(b"orders")
        calls = [Call(lambda: self.ask("find")) for _ in range(HELD)]
        wait_until(lambda: self.proxy.held() >= HELD, ANSWER_SECONDS_MAX, "all wait for replies")
        self.assertTheRestGoesOn()
        for call in calls:
            call.join(2 * ANSWER_SECONDS_MAX)
            self.assertClearlyFailed(call.answer)
        # Nothing was released so far, and there is still room for others.
        self.assertTheRestGoesOn()
        self.proxy.release()
        self.assertFoundAgain()
        self.assertEqual(self.answered("ids"), ["first"])

    def test_AServerThatSaysNothingAtAllIsAsOneThatIsSlow(self):
        """Not even to those who connect, or look whether it is there."""
        self.answered("insert", "?id=first")
        self.proxy.hold()
        calls = [Call(lambda: self.ask("find")) for _ in range(HELD)]
        wait_until(lambda: self.proxy.held() > 0, ANSWER_SECONDS_MAX, "somebody waits for a reply")
        self.assertTheRestGoesOn()
        for call in calls:
            call.join(2 * ANSWER_SECONDS_MAX)
            self.assertClearlyFailed(call.answer)
        self.assertTheRestGoesOn()
        self.proxy.release()
        self.assertFoundAgain()

    def test_AFunctionCanGoOnAfterTheTimeoutOfTheConnectionString(self):
        self.answered("insert", "?id=first")
        self.assertEqual(self.answered("impatient")["found"], {"_id": "first"})
        self.proxy.hold(b"orders")
        caught = self.answered("impatient")
        self.assertEqual(caught.get("code"), "MongoDBError", caught)
        # Another message than that of a function whose own time is over.
        self.assertIn("the connection to MongoDB broke", caught["message"])
        self.assertGreater(self.proxy.held(), 0)

    def test_AServerThatIsUnreachableIsSaidToBe(self):
        self.answered("insert", "?id=first")
        self.proxy.refuse()
        caught = wait_until(lambda: self.answered("caught").get("message"), ANSWER_SECONDS_MAX, "it is noticed")
        self.assertIn("MongoDB", caught)
        caught = self.answered("caught")
        self.assertEqual(caught["code"], "MongoDBError")
        self.assertIn("MongoDB cannot be reached", caught["message"])
        for answer in (self.ask("find"), self.insert("second")):
            self.assertRefused(answer, 400, "FunctionExecutionError")
            self.assertIn("MongoDB cannot be reached", answer.error()["error"])
        self.assertTheRestGoesOn()
        self.proxy.accept()
        self.assertFoundAgain()
        self.assertEqual(self.answered("ids"), ["first"])

    def test_AServerThatIsKilledUnderLoadLosesNothingThatWasAcknowledged(self):
        acknowledged = []
        for kill in range(KILLS):
            writers = Writers(self.insert, f"kill{kill}")
            self.addCleanup(writers.stop)
            # Another number each time, so that it dies at another place.
            wait_until(lambda: len(writers.acknowledged()) >= 20 + kill, ANSWER_SECONDS_MAX, "inserts are acknowledged")
            self.server.crash()
            wait_until(lambda: len(writers.refused()) >= WRITERS, ANSWER_SECONDS_MAX, "writers notice")
            self.assertTheRestGoesOn()
            self.server.start()
            before = len(writers.acknowledged())
            wait_until(lambda: len(writers.acknowledged()) >= before + 20, ANSWER_SECONDS_MAX, "writers go on")
            self.assertTrue(writers.stop(), "a writer waits for its answer")
            self.assertEqual(writers.unanswered(), [])
            for answer in writers.refused():
                self.assertClearlyFailed(answer)
            acknowledged += writers.acknowledged()
            self.assertEqual(set(acknowledged) - set(self.answered("ids")), set(), f"lost by kill {kill}")
        for number in range(20):
            self.assertEqual(self.answered("insert", f"?id=after-{number}"), f"after-{number}")


@unittest.skipUnless(mongodb.find_program() or os.environ.get("OVERLOCK_REQUIRE_MONGODB"), mongodb.WHY_SKIPPED)
class InOneProcess(Outages, harness.SystemTest):
    @staticmethod
    def make_topology(flag):
        return harness.AllInOne(flags=(flag,))


@unittest.skipUnless(mongodb.find_program() or os.environ.get("OVERLOCK_REQUIRE_MONGODB"), mongodb.WHY_SKIPPED)
class InSixProcesses(Outages, harness.SystemTest):
    @staticmethod
    def make_topology(flag):
        return harness.Distributed(service_flags={"executor": (flag,)})


if __name__ == "__main__":
    unittest.main()
