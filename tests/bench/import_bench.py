#!/usr/bin/env python3
"""How long imports take: an application of 1,000 webhooks by default, on SQLite and on PostgreSQL.

Starts the all-in-one server and imports with `overlock import`: everything new, everything again (nothing to do), and with one
changed function; each with the functions compiled by the executor. With --check it exits 1 if the first took 5 seconds or more
on SQLite.
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import harness  # noqa: E402
import postgres  # noqa: E402

APP_ID = "bench-abcde"
SECONDS_MAX = 5.0


def write(directory, hooks, changed=""):
    sources = {f"hook{number:04}": f"exports = (payload) => ({{n: {number}, x: payload.query.x}});" for number in range(hooks)}
    sources["hook0000"] += changed
    return apps.write_app(directory, APP_ID, sources)


def timed(topology, directory):
    begin = time.monotonic()
    done = topology.try_import(directory)
    if done.returncode != 0:
        raise SystemExit(f"the import ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return time.monotonic() - begin


def measure(flags, hooks):
    topology = harness.AllInOne(flags)
    try:
        topology.start()
        directory = topology.directory / "app"
        new = timed(topology, write(directory, hooks))
        same = timed(topology, directory)
        changed = timed(topology, write(directory, hooks, " // changed"))
        return new, same, changed
    finally:
        topology.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is not as it must be")
    parser.add_argument("--hooks", type=int, default=1000)
    options = parser.parse_args()
    server = postgres.Postgres()
    try:
        server.start()
        server.create_database("config")
        figures = {"SQLite": measure((), options.hooks),
                   "PostgreSQL": measure((f"--config_database={server.url('config')}",), options.hooks)}
    finally:
        server.remove()
    print(f"import of {options.hooks} webhooks, seconds: everything new, nothing new, one changed")
    for store, seconds in figures.items():
        print(f"{store}: " + ", ".join(f"{each:.2f}" for each in seconds))
    return 1 if options.check and figures["SQLite"][0] >= SECONDS_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
