"""Measures Overlock beside the peers and prints what was reached; started by tests/bench/run."""
import argparse
import contextlib
import http.client
import pathlib
import subprocess
import sys
import tempfile

import footprint
import load
import references
import scaling
import servers
import starts
import targets
import works
from process import StartFailed

# Those to which every server's processor time is compared.
COMPARED = ("bun", "isolated-vm", "workerd", "nginx")
PARTS = ("load", "references", "starts", "functions", "memory", "webhooks", "executors")
NOT_BY_DEFAULT = ("node-http", "distributed-unary")
SERVERS = tuple(name for name in servers.NAMES if name not in NOT_BY_DEFAULT)
WITH_BARE_V8 = ("hook-basic", "hook-cpu")
ALL_CONNECTIONS = (1, 16, 64)
NOISY_SHARE = 0.10


class Attempts:
    """What went wrong, so that one server's failure does not end the others' run."""

    def __init__(self):
        self.failures = []

    @contextlib.contextmanager
    def __call__(self, what):
        """Within it a server's failure is noted, and the next statement after it runs."""
        print(what, file=sys.stderr, flush=True)
        try:
            yield
        except (AssertionError, OSError, RuntimeError, StartFailed, subprocess.SubprocessError,
                http.client.HTTPException) as failure:
            self.failures.append(f"{what}: {failure or type(failure).__name__}")
            print(f"FAILED: {self.failures[-1]}", file=sys.stderr, flush=True)


def measure(options, attempt):
    measured = targets.Measured()
    measured.peers = tuple(name for name in servers.NAMES if name != "nginx" and not name.startswith(servers.OVERLOCK))
    with tempfile.TemporaryDirectory(prefix="overlock-bench-") as name, load.Bodies() as bodies:
        directory = pathlib.Path(name)
        if "load" in options.parts:
            measured.cells = load.measure(options, bodies, attempt)
        if "references" in options.parts:
            with attempt("bare V8, bare gRPC"):
                measured.bare_v8 = {each: references.bare_v8_us(works.work(each), bodies) for each in WITH_BARE_V8}
                measured.bare_grpc = references.bare_grpc_us()
        if "starts" in options.parts:
            measured.starts = starts.first_answers(options, directory, attempt)
        if "functions" in options.parts:
            measured.new_functions = starts.new_functions(options, directory, attempt)
        if "memory" in options.parts:
            measured.footprints = footprint.footprints(options, attempt)
        if options.soak_minutes:
            with attempt("memory after long load"):
                measured.soak = footprint.soak(options, bodies)
        if "webhooks" in options.parts:
            with attempt("10,000 webhooks against 1"):
                measured.many_webhooks = scaling.many_webhooks(options, bodies)
        if "executors" in options.parts:
            with attempt("1, 2 and 4 executors"):
                measured.executors = scaling.executors(options, bodies)
    return measured


def _ratio(measured, work, server, connections, to):
    ours, theirs = measured.cell(work, server, connections), measured.cell(work, to, connections)
    return f"{ours.cpu_us / theirs.cpu_us:.2f}x" if ours and theirs and theirs.cpu_us and server != to else ""


def report_load(measured):
    labels = servers.labels()
    print("| work | server | connections | requests/s | p50 ms | p99 ms | max ms | CPU µs a request | "
          + " | ".join(f"of {name}'s" for name in COMPARED) + " | others |")
    print("|---" * (9 + len(COMPARED)) + "|")
    order = {name: number for number, name in enumerate(servers.NAMES)}
    for work, server, connections in sorted(measured.cells, key=lambda key: (key[0], key[2], order[key[1]])):
        cell = measured.cells[work, server, connections]
        begin = f"| {work} | {labels[server]} | {connections} |"
        if cell.errors:
            print(f"{begin} INVALID: {cell.errors} errors |" + " |" * (5 + len(COMPARED)))
            continue
        ratios = " | ".join(_ratio(measured, work, server, connections, to) for to in COMPARED)
        noisy = " (noisy)" if cell.others > NOISY_SHARE else ""
        print(f"{begin} {cell.rate:,.0f} | {cell.p50_us / 1e3:.2f} | {cell.p99_us / 1e3:.2f} | {cell.max_us / 1e3:.1f} "
              f"| {cell.cpu_us:.1f} | {ratios} | {cell.others:.0%}{noisy} |")


