#!/usr/bin/env python3
"""How many instructions a request takes, beside the committed figures (instructions.json).

Runs the all-in-one server with workers as threads under valgrind's callgrind and sends each work's requests one after the
other. Times are noisy, counts are not: the same program has the same figures to about 1 %. Prints them apart for the
server's loop, the worker's thread without V8, and V8 in the worker's thread; exits 1 if a part is 5 % above
its committed figure, and says by which functions it grew. Says so, too, if one is 5 % below: --update writes new figures.
"""
import argparse
import collections
import json
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import typing

import callgrind
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import client  # noqa: E402
import harness  # noqa: E402

FIGURES = pathlib.Path(__file__).resolve().with_suffix(".json")
FLAGS = ("--executor_containment=thread", "--executor_workers=1", "--executor_workers_max=2", "--threads=1")
PERCENT_MAX = 5.0
# Under valgrind on a busy machine.
START_SECONDS_MAX = 180.0
ANSWER_SECONDS_MAX = 60.0
# How often they run depends on the clock, not on the requests: the supervisor's timer, V8's garbage collection.
NOT_COUNTED = ("overlock::executor::Supervisor::Look()", "v8::internal::Heap::CollectGarbage(v8*")
LOOP_OBJECT, WORKER_OBJECT = "overlock", "overlock-worker-thread.so"
PARTS = ("loop", "worker", "v8")
# Functions with less of a part than that are not committed.
FUNCTION_SHARE_MIN = 0.005
FUNCTIONS_SHOWN = 12


class Plan(typing.NamedTuple):
    """Requests before anything is counted, until V8 has optimised the function; then slices of so many requests."""

    warm: int
    slices: int
    requests: int


PLANS = {"hook-basic": Plan(5000, 12, 100), "hook-echo": Plan(5000, 16, 100), "hook-cpu": Plan(400, 10, 8)}


class Sender:
    """Sends a work's request again and again on one connection; an answer other than the first, right one is an error."""

    def __init__(self, port, work):
        self._work, self._right = work, None
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS_MAX)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [f"{work.method} {client.hook_path(works.APP_ID, 's', work.name)}{work.query} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in work.headers()]
        if work.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(work.body)}"]
        # One piece, so that the server reads it at once.
        self._request = "\r\n".join([*lines, "", ""]).encode() + (work.body or b"")

    def send(self, times):
        for _ in range(times):
            self._socket.sendall(self._request)
            status, body = self._answer()
            if status != 200 or (body != self._right if self._right is not None else not self._work.expected(body)):
                raise RuntimeError(f"{self._work.name}: a wrong answer: {status} {body[:300]!r}")
            self._right = body

    def _answer(self):
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self._receive()
        return int(lines[0].split()[1]), body

    def _receive(self):
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise RuntimeError(f"{self._work.name}: the server closed the connection")
        return piece

    def close(self):
        self._socket.close()


def of_v8(where):
    return where == callgrind.JIT or where.startswith("libnode.so")


def parts_of(threads):
    """The counts of the threads that matter, by function: {"loop": ..., "worker": ..., "v8": ...}."""
    workers = sorted(threads, key=lambda thread: thread.of_object(WORKER_OBJECT))
    worker = workers.pop()
    others = max((thread.of_object(WORKER_OBJECT) for thread in workers), default=0)
    # A spare one, which is started while a function takes long, only waits.
    if others > worker.of_object(WORKER_OBJECT) / 10:
        raise RuntimeError("more than one worker ran functions")
    loop = max(workers, key=lambda thread: thread.of_object(LOOP_OBJECT))
    of_worker = worker.functions.items()
    return {"loop": loop.functions,
            "worker": collections.Counter({key: count for key, count in of_worker if not of_v8(key[0])}),
            "v8": collections.Counter({key: count for key, count in of_worker if of_v8(key[0])})}


def summary(slices, requests):
    """Instructions a request of each part by function, of several slices. Of the loop the least counts: what timers do
    in between can only add. Of the worker it is the mean: what V8 does now and then is what functions cause."""
    made = {"loop": min((parts["loop"] for parts in slices), key=collections.Counter.total)}
    divisors = {"loop": requests}
    for part in ("worker", "v8"):
        made[part] = sum((parts[part] for parts in slices), collections.Counter())
        divisors[part] = requests * len(slices)
    return {part: collections.Counter({" ".join(key).strip(): count / divisors[part] for key, count in made[part].items()})
            for part in PARTS}


def measure(work, plan):
    topology = harness.AllInOne(FLAGS)
    output = topology.directory / "callgrind"
    try:
        topology.start(works.write_app(topology.directory / "app"), callgrind.command(output, NOT_COUNTED), START_SECONDS_MAX)
        counter = callgrind.Counter(topology.processes["overlock"].pid, output)
        sender = Sender(topology.edge_port, work)
        sender.send(plan.warm)
        counter.start()
        # The first slice began in the middle of things.
        sender.send(plan.requests)
        counter.take()
        slices = []
        for _ in range(plan.slices):
            sender.send(plan.requests)
            slices.append(parts_of(counter.take()))
        sender.close()
        return summary(slices, plan.requests)
    finally:
        topology.stop()


