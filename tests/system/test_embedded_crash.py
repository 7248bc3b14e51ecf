"""The embedded database is killed under a writing load, again and again: every acknowledged insert is there."""
import pathlib
import signal
import subprocess
import tempfile
import unittest

import process

KILLS = 20
# Acknowledged before the process is killed; another number each time, so that it dies at another place.
ACKNOWLEDGED_LEAST = 40


class EmbeddedCrashTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="overlock-embedded-")
        self.addCleanup(directory.cleanup)
        self.file = pathlib.Path(directory.name) / "data.db"

    def start(self, *more):
        writer = subprocess.Popen([process.BIN / "embedded_writer", self.file, *more], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, writer)
        return writer

    @staticmethod
    def end(writer):
        writer.kill()
        writer.wait()
        writer.stdout.close()

    def there(self, writer):
        """What it says is in the file, up to the line `writing`."""
        found = set()
        for line in writer.stdout:
            word, *which = line.split()
            if word == "writing":
                return found
            self.assertEqual(word, "there")
            found.add(tuple(which))
        self.fail("the writer has ended")

    def test_every_acknowledged_insert_survives_kill_9(self):
        acknowledged = set()
        for kill in range(KILLS):
            writer = self.start()
            self.assertEqual(acknowledged - self.there(writer), set(), f"lost before kill {kill}")
            lines = []
            while len(lines) < ACKNOWLEDGED_LEAST + 3 * kill:
                line = writer.stdout.readline()
                self.assertTrue(line, "the writer has ended")
                lines.append(line)
            writer.send_signal(signal.SIGKILL)
            # What was in the pipe when it died was acknowledged, too; a line that was cut short does not count.
            lines += [line for line in writer.stdout if line.endswith("\n")]
            writer.wait()
            for line in lines:
                word, *which = line.split()
                self.assertEqual(word, "done")
                acknowledged.add(tuple(which))
        last = self.start("--list")
        self.assertEqual(acknowledged - self.there(last), set(), "lost after the last kill")
        self.assertEqual(last.wait(), 0)
        self.assertGreaterEqual(len(acknowledged), KILLS * ACKNOWLEDGED_LEAST)


if __name__ == "__main__":
    unittest.main()
