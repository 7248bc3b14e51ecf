"""A server process: started in a process group of its own, its output collected, surely ended."""
import atexit
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

BIN = pathlib.Path(os.environ.get("OVERLOCK_BIN", pathlib.Path(__file__).resolve().parents[2] / "build/release/bin"))
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 45.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_running = set()


class StartFailed(Exception):
    """The process ended, or did not say that it is ready in time."""


def _die_with_parent():
    # A test runner that is killed leaves no server behind.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    """A port that nobody has now, for who must know it before its server starts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def clean_environment(extra=None):
    """This process's environment without Overlock's variables, so that only what a test sets counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OVERLOCK_")}
    return {**kept, **(extra or {})}


class Lines:
    """What a process writes to one of its outputs, by line; readable while more comes."""

    def __init__(self, stream):
        self._stream = stream
        self._changed = threading.Condition()
        self._lines = []
        self._ended = False
        threading.Thread(target=self._pump, daemon=True).start()

    def _pump(self):
        with self._stream:
            for line in self._stream:
                with self._changed:
                    self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def all(self):
        with self._changed:
            return list(self._lines)

    def wait(self, predicate, seconds):
        """Waits for a line that satisfies `predicate`; None after `seconds`, or when no more can come."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if predicate(line):
                        return line
                seen = len(self._lines)
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    return None
                self._changed.wait(left)

    def wait_for_end(self, seconds):
        with self._changed:
            return self._changed.wait_for(lambda: self._ended, seconds)


class Process:
    def __init__(self, name, argv, environment=None, directory=None):
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self._popen = subprocess.Popen(
            self.argv, env=clean_environment(environment), cwd=directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=_die_with_parent)
        _running.add(self)
        self.stdout = Lines(self._popen.stdout)
        self.stderr = Lines(self._popen.stderr)
        self._addresses = {}

    @property
    def pid(self):
        return self._popen.pid

    def wait_until_ready(self, seconds=START_SECONDS_MAX):
        """A ready process prints its addresses, the one of its metrics last."""
        if self.stdout.wait(lambda line: line.startswith("metrics "), seconds) is None:
            code = self._popen.poll()
            self.kill_group()
            self.stderr.wait_for_end(5)
            how = f"ended with {code}" if code is not None else f"was not ready within {seconds} s"
            raise StartFailed(f"{self.name} {how}: {' '.join(self.argv)}\n" + "\n".join(self.stderr.all()[-20:]))
        for line in self.stdout.all():
            kind, _, address = line.partition(" ")
            self._addresses[kind] = address
        return self

    def port(self, kind):
        """`kind`: ready (HTTP of the edge), grpc or metrics."""
        return int(self._addresses[kind].rsplit(":", 1)[1])

    def logs(self):
        """The log lines so far, as dicts."""
        parsed = []
        for line in self.stderr.all():
            try:
                parsed.append(json.loads(line))
            except ValueError:
                continue
        return parsed

    def wait_for_log(self, seconds=10.0, **fields):
        """Waits for a log line in which every one of `fields` stands; returns it as a dict, or None."""

        def matches(line):
            try:
                parsed = json.loads(line)
            except ValueError:
                return False
            return isinstance(parsed, dict) and all(parsed.get(key) == value for key, value in fields.items())

        line = self.stderr.wait(matches, seconds)
        return json.loads(line) if line else None

    def running(self):
        return self._popen.poll() is None

    def signal(self, number):
        self._popen.send_signal(number)

    def wait(self, seconds=STOP_SECONDS_MAX):
        """The exit code; None if it still runs after `seconds`."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        """SIGKILL to the process alone: its children must notice by themselves."""
        self._popen.kill()
        self._popen.wait()

    def kill_group(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()
        _running.discard(self)

    def children(self):
        """The pids of the processes that it started and that still run, directly or not."""
        parents = {pid: parent for pid, _, parent in _processes()}
        found, generation = [], {self.pid}
        while generation:
            generation = {pid for pid, parent in parents.items() if parent in generation}
            found += generation
        return found


def _processes():
    """Pid, state, parent's pid of every process."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(entry), fields[0], int(fields[1])


def running(pids):
    """Those of `pids` that still run; zombies do not."""
    return [pid for pid, state, _ in _processes() if pid in pids and state != "Z"]


def run(argv, environment=None, directory=None, seconds=60.0):
    """Runs a command to its end; returns subprocess.CompletedProcess with text outputs."""
    return subprocess.run([str(argument) for argument in argv], env=clean_environment(environment), cwd=directory,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)


def wait_until(condition, seconds, what):
    """Asks `condition` every 10 ms until it holds and returns its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)
    return value


@atexit.register
def _end_all():
    for process in list(_running):
        process.kill_group()
