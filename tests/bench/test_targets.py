"""What is said to be reached is."""
import dataclasses
import unittest

import load
import targets
from targets import Measured


def cell(cpu_us=10.0, rate=1000.0, p99_us=100.0, errors=0):
    return load.Cell([{"cpu_us": cpu_us, "rate": rate, "p99_us": p99_us, "errors": errors}])


def basic(name, **figures):
    return {("hook-basic", name, connections): cell(**figures) for connections in (16, 64)}


@dataclasses.dataclass
class Held:
    idle: float
    idle_shared_once: float
    app: float
    function: float


class Targets(unittest.TestCase):
    def row(self, measured, what, target):
        found = [row for row in targets.rows(measured) if what in row.what and target in row.target]
        self.assertEqual(len(found), 1, f"rows with {what!r} and {target!r}: {found}")
        return found[0]

    def reached(self, measured, what, target=""):
        return self.row(measured, what, target).reached

    def test_NothingIsReachedThatWasNotMeasured(self):
        for row in targets.rows(Measured()):
            self.assertIsNone(row.reached, row)
            self.assertIn("not measured", row.measured)

    def test_ProcessorTimeIsWithinATimesThePeersOrNot(self):
        what, target = "hook-basic, jailed: CPU", "1.7x bun's"
        for ours, reached in ((16.9, True), (17.1, False)):
            measured = Measured(cells={**basic("all-in-one", cpu_us=ours), **basic("bun", cpu_us=10.0)})
            self.assertIs(self.reached(measured, what, target), reached, ours)

    def test_ProcessorTimeMustBeReachedAtEveryNumberOfConnections(self):
        cells = {**basic("all-in-one-threads", cpu_us=9.0), **basic("bun", cpu_us=10.0)}
        self.assertIs(self.reached(Measured(cells=cells), "hook-basic, threads: CPU", "at most bun's"), True)
        cells["hook-basic", "all-in-one-threads", 64] = cell(cpu_us=11.0)
        self.assertIs(self.reached(Measured(cells=cells), "hook-basic, threads: CPU", "at most bun's"), False)

    def test_AtMostAShareOfThePeersIsLess(self):
        for ours, reached in ((24.0, True), (26.0, False)):
            measured = Measured(cells={**basic("all-in-one-threads", cpu_us=ours), **basic("isolated-vm", cpu_us=100.0)})
            self.assertIs(self.reached(measured, "hook-basic, threads: CPU", "isolated-vm's"), reached, ours)

    def test_RequestsASecondAreAtLeastThePeers(self):
        for ours, reached in ((1001.0, True), (999.0, False)):
            measured = Measured(cells={**basic("all-in-one-threads", rate=ours), **basic("bun", rate=1000.0)})
            self.assertIs(self.reached(measured, "requests/s", "at least bun's"), reached, ours)

    def test_CellsWithErrorsCountForNothing(self):
        cells = {**basic("all-in-one-threads", errors=1), **basic("bun")}
        self.assertIsNone(self.reached(Measured(cells=cells), "requests/s", "at least bun's"))

    def test_TheLowestP99IsAmongAllPeersThatRunFunctions(self):
        cells = {**basic("all-in-one", p99_us=90.0), **basic("bun", p99_us=100.0), **basic("nginx", p99_us=10.0)}
        self.assertIs(self.reached(Measured(cells=cells, peers=("bun", "deno")), "p99 at 16"), True)
        cells.update(basic("deno", p99_us=80.0))
        row = self.row(Measured(cells=cells, peers=("bun", "deno")), "p99 at 16", "")
        self.assertIs(row.reached, False)
        self.assertIn("deno", row.measured)

    def test_SixProcessesAreComparedWithTwoCallsAndTheWhole(self):
        grpc = {"plain": 40.0, "mtls": 60.0}
        for ours, reached in ((126.0, True), (127.0, False)):
            cells = {**basic("distributed", cpu_us=ours), **basic("all-in-one", cpu_us=30.0)}
            measured = Measured(cells=cells, bare_grpc=grpc)
            self.assertIs(self.reached(measured, "six processes, plain text", "two bare gRPC calls"), reached, ours)

    def test_StartsAndNewFunctionsAreWithinTheirTimes(self):
        measured = Measured(starts={"all-in-one": 21.0, "all-in-one-threads": 19.0, "bun": 20.0},
                            new_functions={"all-in-one": (3.1, 1.0), "all-in-one-threads": (2.9, 5.0)})
        self.assertIs(self.reached(measured, "first answer, 100 webhooks, jailed"), False)
        self.assertIs(self.reached(measured, "first answer, 100 webhooks, threads"), True)
        self.assertIs(self.reached(measured, "never run before, jailed"), False)
        self.assertIs(self.reached(measured, "never run before, threads"), True)

    def test_MemoryIsWithinItsBounds(self):
        measured = Measured(footprints={"all-in-one": Held(61.0, 30.0, 1.9, 0.31)}, soak=(60, 100.0, 102.0))
        self.assertIs(self.reached(measured, "jailed: idle"), False)
        self.assertIs(self.reached(measured, "jailed: a further app"), True)
        self.assertIs(self.reached(measured, "jailed: a further function"), False)
        self.assertIs(self.reached(measured, "after an hour"), True)
        self.assertIs(self.reached(Measured(soak=(60, 100.0, 103.0)), "after an hour"), False)

    def test_AShortTimeUnderLoadShowsNothing(self):
        self.assertIsNone(self.reached(Measured(soak=(59, 100.0, 100.0)), "after an hour"))

    def test_ManyWebhooksAndExecutorsAreNearTheIdeal(self):
        self.assertIs(self.reached(Measured(many_webhooks=(100.0, 102.9)), "10,000 webhooks"), True)
        self.assertIs(self.reached(Measured(many_webhooks=(100.0, 103.1)), "10,000 webhooks"), False)
        self.assertIs(self.reached(Measured(executors={1: 100.0, 2: 181.0, 4: 370.0}), "executors 1, 2, 4"), True)
        for four in (350.0, 450.0):
            measured = Measured(executors={1: 100.0, 2: 190.0, 4: four})
            self.assertIs(self.reached(measured, "executors 1, 2, 4"), False, four)


if __name__ == "__main__":
    unittest.main()
