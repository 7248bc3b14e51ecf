"""What memory the all-in-one server holds: idle, for a further application and function, and after long load."""
import pathlib
import sys
import time

import load
import servers
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import client  # noqa: E402
import memory  # noqa: E402

NAMES = ("all-in-one", "all-in-one-threads")
APPS = 20
FUNCTIONS = 40
SETTLE_SECONDS = 1.0
SOAK_TURN_SECONDS = 10
SOAK_FIRST_MINUTES = 5


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
        self.idle = _settled(server.sessions)
        self.idle_shared_once = memory.resident_bytes_of_trees(server.sessions) / 1e6
        directory = server.topology.directory
        app_ids = [f"bench{number}-abcde" for number in range(APPS + 1)]
        for app_id in app_ids:
            server.import_app(_write(directory / app_id, app_id, 1), app_id)
        server.import_app(_write(directory / "functions", works.APP_ID, FUNCTIONS + 1), works.APP_ID)
        # The first application also brings what all of them share.
        _call(server, app_ids[0], "f0")
        before = _settled(server.sessions)
        for app_id in app_ids[1:]:
            _call(server, app_id, "f0")
        after = _settled(server.sessions)
        self.app = (after - before) / APPS
        _call(server, works.APP_ID, "f0")
        before = _settled(server.sessions)
        for number in range(1, FUNCTIONS + 1):
            _call(server, works.APP_ID, f"f{number}")
        self.function = (_settled(server.sessions) - before) / FUNCTIONS


def footprints(options):
    """{server: Footprint}."""
    result = {}
    for name in (name for name in NAMES if name in options.servers):
        print(f"memory: {name}", file=sys.stderr, flush=True)
        server = servers.make(name, options.flag)
        try:
            with load.on_cores(load.SERVER_CORES):
                result[name] = Footprint(server)
        finally:
            server.stop()
    return result


def soak(options, bodies):
    """Drives hook-basic and hook-cpu in turns for `options.soak_minutes`. Returns the megabytes of all processes after
    the first five minutes and at the end."""
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
                early = now
        return early, _settled(server.sessions)
    finally:
        server.stop()
