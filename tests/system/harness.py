"""Starts Overlock in either topology, and the base class of the system tests."""
import http.client
import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

import client
import process
from process import BIN, Process, wait_until

# In the order of their needs. A service waits for config, not for the others; config asks the executor when something
# is imported.
SERVICES = ("config", "validation", "executor", "auth", "authz", "edge")
TARGETS = {
    "config": ("executor",),
    "validation": ("config",),
    "executor": ("config",),
    "auth": ("config", "executor"),
    "authz": ("config", "executor"),
    "edge": ("config", "validation", "auth", "authz", "executor"),
}


class Topology:
    """A running Overlock. `processes` maps names to Process; whoever starts one stops it.

    `environment` of an all-in-one server is added to the test's own.
    """

    def __init__(self, flags=(), environment=None):
        self.processes = {}
        self.environment = environment
        # Nobody balances load here, and what hangs at the end should not do so for longer than a test.
        self.flags = ["--drain_delay=0s", "--drain_timeout=30s", *flags]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-test-"))

    @property
    def edge_port(self):
        return self.processes[self.edge_process].port("ready")

    @property
    def config_target(self):
        return f"127.0.0.1:{self.processes[self.config_process].port('grpc')}"

    @property
    def auth_target(self):
        """Where auth is; None if it is where config is."""
        return f"127.0.0.1:{self.processes['auth'].port('grpc')}" if "auth" in self.processes else None

    @property
    def authz_target(self):
        """Where authz is; None if it is where config is."""
        return f"127.0.0.1:{self.processes['authz'].port('grpc')}" if "authz" in self.processes else None

    @property
    def token_file(self):
        """The first admin token, which config writes at its first start."""
        return self.directory / "admin.token"

    def send(self, method, target, headers=(), body=None, timeout=client.REQUEST_SECONDS_MAX):
        return client.send(self.edge_port, method, target, headers, body, timeout)

    def try_import(self, directory, flags=()):
        """`overlock import`; returns what it did as subprocess.CompletedProcess."""
        return process.run([BIN / "overlock", "import", directory, f"--config_target={self.config_target}",
                            f"--token_file={self.token_file}", *flags])

    def import_app(self, directory, app_id, flags=()):
        """Imports, and waits until the edge routes to the application. Some functions of tests do not compile on
        purpose: what is said of that is test_cli's."""
        done = self.try_import(directory, ["--skip_compile", *flags])
        if done.returncode != 0:
            raise AssertionError(f"import of {directory} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        wait_until(lambda: self.knows(app_id), 10, f"the edge knows {app_id}")

    def knows(self, app_id):
        """Whether the edge has the application: its unknown services are told apart from an unknown application."""
        answer = self.send("GET", client.hook_path(app_id, "no-such-service", "none"))
        return answer.error_code() == "ServiceNotFound"

    def logs(self):
        return [line for each in self.processes.values() for line in each.logs()]

    def stop(self):
        """Ends all processes gently; returns the names of those that did not end with 0, and how they ended."""
        codes = {}
        for name in reversed(list(self.processes)):
            running = self.processes[name]
            if running.running():
                running.signal(signal.SIGTERM)
                codes[name] = running.wait()
        for each in self.processes.values():
            each.kill_group()
        shutil.rmtree(self.directory, ignore_errors=True)
        return {name: code for name, code in codes.items() if code != 0}


class AllInOne(Topology):
    name = "all-in-one"
    edge_process = config_process = "overlock"

    def start(self, app=None, under=(), seconds=process.START_SECONDS_MAX):
        """`under` is a command that runs the program, e.g. valgrind with its flags; `seconds` it may take to be ready."""
        argv = [*under, BIN / "overlock", "serve", "--edge_listen=127.0.0.1:0", "--config_listen=127.0.0.1:0",
                "--metrics_listen=127.0.0.1:0", f"--data_dir={self.directory}", *self.flags]
        if app:
            argv.append(f"--app={app}")
        self.processes["overlock"] = Process("overlock", argv, self.environment)
        self.processes["overlock"].wait_until_ready(seconds)
        return self


class Distributed(Topology):
    """Six processes that talk gRPC. `service_flags` maps a service to flags that it alone gets."""

    name = "distributed"
    edge_process, config_process = "edge", "config"

    def __init__(self, flags=(), service_flags=None):
        super().__init__(flags)
        self.service_flags = service_flags or {}
        # config is told the executor's port before that has one.
        self._ports = {"executor": {"listen": process.free_port()}}

    def start(self):
        for service in SERVICES:
            self.start_service(service)
        return self

    def start_service(self, service, wait_until_ready=True):
        """Starts one; one that ran before comes back on the ports it had. Whoever does not wait for one that never ran
        does not learn its ports."""
        ports = self._ports.get(service, {})
        argv = [BIN / f"overlock-{service}", f"--{service}_listen=127.0.0.1:{ports.get('listen', 0)}",
                f"--{service}_metrics_listen=127.0.0.1:{ports.get('metrics', 0)}"]
        if service in ("config", "auth"):
            argv.append(f"--{service}_data_dir={self.directory}")
        if service == "executor":
            # There is one of them, so it can keep documents itself.
            argv.append(f"--executor_database={self.directory}/data.db")
        for target in TARGETS[service]:
            argv.append(f"--{target}_target=127.0.0.1:{self._ports[target]['listen']}")
        started = Process(service, [*argv, *self.flags, *self.service_flags.get(service, ())])
        self.processes[service] = started
        if not wait_until_ready:
            return started
        started.wait_until_ready()
        self._ports[service] = {"listen": started.port("ready" if service == "edge" else "grpc"),
                                "metrics": started.port("metrics")}
        return started

    def metrics_port(self, service):
        """Where a service that was ready once serves its metrics, ready or not."""
        return self._ports[service]["metrics"]


class SystemTest(unittest.TestCase):
    """Stops what a test starts, checks that it ended well, and shows the processes' last words when a test fails."""

    longMessage = True

    def run(self, result=None):
        before = _failures(result)
        self._started = []
        super().run(result)
        failures = [each for each in _failures(result) if each not in before]
        if failures:
            # The runner says why only after all tests, and who reads a log's beginning does not get there.
            print("\n" + "\n".join(trace for _, trace in failures), file=sys.stderr)
            self._show_last_words()

    def start(self, topology, **arguments):
        self._started.append(topology)
        self.addCleanup(self._stop, topology)
        return topology.start(**arguments)

    @classmethod
    def start_both(cls):
        """One process and six, started once for all tests of the class."""
        topologies = [AllInOne(), Distributed()]
        for topology in topologies:
            cls.addClassCleanup(topology.stop)
            topology.start()
        return topologies

    def start_process(self, name, argv, **arguments):
        started = Process(name, argv, **arguments)
        self.addCleanup(started.kill_group)
        return started

    def temporary_directory(self):
        directory = tempfile.mkdtemp(prefix="overlock-test-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        return pathlib.Path(directory)

    def assertExpected(self, request, answer, where=""):
        problems = request.problems(answer)
        if problems:
            self.fail(f"{where} {request}: " + "; ".join(problems))

    def assertRefused(self, answer, status, code, message=None):
        self.assertEqual((answer.status, answer.error_code()), (status, code), f"{message}: {answer.text()!r}")

    def _stop(self, topology):
        self.assertEqual(topology.stop(), {}, "ended with another exit code than 0")

    def _show_last_words(self):
        for topology in self._started:
            for name, each in topology.processes.items():
                print(f"--- {topology.name}: last lines of {name}", file=sys.stderr)
                said = [line for line in each.stderr.all() if '"event":"option"' not in line]
                print("\n".join(said[-15:]), file=sys.stderr)


def _failures(result):
    """What failed so far: tests with their traces."""
    return result.failures + result.errors if result else []


def admin(port, path):
    """GET on a metrics port."""
    return client.send(port, "GET", path)


def metric(port, name, **labels):
    """The sum of a metric's samples that carry `labels`; 0 if there is none."""
    total = 0.0
    for line in admin(port, "/metrics").text().splitlines():
        sample, _, value = line.rpartition(" ")
        if sample.partition("{")[0] == name and all(f'{key}="{want}"' in sample for key, want in labels.items()):
            total += float(value)
    return total


# What a client sees of a server that is not there, or that died under the request.
NO_ANSWER = (OSError, http.client.HTTPException)
