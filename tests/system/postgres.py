"""A PostgreSQL server of a test's own, from Debian's package."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import process

VERSIONS = pathlib.Path("/usr/lib/postgresql")
# In a network of its own nobody else has it.
PORT = 5432
READY = "database system is ready to accept connections"
# Nothing is written to disk for good; nobody is listened to but on a socket in the server's directory.
SETTINGS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=100",
            "shared_buffers=16MB", "max_wal_senders=0", "wal_level=minimal")


def programs():
    """The directory with the programs of the newest version."""
    found = [path.parent for path in VERSIONS.glob("*/bin/initdb") if path.parts[-3].isdigit()]
    if not found:
        raise AssertionError(f"there is no PostgreSQL under {VERSIONS}; deploy/setup installs it")
    return max(found, key=lambda path: int(path.parts[-2]))


class Postgres:
    """A cluster in a directory of its own. PostgreSQL refuses root: then it runs as `postgres` or `nobody`. With a
    `network` of network.py it is there, and listens on its address, too."""

    def __init__(self, network=None):
        self._programs = programs()
        self._network = network
        self._process = None
        # Not below TMPDIR: the path of a socket has little room.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-postgres-", dir="/tmp"))
        self._user = []
        if os.geteuid() == 0:
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            user = names.get("postgres") or names["nobody"]
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self._user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                          "--pdeathsig=QUIT"]
        try:
            done = process.run(
                [*self._user, self._programs / "initdb", "--pgdata", self.directory / "data", "--no-sync",
                 "--no-instructions", "--auth=trust", "--username=overlock", "--encoding=UTF8", "--locale=C"],
                directory=self.directory)
            if done.returncode != 0:
                raise AssertionError(f"initdb ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise

    def start(self):
        """Starts the server and waits until it accepts connections; after stop() or crash() with the same databases."""
        command = self._network.command if self._network else []
        argv = [*command, *self._user, self._programs / "postgres", "-D", self.directory / "data",
                "-c", f"unix_socket_directories={self.directory}"]
        for setting in SETTINGS:
            argv += ["-c", setting]
        if self._network:
            (self.directory / "hba").write_text("local all all trust\nhost all all samenet trust\n")
            argv += ["-c", f"listen_addresses={self._network.inside}", "-c", f"hba_file={self.directory / 'hba'}",
                     "-c", f"port={PORT}"]
        self._process = process.Process("postgres", argv, directory=self.directory)
        if self._process.stderr.wait(lambda line: READY in line, process.START_SECONDS_MAX) is None:
            lines = "\n".join(self._process.stderr.all()[-20:])
            self._end(signal.SIGQUIT)
            raise process.StartFailed(f"postgres did not start:\n{lines}")
        return self

    def url(self, database="postgres"):
        return f"postgresql://overlock@/{database}?host={self.directory}"

    def network_url(self, database):
        """By the address in the network."""
        return f"postgresql://overlock@{self._network.inside}:{PORT}/{database}"

    def create_database(self, name):
        """Makes an empty database and returns its URL."""
        self.query(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def query(self, statement, database="postgres"):
        """The answer as text: columns by `|`, rows by line."""
        done = subprocess.run(
            [self._programs / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database),
             "-c", statement], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{statement}: {done.stderr}")
        return done.stdout.rstrip("\n")

    def stop(self):
        """Connections are cut with SQLSTATE 57P01."""
        self._end(signal.SIGINT)

    def crash(self):
        """Connections are cut without a word."""
        self._end(signal.SIGQUIT)

    def remove(self):
        """Stops the server and removes its directory."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end(self, number):
        if self._process is None:
            return
        ending, self._process = self._process, None
        if ending.running():
            ending.signal(number)
            ending.wait()
        ending.kill_group()