def figures_of(measured):
    """What is committed of a work: each part's instructions a request, and the functions that have most of them."""
    figures = {}
    for part, functions in measured.items():
        total = functions.total()
        kept = {name: round(count) for name, count in functions.most_common() if count >= FUNCTION_SHARE_MIN * total}
        figures[part] = {"instructions": round(total), "functions": kept}
    return figures


def change_percent(before, now):
    return 100 * (now - before) / before


def growth(committed, functions):
    """By how much functions grew, the most first: (instructions, before, name). `before` is None for one that was not
    among the committed ones; it grew at least by what it has more than the least of those."""
    known = committed["functions"]
    least = min(known.values(), default=0)
    grown = [(count - known.get(name, least), known.get(name), name) for name, count in functions.items()]
    return sorted((each for each in grown if each[0] >= 0.5), key=lambda each: -each[0])


def compare(committed, measured):
    """A line for each part of one work and for the sum, and whether none grew too much."""
    lines, good = [], True
    before_sum = sum(committed[part]["instructions"] for part in PARTS)
    rows = [(part, committed[part]["instructions"], measured[part].total()) for part in PARTS]
    for part, before, now in [*rows, ("sum", before_sum, sum(row[2] for row in rows))]:
        percent = change_percent(before, now)
        line = f"  {part:<6} {now:>11,.0f}  committed {before:>11,}  {percent:+.1f} %"
        if percent > PERCENT_MAX:
            good, line = False, f"{line}: more than {PERCENT_MAX:.0f} % above"
        elif percent < -PERCENT_MAX:
            line += ": lower the committed figure with --update"
        lines.append(line)
        if percent > PERCENT_MAX and part != "sum":
            for more, had, name in growth(committed[part], measured[part])[:FUNCTIONS_SHOWN]:
                lines.append(f"         {more:+10,.0f}  {'few before' if had is None else f'{had:,} before'}: {name}")
    return lines, good


def machine():
    """What the counts depend on beside the programs: valgrind makes the machine's processor look like one of a few kinds,
    by whether it has AVX2 or less, and libraries choose their code by that."""
    version = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    flags = pathlib.Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0].split()
    return {"processor": f"{platform.machine()}{' with AVX2' if 'avx2' in flags else ''}", "valgrind": version}


def read_figures():
    return json.loads(FIGURES.read_text()) if FIGURES.exists() else {"works": {}}


def update(names, results):
    figures = read_figures()
    figures["machine"] = machine()
    figures["works"].update({name: figures_of(results[name]) for name in names})
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"wrote {FIGURES.name}")


def spread(name, runs):
    for part in PARTS:
        totals = [run[part].total() for run in runs]
        print(f"  {name} {part}: {min(totals):,.0f} to {max(totals):,.0f}, "
              f"{100 * (max(totals) - min(totals)) / statistics.median(totals):.2f} % apart in {len(runs)} runs")


def check(names, results):
    figures = read_figures()
    good = True
    for name in names:
        print(f"{name}: instructions a request")
        if name not in figures["works"]:
            print("  there is no committed figure: write one with --update")
            good = False
            continue
        lines, reached = compare(figures["works"][name], results[name])
        print("\n".join(lines), flush=True)
        good = good and reached
    if figures.get("machine", {}).get("valgrind") != machine()["valgrind"]:
        print(f"note: the committed figures are of {figures['machine']['valgrind']}, this is {machine()['valgrind']}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {', '.join(PLANS)}; all without any")
    parser.add_argument("--update", action="store_true", help="write what is measured as the new committed figures")
    parser.add_argument("--runs", type=int, default=1, help="measure so often, and print how far apart the runs are")
    options = parser.parse_args()
    names = options.works or list(PLANS)
    unknown = [name for name in names if name not in PLANS]
    if unknown:
        parser.error(f"there is no work {unknown[0]}; there are {', '.join(PLANS)}")
    for program in ("valgrind", "callgrind_control"):
        if shutil.which(program) is None:
            parser.error(f"{program} is not installed: apt-get install valgrind")
    committed = read_figures().get("machine")
    if committed and not options.update and committed["processor"] != machine()["processor"]:
        print(f"SKIPPED: the committed figures are of {committed['processor']}, this is {machine()['processor']}")
        return 0
    results = {}
    for name in names:
        runs = [measure(works.work(name), PLANS[name]) for _ in range(options.runs)]
        if options.runs > 1:
            spread(name, runs)
        results[name] = runs[-1]
    if options.update:
        update(names, results)
        return 0
    return 0 if check(names, results) else 1


if __name__ == "__main__":
    sys.exit(main())
