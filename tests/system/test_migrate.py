"""--migrate_only: the schemas of the databases without serving."""
import pathlib
import subprocess
import tempfile
import unittest

import postgres
from harness import BIN

SERVICES = ("config", "auth", "validation")


def migrate(service, *flags):
    return subprocess.run([BIN / f"overlock-{service}", "--migrate_only", *flags], capture_output=True, text=True,
                          timeout=60, check=False)


class Migrate(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="overlock-test-")))

    def test_EachMakesItsSchemaInPostgresqlAndEnds(self):
        server = postgres.Postgres()
        self.addCleanup(server.remove)
        server.start()
        url_file = self.directory / "url"
        url_file.write_text(server.create_database("hooks"))
        for service in SERVICES:
            flags = [f"--{service}_database_url_file={url_file}"]
            if service == "config":
                flags.append(f"--config_data_dir={self.directory}")
            for _ in range(2):
                done = migrate(service, *flags)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("up to date", done.stderr)
                self.assertEqual(done.stdout, "", "nothing is ready to serve")
            tables = server.query("SELECT count(*) FROM information_schema.tables "
                                  f"WHERE table_schema = 'overlock_{service}'", "hooks")
            self.assertGreater(int(tables.strip()), 0, service)

    def test_AFileIsMadeWhereThereIsNoServer(self):
        for service, name in (("config", "config.db"), ("auth", "users.db")):
            done = migrate(service, f"--{service}_data_dir={self.directory}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue((self.directory / name).exists())
        self.assertEqual(migrate("validation").returncode, 0, "ids in memory need no schema")

    def test_WhatCannotBeMigratedIsAnErrorThatNamesTheService(self):
        broken = self.directory / "broken.db"
        broken.write_text("this is no database" * 100)
        for service in SERVICES:
            done = migrate(service, f"--{service}_database=sqlite:{broken}")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"{service}: ", done.stderr)
            self.assertIn("file is not a database", done.stderr)


if __name__ == "__main__":
    unittest.main()
