#!/usr/bin/env python3
"""What a large configuration costs each service: 10,000 webhooks over 100 applications by default.

Imports the applications into a running config service and prints, for each service that watches it: how long it takes
from its start until it is ready, from config and from its last state on disk with config down; what it holds in memory
beside a service without any application; how large its state on disk is; and how long after an import it has the new
revision. Every webhook is signed, has a can_evaluate and runs as the user that a script names, so every service knows
all of them. With --check it exits 1 if a service needed more than a second or more than 100 MB.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import sys
import tempfile
import time
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import harness  # noqa: E402
import process  # noqa: E402

WATCHERS = ("edge", "validation", "auth", "authz", "executor")
SECONDS_MAX = 1.0
MEGABYTES_MAX = 100.0
SEAL_KEY = "5e" * 32


def source_of(app, hook, source_bytes):
    """A function of about `source_bytes`, another one for each webhook."""
    head = f"exports = function(payload, response) {{\n  const total = {app} + {hook};\n"
    lines = []
    while len(head) + sum(map(len, lines)) < source_bytes - 40:
        number = len(lines)
        lines.append(f"  const field{number} = payload.query.f{number} || 'default of {app}/{hook}/{number}';\n")
    return head + "".join(lines) + "  return {total};\n};\n"


def hook_of(app, hook, source_bytes):
    return {
        "source": source_of(app, hook, source_bytes),
        "options": {"httpMethod": "POST", "validationMethod": "VERIFY_PAYLOAD", "secret": f"secret of {app}/{hook}"},
        "can_evaluate": {"%%request.remoteIPAddress": {"%in": ["127.0.0.1", "10.0.0.1"]},
                         "%%values.plan": {"%ne": f"closed {hook}"}},
        "run_as_user_id_script_source": "exports = function() { return {runAsSystem: true}; };",
    }


def app_id_of(number):
    return f"bench-{number:03}-abcde"


def write_app(root, number, hooks, source_bytes):
    sources = {f"hook{hook:04}": hook_of(number, hook, source_bytes) for hook in range(hooks)}
    directory = apps.write_app(root / app_id_of(number), app_id_of(number), sources)
    apps.write_value(directory, "plan", "open")
    return directory


def megabytes(pid, what):
    """VmRSS, what is resident now, or VmHWM, the most that ever was; of the process alone, without workers."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {what} of {pid}")


class Start(typing.NamedTuple):
    """Medians of several starts of a service."""

    seconds: float
    resident: float
    peak: float


