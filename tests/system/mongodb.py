"""A MongoDB of a test's own: mongod where it is installed, else the FerretDB that tests/mongodb/build has built."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import apps
import process

FERRETDB = apps.REPOSITORY / ".cache" / "ferretdb" / "ferretdb"
START_SECONDS_MAX = 20
WHY_SKIPPED = "SKIPPED: there is neither mongod nor FerretDB; tests/mongodb/build says why"


def find_program():
    """None where there is neither."""
    mongod = shutil.which("mongod")
    if mongod:
        return mongod
    return str(FERRETDB) if os.access(FERRETDB, os.X_OK) else None


class Mongodb:
    """A server with a directory of its own, which listens on a socket there."""

    def __init__(self):
        # Not below TMPDIR: the path of a socket has little room.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-mongodb-", dir="/tmp"))
        self._socket = self.directory / "mongodb.sock"
        self._process = None

    @property
    def uri(self):
        return f"mongodb://{str(self._socket).replace('/', '%2F')}/?serverSelectionTimeoutMS=500"

    def start(self):
        program = find_program()
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        if program.endswith("mongod"):
            arguments = ["--dbpath", data, "--bind_ip", self._socket, "--wiredTigerCacheSizeGB", "0.25"]
        else:
            arguments = ["-directory", self.directory]
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen([program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log)
        process.wait_until(self._accepts, START_SECONDS_MAX, "MongoDB accepts connections")
        return self

    def _accepts(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0

    def connect(self):
        """A socket that is connected to it; raises OSError where it does not run."""
        connected = socket.socket(socket.AF_UNIX)
        try:
            connected.connect(str(self._socket))
        except OSError:
            connected.close()
            raise
        return connected

    def crash(self):
        """Ends it without a word to anyone; start() brings it back with its data."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self):
        self.crash()
        shutil.rmtree(self.directory, ignore_errors=True)
