#!/usr/bin/env python3
"""Where a server's time goes under load, as text: a flame graph's boxes, indented, each with its share of all samples.

  tests/bench/flame.py                               hook-basic on the all-in-one server, 16 connections
  tests/bench/flame.py --server distributed --least 2

Needs Linux perf (Debian's linux-perf) and the right to use it. The binaries are those of tests/bench/run.
"""
import argparse
import collections
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import load
import servers
import works

SAMPLES_A_SECOND = 499
STACK_BYTES = 16_384
# What says nothing about where time goes: how a thread began, and how a library calls back.
NOISE = re.compile(r"^(_start|__libc_start_\w+|main|start_thread|clone3?|\[unknown\]|std::|entry_SYSCALL_64|asm_|do_syscall_64|"
                   r"x64_sys_call|__x64_sys_\w+|boost::asio::detail::(scheduler|executor|binder|awaitable|posix|handler))")
INDENT = "  "


def _name(frame):
    """A function's name without its arguments and those of templates."""
    name = re.sub(r"\+0x[0-9a-f]+$", "", frame)
    for pattern in (r"\(anonymous namespace\)::", r"\[clone [^]]*\]", r"\.(isra|constprop|part|cold)\.?\d*"):
        name = re.sub(pattern, "", name)
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name.split("(")[0].strip()


def stacks(script):
    """From the text of `perf script`: (frames from the outermost in, the thread's name first), one for each sample."""
    for sample in script.split("\n\n"):
        lines = [line for line in sample.splitlines() if line.strip() and not line.startswith("#")]
        if not lines:
            continue
        thread = re.match(r"\s*(.*?)\s+\d+", lines[0])
        frames = [_name(line.strip().split(" ", 1)[1].rsplit(" (", 1)[0]) for line in lines[1:] if " " in line.strip()]
        frames = [frame for frame in reversed(frames) if frame and not NOISE.match(frame)]
        yield [thread.group(1) if thread else "?", *frames]


class Box:
    def __init__(self):
        self.samples = 0
        self.inside = collections.defaultdict(Box)

    def add(self, frames):
        self.samples += 1
        if frames:
            self.inside[frames[0]].add(frames[1:])

    def lines(self, total, least, depth=0):
        """The boxes within this one, the widest first; those with no other in them worth a line share one with it."""
        for name, box in sorted(self.inside.items(), key=lambda item: -item[1].samples):
            share = 100 * box.samples / total
            if share < least:
                continue
            names = [name]
            while len(wide := [(n, b) for n, b in box.inside.items() if 100 * b.samples / total >= least]) == 1 and (
                    100 * (box.samples - wide[0][1].samples) / total < least):
                names.append(wide[0][0])
                box = wide[0][1]
            if len(names) > 3:
                names = [*names[:1], "...", *names[-2:]]
            yield f"{share:5.1f} % {INDENT * depth}{' > '.join(names)}"
            yield from box.lines(total, least, depth + 1)


@contextlib.contextmanager
def recorded(pids, to):
    perf = subprocess.Popen(["perf", "record", "-e", "cpu-clock", "-F", str(SAMPLES_A_SECOND), "--call-graph",
                             f"dwarf,{STACK_BYTES}", "-o", to, "-p", ",".join(map(str, pids))],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    # It says nothing when it has begun.
    time.sleep(1)
    try:
        if perf.poll() is not None:
            raise SystemExit(f"flame.py: perf record: {perf.stderr.read().strip()}")
        yield
    finally:
        perf.send_signal(signal.SIGINT)
        perf.communicate()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=[name for name in servers.NAMES if name.startswith(servers.OVERLOCK)],
                        default="all-in-one")
    parser.add_argument("--work", choices=[work.name for work in works.all_works()], default="hook-basic")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--least", type=float, default=1.0, help="boxes with a smaller share, in percent, are left out")
    options = parser.parse_args()
    server, work = servers.make(options.server), works.work(options.work)
    with tempfile.TemporaryDirectory() as directory, load.Bodies() as bodies:
        with load.on_cores(load.SERVER_CORES):
            server.start()
        try:
            load.drive(server, work, load.WARM_CONNECTIONS, 1, bodies)
            data = os.path.join(directory, "perf.data")
            with recorded([pid for pid, _ in load.processes(server.sessions)], data):
                load.drive(server, work, options.connections, options.seconds, bodies)
        finally:
            server.stop()
        script = subprocess.run(["perf", "script", "-i", data, "-F", "comm,pid,ip,sym"], capture_output=True, text=True,
                                check=True).stdout
    everything = Box()
    for frames in stacks(script):
        everything.add(frames)
    print(f"{server.label}, {work.name}, {options.connections} connections: {everything.samples} samples")
    print("\n".join(everything.lines(everything.samples, options.least)))


if __name__ == "__main__":
    main()