class Bench:
    def __init__(self, options):
        self.options = options
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-bench-"))
        self.state_dir = self.directory / "state"
        key_file = self.directory / "seal.key"
        key_file.write_text(SEAL_KEY)
        self.state_flags = [f"--state_dir={self.state_dir}", f"--seal_key_file={key_file}"]
        self.topology = harness.Distributed()

    def restart(self, service):
        """Starts it anew; returns the seconds until it said that it is ready."""
        running = self.topology.processes[service]
        running.signal(15)
        running.wait()
        began = time.monotonic()
        self.topology.start_service(service)
        return time.monotonic() - began

    def metric(self, service, name):
        return harness.metric(self.topology.metrics_port(service), f"overlock_{service}_{name}")

    def start(self, service, flags, forget=False):
        """Starts it several times, with `forget` without a state on disk, and returns the medians."""
        self.topology.service_flags[service] = flags
        starts = []
        for _ in range(self.options.samples):
            if forget:
                self.file(service).unlink(missing_ok=True)
            seconds = self.restart(service)
            if flags:
                self.wait_until_on_disk(service)
            pid = self.topology.processes[service].pid
            starts.append((seconds, megabytes(pid, "VmRSS"), megabytes(pid, "VmHWM")))
        return Start(*map(statistics.median, zip(*starts)))

    def file(self, service):
        return self.state_dir / f"{service}.view"

    def wait_until_on_disk(self, service):
        newest = self.metric(service, "config_revision")
        process.wait_until(lambda: self.metric(service, "snapshot_revision") == newest, 30, f"{service} has written")

    def import_all(self):
        began = time.monotonic()
        for number in range(self.options.apps):
            directory = write_app(self.directory, number, self.options.hooks, self.options.source_bytes)
            done = self.topology.try_import(directory)
            if done.returncode != 0:
                raise RuntimeError(done.stdout + done.stderr)
        print(f"wrote and imported {self.options.apps} applications in {time.monotonic() - began:.1f} s", flush=True)

    def change(self, number):
        """Imports one webhook's change; returns each service's milliseconds from then until it has the revision."""
        directory = self.directory / app_id_of(0)
        hooks = directory / "services" / "s" / "incoming_webhooks" / "hook0000"
        config = json.loads((hooks / "config.json").read_text())
        config["options"]["secret"] = f"changed {number}"
        (hooks / "config.json").write_text(json.dumps(config))
        (hooks / "source.js").write_text(f"exports = () => {number};\n")
        done = self.topology.try_import(directory)
        imported = time.monotonic()
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        newest = self.metric("config", "revision")
        seen = {}
        while len(seen) < len(WATCHERS) and time.monotonic() < imported + 30:
            for service in WATCHERS:
                if service not in seen and self.metric(service, "config_revision") >= newest:
                    seen[service] = (time.monotonic() - imported) * 1e3
        return seen

    def run(self):
        self.topology.start()
        rows = {service: {} for service in WATCHERS}
        for service in WATCHERS:
            rows[service]["empty"] = self.start(service, [])
        self.import_all()
        for service in WATCHERS:
            rows[service]["watch"] = self.start(service, [])
            rows[service]["recorded"] = self.start(service, self.state_flags, forget=True)
        changes = [self.change(number) for number in range(self.options.samples)]
        for service in WATCHERS:
            self.wait_until_on_disk(service)
        self.topology.processes["config"].kill()
        for service in WATCHERS:
            rows[service]["disk"] = self.start(service, self.state_flags)
        return self.report(rows, changes)

    def report(self, rows, changes):
        print("\n| service | ready without apps | from config | from disk | memory | and with a state on disk "
              "| started from disk | on disk | a change arrives |\n|---|---|---|---|---|---|---|---|---|")
        good = True
        for service, row in rows.items():
            starts = [row[how] for how in ("watch", "recorded", "disk")]
            growth = [f"+{each.resident - row['empty'].resident:.0f} MB, peak +{each.peak - row['empty'].peak:.0f}"
                      for each in starts]
            size = self.file(service).stat().st_size / 2**20
            arrived = [each.get(service, float("inf")) for each in changes]
            print(f"| {service} | {row['empty'].seconds:.2f} s | {row['watch'].seconds:.2f} s "
                  f"| {row['disk'].seconds:.2f} s | {growth[0]} | {growth[1]} | {growth[2]} | {size:.1f} MB "
                  f"| {statistics.median(arrived):.0f} ms, at most {max(arrived):.0f} |")
            good = good and max([max(arrived) / 1e3, *(each.seconds for each in starts)]) <= SECONDS_MAX
            good = good and max(each.peak - row["empty"].peak for each in starts) <= MEGABYTES_MAX
        return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apps", type=int, default=100)
    parser.add_argument("--hooks", type=int, default=100, help="webhooks of each application")
    parser.add_argument("--source-bytes", type=int, default=1000, help="of each webhook's function")
    parser.add_argument("--samples", type=int, default=3, help="starts and changes of which the median is taken")
    parser.add_argument("--check", action="store_true", help="exit 1 beyond a second or 100 MB")
    options = parser.parse_args()
    bench = Bench(options)
    try:
        good = bench.run()
    finally:
        bench.topology.stop()
        shutil.rmtree(bench.directory, ignore_errors=True)
    if options.check and not good:
        print(f"beyond {SECONDS_MAX} s or {MEGABYTES_MAX} MB")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
