"""Throughput, latency and processor time a request; started by tests/bench/run."""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import client  # noqa: E402
import harness  # noqa: E402
from process import Process, wait_until  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = (1, 16, 64)
# hook-basic on one core of the reference machine: medians of five interleaved runs, published with the peers folder.
# Other machine, other day: they place our figures, they are not compared with them.
PUBLISHED = (
    ("nginx, static answer", 8.4, 112_700), ("bun (no isolation)", 18.2, 54_700), ("deno (no isolation)", 28.6, None),
    ("Node.js, fastify (no isolation)", 57, 17_500), ("Node.js, fastify, isolated-vm", 82, 12_100),
    ("workerd", 97, 10_100), ("workerd, an isolate a function", 195, 5_100),
)
NGINX_CONF = """
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 1m;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  default_type application/json;
  server {
    listen 127.0.0.1:@PORT@;
    location / { return 200 '{"ok":true,"id":912345678,"n":3}'; }
  }
}
"""


class Nginx:
    name = "nginx, static answer"

    def start(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-bench-"))
        self.port = client.free_port()
        (self.directory / "nginx.conf").write_text(NGINX_CONF.replace("@PORT@", str(self.port)))
        self._process = Process("nginx", ["nginx", "-p", f"{self.directory}/", "-c", "nginx.conf", "-e", "error.log"])
        wait_until(self._answers, 10, "nginx answers")
        self.sessions = [self._process.pid]
        return self

    def _answers(self):
        try:
            return client.send(self.port, "GET", "/").status == 200
        except harness.NO_ANSWER:
            return False

    def stop(self):
        self._process.kill_group()
        shutil.rmtree(self.directory, ignore_errors=True)


class Overlock:
    def __init__(self, topology):
        self._topology = topology
        self.name = f"Overlock, {topology.name}"

    def start(self):
        self._topology.start()
        self._topology.import_app(works.write_app(self._topology.directory / "app"), works.APP_ID)
        self.port = self._topology.edge_port
        self.sessions = [each.pid for each in self._topology.processes.values()]
        for work in works.all_works():
            work.check(self.port)
        return self

    def stop(self):
        self._topology.stop()


def cpu_seconds(sessions):
    """User and system time of all processes of these sessions, and of their children that have ended."""
    total = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) in sessions:
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def busy_seconds():
    """What the whole machine worked, and what its host took from it."""
    user, nice, system, _idle, _wait, hard, soft, stolen = map(int, pathlib.Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + hard + soft + stolen) / TICKS


def drive(server, work, connections, seconds, body_file, cores):
    """One run of wrk; returns its figures and the server's processor time a request."""
    environment = {**os.environ, "BODY": str(body_file or ""), "SIGNATURE": work.signature}
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
            str(HERE / "load.lua"), f"http://127.0.0.1:{server.port}{work.target}"]
    before, busy_before, wrk_before = cpu_seconds(server.sessions), busy_seconds(), os.times()
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=seconds + 60,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
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


def measure(options):
    """Runs every cell `options.repetitions` times, servers in turn; returns {(work, server, connections): [result]}."""
    names = options.works.split(",")
    chosen = [work for work in works.all_works() if work.name in names]
    cores = sorted(os.sched_getaffinity(0))
    server_cores, client_cores = ({cores[0]}, {cores[1]}) if len(cores) > 1 else (set(cores), set(cores))
    results = {}
    with tempfile.TemporaryDirectory(prefix="overlock-bench-") as directory:
        files = {}
        for work in chosen:
            if work.body is not None:
                files[work.name] = pathlib.Path(directory, work.name)
                files[work.name].write_bytes(work.body)
        for repetition in range(options.repetitions):
            servers = make_servers(options)
            for server in servers if repetition % 2 == 0 else reversed(servers):
                os.sched_setaffinity(0, server_cores)  # what is started now stays on these cores
                try:
                    server.start()
                    os.sched_setaffinity(0, set(cores))
                    for work in chosen:
                        drive(server, work, 16, options.warm_seconds, files.get(work.name), client_cores)
                        for connections in CONNECTIONS:
                            result = drive(server, work, connections, options.seconds, files.get(work.name),
                                           client_cores)
                            results.setdefault((work.name, server.name, connections), []).append(result)
                finally:
                    os.sched_setaffinity(0, set(cores))
                    server.stop()
    return results


def make_servers(options):
    kinds = {"nginx": Nginx, "all-in-one": lambda: Overlock(harness.AllInOne(options.flag)),
             "distributed": lambda: Overlock(harness.Distributed(options.flag))}
    return [kinds[name]() for name in options.servers.split(",")]


def report(results):
    """Prints one row a cell; returns whether every answer was right."""
    print("| work | server | connections | requests/s | p50 ms | p99 ms | max ms "
          "| CPU µs a request | of nginx's | others |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    right = True
    for (work, server, connections), runs in sorted(results.items(), key=lambda item: (item[0][0], item[0][2])):
        if errors := sum(run["errors"] for run in runs):
            print(f"| {work} | {server} | {connections} | INVALID: {errors} errors | | | | | | |")
            right = False
            continue
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        nginx = results.get((work, Nginx.name, connections))
        ratio = median["cpu_us"] / max(statistics.median(run["cpu_us"] for run in nginx), 0.1) if nginx else None
        print(f"| {work} | {server} | {connections} | {median['rate']:,.0f} | {median['p50_us'] / 1e3:.2f} "
              f"| {median['p99_us'] / 1e3:.2f} | {median['max_us'] / 1e3:.1f} | {median['cpu_us']:.1f} "
              f"| {f'{ratio:.1f}x' if ratio else ''} | {median['others']:.0%} |")
    return right


def report_published():
    print("\nPublished figures of what people would pick instead (hook-basic, one core; another machine and day):\n")
    print("| peer | CPU µs a request | requests/s |\n|---|---|---|")
    for name, cpu_us, rate in PUBLISHED:
        print(f"| {name} | {cpu_us} | {f'{rate:,}' if rate else ''} |")
    if folder := os.environ.get("OVERLOCK_PEERS_DIR"):
        print(f"\nTo measure them here: WORK=/some/scratch {folder}/run.sh")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter runs: about a minute")
    parser.add_argument("--servers", default="nginx,all-in-one", help="of nginx, all-in-one, distributed")
    parser.add_argument("--works", default="hook-basic,hook-echo", help="of hook-basic, hook-echo, hook-cpu")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="of each measured run")
    parser.add_argument("--warm-seconds", type=int, default=3, help="of unmeasured load before")
    parser.add_argument("--flag", action="append", default=[], help="for Overlock's processes, may be repeated")
    options = parser.parse_args()
    if options.quick:
        options.repetitions, options.seconds, options.warm_seconds = 1, 3, 1
    right = report(measure(options))
    report_published()
    print("\nOne core for the server with its workers, another for wrk. A row is the median of "
          f"{options.repetitions} runs of {options.seconds} s. CPU is user and system time of all its processes. "
          "\"others\" is what other programs and the host took, of one core: above 10 % the row is noisy.")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