def report_others(measured):
    if measured.starts:
        print("\n| process start to first answer, one core | ms |\n|---|---|")
        for name, milliseconds in measured.starts.items():
            print(f"| {_label_of_start(name)} | {milliseconds:.0f} |")
    if measured.new_functions:
        print("\n| a function never run before, warm process | first request ms | second ms |\n|---|---|---|")
        for name, (first, second) in measured.new_functions.items():
            print(f"| {servers.labels()[name]} | {first:.2f} | {second:.2f} |")
    for work, microseconds in measured.bare_v8.items():
        if microseconds:
            print(f"\nBare V8, {work}: {microseconds:.1f} µs (parse, function, stringify).")
    if measured.bare_grpc:
        print(f"\nBare unary gRPC call with 1 KB, both sides: {measured.bare_grpc['plain']:.1f} µs in plain text, "
              f"{measured.bare_grpc['mtls']:.1f} µs with mTLS.")


def _label_of_start(name):
    label = servers.labels()[name.removesuffix("-100")]
    has_100 = name.endswith("-100") or name.startswith(servers.OVERLOCK)
    return f"{label}, {starts.WEBHOOKS} functions" if has_100 else label


def report_targets(measured):
    print("\n| what | target | measured | reached |\n|---|---|---|---|")
    for row in targets.rows(measured):
        reached = {True: "yes", False: "no", None: ""}[row.reached]
        print(f"| {row.what} | {row.target} | {row.measured} | {reached} |")


def _names(allowed):
    def parse(text):
        names = tuple(text.split(","))
        if unknown := [name for name in names if name not in allowed]:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(allowed)}")
        return names
    return parse


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/bench/run")
    add = parser.add_argument
    work_names = tuple(work.name for work in works.all_works())
    add("--quick", action="store_true", help="fewer and shorter runs: under 10 minutes")
    add("--servers", type=_names(servers.NAMES), default=SERVERS,
        help=f"of {','.join(servers.NAMES)}; all but {' and '.join(NOT_BY_DEFAULT)}")
    add("--works", type=_names(work_names), default=work_names, help=f"of {','.join(work_names)}")
    add("--parts", type=_names(PARTS), default=PARTS, help=f"of {','.join(PARTS)}")
    add("--rounds", "--repetitions", type=int, help="in which every server is started anew and measured (5)")
    add("--seconds", type=int, help="of each measured run (5)")
    add("--warm-seconds", type=int, help="of load before, not measured (2)")
    add("--samples", type=int, help="starts of a process; pairs of runs with 1 and 10,000 webhooks (15)")
    add("--soak-minutes", type=float, default=0, help="of load before memory is measured again; none without it")
    add("--flag", action="append", default=[], help="for Overlock's processes, may be repeated")
    options = parser.parse_args()
    quick = {"rounds": 2, "seconds": 2, "warm_seconds": 1, "samples": 5}
    full = {"rounds": 5, "seconds": 5, "warm_seconds": 2, "samples": 15}
    for name, value in (quick if options.quick else full).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.scaling_rounds = 1 if options.quick else 3
    options.connections = {name: ALL_CONNECTIONS for name in work_names}
    if options.quick:
        options.connections = {**options.connections, "hook-echo": (16,), "hook-cpu": (16,)}
    return options


def main():
    options = parse_options()
    try:
        servers.install(options.servers)
    except subprocess.CalledProcessError as failure:
        return failure.returncode
    attempt = Attempts()
    measured = measure(options, attempt)
    if measured.cells:
        report_load(measured)
    report_others(measured)
    report_targets(measured)
    if measured.cells:
        print("\nOne core for the server with all its processes, another for wrk. A row is the median of "
              f"{options.rounds} interleaved runs of {options.seconds} s. CPU is user and system time of all the server's "
              "processes. \"others\" is what other programs and the host took, of one core: a row of which it is above "
              f"{NOISY_SHARE:.0%} is noisy.")
    print(f"\n{servers.versions(options.servers)}")
    for failure in attempt.failures:
        print(f"\nFAILED: {failure}")
    return 1 if attempt.failures or any(cell.errors for cell in measured.cells.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
