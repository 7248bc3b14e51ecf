"""Load from wrk on one core against a server on another: rate, latencies, processor time a request."""
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

import servers
import works

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
ALL_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = {ALL_CORES[0]}
CLIENT_CORES = {ALL_CORES[1]} if len(ALL_CORES) > 1 else SERVER_CORES
WARM_CONNECTIONS = 16


@contextlib.contextmanager
def on_cores(cores):
    """What is started within it stays on these cores, with all that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def processes(sessions):
    """The fields of /proc/<pid>/stat, after the name, of all processes of these sessions: (pid, fields)."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) in sessions:
            yield int(entry), fields


def cpu_seconds(sessions):
    """User and system time of all processes of these sessions, and of their children that have ended."""
    return sum(int(field) for _, fields in processes(sessions) for field in fields[11:15]) / TICKS


def resident_megabytes(sessions):
    """The sum of what is resident of each process; pages that several share count for each of them."""
    return sum(int(fields[21]) for _, fields in processes(sessions)) * PAGE_BYTES / 1e6


def busy_seconds():
    """What the whole machine worked, and what its host took from it."""
    user, nice, system, _idle, _wait, hard, soft, stolen = map(int, pathlib.Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + hard + soft + stolen) / TICKS


class Bodies:
    """The works' bodies as files, for wrk. A context manager."""

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="overlock-bench-")
        self._files = {}
        for work in works.all_works():
            if work.body is not None:
                self._files[work.name] = pathlib.Path(self._directory.name, work.name)
                self._files[work.name].write_bytes(work.body)
        return self

    def __exit__(self, *_):
        self._directory.cleanup()

    def file(self, work):
        return self._files.get(work.name)


def drive(server, work, connections, seconds, bodies):
    """One run of wrk. Returns requests, errors, rate (a second), p50_us, p99_us, max_us, cpu_us (of all the server's
    processes, a request) and others (what the rest of the machine took, of one core)."""
    environment = {**os.environ, "BODY": str(bodies.file(work) or ""), "SIGNATURE": work.signature}
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
            str(HERE / "load.lua"), f"http://127.0.0.1:{server.port}{server.target(work)}"]
    before, busy_before, wrk_before = cpu_seconds(server.sessions), busy_seconds(), os.times()
    with on_cores(CLIENT_CORES):
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=seconds + 60)
    used, busy, wrk_after = cpu_seconds(server.sessions) - before, busy_seconds() - busy_before, os.times()
    by_wrk = sum(wrk_after[2:4]) - sum(wrk_before[2:4])
    found = re.search(r"^RESULT (.*)$", done.stdout, re.M)
    if not found:
        raise RuntimeError(f"wrk said: {done.stdout}{done.stderr}")
    result = json.loads(found.group(1))
    result["rate"] = result["requests"] / (result["us"] / 1e6)
    result["cpu_us"] = used * 1e6 / max(1, result["requests"])
    result["others"] = max(0.0, busy - used - by_wrk) / seconds
    return result


class Cell:
    """What was measured of one work, server and number of connections: the medians of its runs."""

    def __init__(self, runs):
        self.runs = runs
        self.errors = sum(run["errors"] for run in runs)

    def __getattr__(self, name):
        if name.startswith("_") or name not in self.runs[0]:
            raise AttributeError(name)
        return statistics.median(run[name] for run in self.runs)


def measure(options, bodies, attempt):
    """Every server in turn, `options.rounds` times, each time started afresh, every second time in reverse order.
    Returns {(work, server, connections): Cell}. `attempt(what)` is a context manager for what one server does."""
    runs = {}
    for number in range(options.rounds):
        names = options.servers if number % 2 == 0 else reversed(options.servers)
        for name in names:
            with attempt(f"{name}, round {number + 1} of {options.rounds}"):
                _measure_server(servers.make(name, options.flag), options, bodies, runs)
    return {key: Cell(results) for key, results in runs.items()}


def _measure_server(server, options, bodies, runs):
    try:
        with on_cores(SERVER_CORES):
            server.start()
        server.check()
        for work in works.all_works():
            if work.name in options.works and work.name in server.works:
                _measure_work(server, work, options, bodies, runs)
    finally:
        server.stop()


def _measure_work(server, work, options, bodies, runs):
    drive(server, work, WARM_CONNECTIONS, options.warm_seconds, bodies)
    for connections in options.connections[work.name]:
        result = drive(server, work, connections, options.seconds, bodies)
        runs.setdefault((work.name, server.name, connections), []).append(result)
