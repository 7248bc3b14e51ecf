"""What memory the all-in-one server holds: idle, for a further application and function, and after long load."""
import os
import pathlib
import statistics
import sys
import time

import load
import servers
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import client  # noqa: E402
import memory  # noqa: E402
import process  # noqa: E402

NAMES = ("all-in-one", "all-in-one-threads")
# Further applications and functions, and how many of them run between two looks at the memory. The median of the looks
# counts: a worker that is started in the meantime is none of their cost.
APPS, FUNCTIONS = 20, 40
BATCHES = 5
SETTLE_SECONDS = 1.0
# The worker that is kept warm is started after the server says that it is ready.
IDLE_SECONDS = 2.0
SOAK_TURN_SECONDS = 10
SOAK_FIRST_MINUTES = 5
# Spare workers end after 30 s without work, of which the supervisor looks every quarter.
SPARES_END_SECONDS = 45


def _read_programs_anew():
    """Drops the programs from the kernel's cache, as after a boot. What was written a moment ago is cached in larger pieces,
    and a process that touches one byte of these has all of it resident."""
    for directory in (process.BIN, process.BIN.parent / "v8"):
        for file in directory.glob("*"):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def _settled(sessions):
    """The least megabytes that are resident within a second: what was freed late does not count."""
    deadline = time.monotonic() + SETTLE_SECONDS
    least = load.resident_megabytes(sessions)
    while time.monotonic() < deadline:
        time.sleep(0.05)
        least = min(least, load.resident_megabytes(sessions))
    return least


def _call(server, app_id, hook):
    answer = client.send(server.port, "GET", client.hook_path(app_id, "s", hook))
    assert answer.status == 200, f"{app_id}/{hook}: {answer.status} {answer.text()[:200]}"


def _write(directory, app_id, hooks):
    return apps.write_app(directory, app_id, {
        f"f{number}": f"exports = (payload) => ({{n: {number}, x: payload.query.x}});\n" for number in range(hooks)})


class Footprint:
    """Megabytes: `idle` with nothing imported, of all processes; `idle_shared_once` the same with shared pages counted
    once; `app` and `function` for each further one that has run."""

    def __init__(self, server):
        server.topology.start()
        time.sleep(IDLE_SECONDS)
        self.idle = _settled(server.sessions)
        self.idle_shared_once = memory.resident_bytes_of_trees(server.sessions) / 1e6
        directory = server.topology.directory
        app_ids = [f"bench{number}-abcde" for number in range(APPS + 1)]
        for app_id in app_ids:
            server.import_app(_write(directory / app_id, app_id, 1), app_id)
        server.import_app(_write(directory / "functions", works.APP_ID, FUNCTIONS + 1), works.APP_ID)
        self.app = _cost_of_each(server, [(app_id, "f0") for app_id in app_ids])
        self.function = _cost_of_each(server, [(works.APP_ID, f"f{number}") for number in range(FUNCTIONS + 1)])


def _cost_of_each(server, hooks):
    """Megabytes by which memory grows for each hook (application, name) that is called, after the first: that one also
    brings what all of them share."""
    _call(server, *hooks[0])
    size = (len(hooks) - 1) // BATCHES
    held, growths = _settled(server.sessions), []
    for begin in range(1, len(hooks), size):
        for hook in hooks[begin:begin + size]:
            _call(server, *hook)
        before, held = held, _settled(server.sessions)
        growths.append((held - before) / size)
    return statistics.median(growths)


def footprints(options, attempt):
    """{server: Footprint}."""
    result = {}
    _read_programs_anew()
    for name in (name for name in NAMES if name in options.servers):
        server = servers.make(name, options.flag)
        with attempt(f"memory: {name}"):
            try:
                with load.on_cores(load.SERVER_CORES):
                    result[name] = Footprint(server)
            finally:
                server.stop()
    return result


def _without_spares(sessions):
    time.sleep(SPARES_END_SECONDS)
    return _settled(sessions)


def soak(options, bodies):
    """Drives hook-basic and hook-cpu in turns for `options.soak_minutes`. Returns these, and the megabytes of all processes
    after the first five minutes (or half of the time, if that is less) and at the end, both without the spare workers, of
    which there are more or fewer."""
    server = servers.make("all-in-one", options.flag)
    try:
        with load.on_cores(load.SERVER_CORES):
            server.start()
        began, early = time.monotonic(), None
        while time.monotonic() - began < options.soak_minutes * 60:
            for name in ("hook-basic", "hook-cpu"):
                load.drive(server, works.work(name), load.WARM_CONNECTIONS, SOAK_TURN_SECONDS, bodies)
            minutes = (time.monotonic() - began) / 60
            now = _settled(server.sessions)
            print(f"{minutes:.1f} minutes of load: {now:.0f} MB", file=sys.stderr, flush=True)
            if early is None and minutes >= min(SOAK_FIRST_MINUTES, options.soak_minutes / 2):
                early = _without_spares(server.sessions)
        return options.soak_minutes, early, _without_spares(server.sessions)
    finally:
        server.stop()
