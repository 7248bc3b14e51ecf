#!/usr/bin/env python3
"""How long other applications' hooks wait while hostile functions run.

Starts `overlock serve`, sends an endless loop, Array.from({length: 1e9}), a heap bomb and a throw at once, and hooks of
another application meanwhile; prints the latencies. With --check it exits 1 if one waited longer than allowed.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import harness  # noqa: E402
import hostile  # noqa: E402

LATENCY_SECONDS_MAX = 0.200


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 if a hook waited longer, or was answered wrong")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit-ms", type=float, default=LATENCY_SECONDS_MAX * 1e3)
    parser.add_argument("--topology", choices=("all-in-one", "distributed"), default="all-in-one")
    options = parser.parse_args()

    topology = {"all-in-one": harness.AllInOne, "distributed": harness.Distributed}[options.topology]()
    latencies, wrong = [], []
    try:
        topology.start()
        for app in ("limits", "neighbour"):
            directory = apps.sample_directory(app)
            topology.import_app(directory, apps.app_id_of(directory))
        for number in range(options.rounds):
            observed = hostile.observe(topology.edge_port)
            print(f"round {number + 1}: {observed}", flush=True)
            latencies += observed.latencies()
            wrong += observed.wrong(cordoned=number > 0)
    finally:
        topology.stop()

    latencies.sort()
    longest = latencies[-1] * 1e3
    print(f"all: {len(latencies)} hooks, p99 {hostile.percentile(latencies, 99) * 1e3:.1f} ms, max {longest:.1f} ms; "
          f"allowed {options.limit_ms:.0f} ms")
    for problem in wrong:
        print(f"wrong: {problem}")
    return 1 if options.check and (wrong or longest > options.limit_ms) else 0


if __name__ == "__main__":
    sys.exit(main())
