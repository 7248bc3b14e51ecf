"""The PostgreSQL server that system tests use."""
import os
import unittest

import postgres


class PostgresServer(unittest.TestCase):
    def setUp(self):
        self.server = postgres.Postgres()
        self.addCleanup(self.server.remove)
        self.server.start()

    def test_KeepsItsDatabasesWhenItIsStartedAgain(self):
        self.server.create_database("kept")
        self.server.query("CREATE TABLE things (name TEXT)", "kept")
        for end in (self.server.stop, self.server.crash):
            self.server.query("INSERT INTO things VALUES ('a')", "kept")
            end()
            with self.assertRaises(AssertionError):
                self.server.query("SELECT 1")
            self.server.start()
        self.assertEqual(self.server.query("SELECT count(*) FROM things", "kept"), "2")

    def test_LeavesNothingBehind(self):
        self.server.remove()
        self.assertFalse(os.path.exists(self.server.directory))


if __name__ == "__main__":
    unittest.main()
