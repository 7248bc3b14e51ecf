"""Functions that read and write documents: in the embedded database and in MongoDB, on one process and on six."""
import json
import os
import threading
import unittest

import apps
import client
import harness
import mongodb
from process import wait_until

COLLECTION = "const c = context.services.get('mongodb-atlas').db('shop').collection('orders');\n"
HOOKS = {
    "write": COLLECTION + """exports = async () => {
  await c.deleteMany({});
  const one = await c.insertOne({_id: 1, sum: 5, day: new Date(0)});
  const many = await c.insertMany([{_id: 2, sum: 7}, {_id: 3, sum: 9}]);
  const update = await c.updateOne({_id: 2}, {$inc: {sum: 1}});
  const upsert = await c.updateOne({_id: 4}, {$set: {sum: 1}}, {upsert: true});
  return {one, many, update, upsert, deleted: await c.deleteOne({_id: 4})};
};""",
    "read": COLLECTION + """exports = async () => ({
  all: await c.find({sum: {$gte: 5}}, {day: 0}).sort({sum: -1}).limit(2).toArray(),
  one: await c.findOne({_id: 1}),
  none: await c.findOne({_id: 9}),
  count: await c.count({}),
  sums: await c.aggregate([{$group: {_id: null, total: {$sum: '$sum'}}}]).toArray(),
  before: await c.findOneAndUpdate({_id: 3}, {$set: {sum: 10}}),
  after: await c.findOneAndUpdate({_id: 3}, {$set: {sum: 9}}, {returnNewDocument: true}),
});""",
    "twice": COLLECTION + """exports = async () => {
  try { await c.insertOne({_id: 1}); } catch (error) { return {code: error.code, name: error.codeName}; }
};""",
    "insert": COLLECTION + "exports = async ({query}) => (await c.insertOne({_id: query.id})).insertedId;",
    "ids": COLLECTION + "exports = async () => (await c.find({}, {_id: 1}).toArray()).map(({_id}) => _id);",
    "wait": COLLECTION + """exports = async () => {
  try { await c.findOne({}); return {found: true}; }
  catch (error) { return {error: error.message, code: error.code}; }
};""",
    "quick": "exports = () => 'here';",
}
NUMBER = {n: {"$numberInt": str(n)} for n in range(11)}
KILLS = 20
WRITERS = 3


class DocumentCases(harness.SystemTest):
    """The cases; a class below says where the documents are."""

    app_id = "documents-abcde"

    def import_hooks(self, topology):
        directory = apps.write_app(self.temporary_directory() / "app", self.app_id, HOOKS)
        service = directory / "services" / "mongodb-atlas"
        service.mkdir(parents=True)
        (service / "config.json").write_text(json.dumps(
            {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "Cluster0"}, "version": 1}))
        topology.import_app(directory, self.app_id)

    def ask(self, topology, hook, query=""):
        answer = topology.send("POST", client.hook_path(self.app_id, "s", hook) + query)
        self.assertEqual(answer.status, 200, answer.text())
        return json.loads(answer.body)

    def check(self, topology):
        self.import_hooks(topology)
        written = self.ask(topology, "write")
        self.assertEqual(written["one"], {"insertedId": NUMBER[1]})
        self.assertEqual(written["many"], {"insertedIds": [NUMBER[2], NUMBER[3]]})
        self.assertEqual(written["update"], {"matchedCount": NUMBER[1], "modifiedCount": NUMBER[1]})
        self.assertEqual(written["upsert"]["upsertedId"], NUMBER[4])
        self.assertEqual(written["deleted"], {"deletedCount": NUMBER[1]})
        read = self.ask(topology, "read")
        self.assertEqual(read["all"], [{"_id": NUMBER[3], "sum": NUMBER[9]}, {"_id": NUMBER[2], "sum": NUMBER[8]}])
        self.assertEqual(read["one"],
                         {"_id": NUMBER[1], "sum": NUMBER[5], "day": {"$date": {"$numberLong": "0"}}})
        self.assertIsNone(read["none"])
        self.assertEqual(read["count"], NUMBER[3])
        self.assertEqual(read["sums"][0]["total"], {"$numberInt": "22"})
        self.assertEqual(read["before"], {"_id": NUMBER[3], "sum": NUMBER[9]})
        self.assertEqual(read["after"], {"_id": NUMBER[3], "sum": NUMBER[9]})
        self.assertEqual(self.ask(topology, "twice"), {"code": {"$numberInt": "11000"}, "name": "DuplicateKey"})


class Embedded(DocumentCases):
    def test_InOneProcess(self):
        self.check(self.start(harness.AllInOne()))

    def test_InSixProcesses(self):
        self.check(self.start(harness.Distributed()))

    def test_EveryAcknowledgedInsertSurvivesKill9(self):
        """The all-in-one server is killed under a writing load, again and again."""
        topology = self.start(harness.AllInOne())
        self.import_hooks(topology)
        acknowledged, lock = set(), threading.Lock()

        def write(kill, writer):
            for number in range(1_000_000):
                key = f"{kill}-{writer}-{number}"
                try:
                    answer = topology.send("POST", client.hook_path(self.app_id, "s", "insert") + f"?id={key}")
                except harness.NO_ANSWER:
                    return
                if answer.status != 200:
                    return
                with lock:
                    acknowledged.add(key)

        for kill in range(KILLS):
            before = len(acknowledged)
            writers = [threading.Thread(target=write, args=(kill, writer)) for writer in range(WRITERS)]
            for writer in writers:
                writer.start()
            # Another number each time, so that it dies at another place.
            wait_until(lambda: len(acknowledged) >= before + 10 + kill, 30, "inserts are acknowledged")
            topology.processes["overlock"].kill_group()
            for writer in writers:
                writer.join()
            topology.start()
            wait_until(lambda: topology.knows(self.app_id), 10, "the edge knows the application")
            self.assertEqual(acknowledged - set(self.ask(topology, "ids")), set(), f"lost by kill {kill}")


@unittest.skipUnless(mongodb.find_program() or os.environ.get("OVERLOCK_REQUIRE_MONGODB"), mongodb.WHY_SKIPPED)
class OfMongodb(DocumentCases):
    def setUp(self):
        self.server = mongodb.Mongodb().start()
        self.addCleanup(self.server.stop)
        uri = self.temporary_directory() / "uri"
        uri.write_text(self.server.uri)
        self.flag = f"--executor_mongodb_uri_file={uri}"

    def test_InOneProcess(self):
        self.check(self.start(harness.AllInOne(flags=(self.flag,))))

    def test_InSixProcesses(self):
        self.check(self.start(harness.Distributed(service_flags={"executor": (self.flag,)})))

    def test_AServerThatIsGoneIsAnErrorOfItsFunctionsAlone(self):
        topology = self.start(harness.AllInOne(flags=(self.flag,)))
        self.import_hooks(topology)
        self.ask(topology, "write")
        self.server.crash()
        failed = self.ask(topology, "wait")
        self.assertEqual(failed["code"], "MongoDBError")
        self.assertEqual(self.ask(topology, "quick"), "here")
        self.server.start()
        wait_until(lambda: "found" in self.ask(topology, "wait"), 20, "the server is found again")
        self.assertEqual(self.ask(topology, "read")["count"], NUMBER[3])


if __name__ == "__main__":
    unittest.main()
