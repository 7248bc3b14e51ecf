#!/usr/bin/env python3
"""How long a hook takes that comes rarely, as most hooks do: to a server where nothing happened for a second or two.

Starts Overlock, sends hook-basic --requests times one after the other, then as many with pauses of 1 to 2.5 s (at random) between them, and prints percentiles of both. With --check it exits 1 if a rare one took more than --milliseconds longer than
the busy ones' median: what sleeps may take time to wake, but must not wait for a timer.
"""
import argparse
import pathlib
import random
import sys
import time

import servers
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import client  # noqa: E402
from hostile import percentile  # noqa: E402

WARM_UP = 200
PAUSE_SECONDS = (1.0, 2.5)


def seconds_of(server, work, pauses):
    """The sorted seconds that requests took, each sent after one of `pauses`."""
    taken = []
    for pause in pauses:
        time.sleep(pause)
        answer = client.send(server.port, work.method, server.target(work), work.headers(), work.body)
        assert answer.status == 200 and work.expected(answer.body), f"{answer.status} {answer.text()[:300]}"
        taken.append(answer.seconds)
    return sorted(taken)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is not as it must be")
    parser.add_argument("--server", default="distributed", help="a name of tests/bench/run --servers")
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--milliseconds", type=float, default=20)
    options = parser.parse_args()
    work = works.work("hook-basic")
    server = servers.make(options.server).start()
    try:
        seconds_of(server, work, [0] * WARM_UP)
        busy = seconds_of(server, work, [0] * options.requests)
        rare = seconds_of(server, work, [random.uniform(*PAUSE_SECONDS) for _ in range(options.requests)])
    finally:
        server.stop()
    for name, taken in (("one after the other", busy), ("after a pause", rare)):
        print(f"{name}: " + ", ".join(f"{label} {1000 * percentile(taken, share):.1f} ms"
                                      for label, share in (("p50", 50), ("p90", 90), ("longest", 100))))
    late = sum(each > percentile(busy, 50) + options.milliseconds / 1000 for each in rare)
    print(f"more than {options.milliseconds:g} ms above the busy ones' median: {late} of {len(rare)}")
    return 1 if options.check and late else 0


if __name__ == "__main__":
    sys.exit(main())
