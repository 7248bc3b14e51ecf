"""A deployment as in production: replicas, PostgreSQL, mutual TLS; and a load of signed hooks through a load balancer."""
import collections
import dataclasses
import http.client
import itertools
import pathlib
import random
import signal
import socket
import threading
import time

import apps
import client
import harness
import process
from authority import Authority
from harness import TARGETS, Topology
from process import BIN, Process, wait_until

SEAL_KEY = "5e" * 32
REPLICAS = {"config": 2, "validation": 1, "executor": 2, "auth": 1, "authz": 1, "edge": 2}
# Two edges know within this time that one of them takes no more; half of what they go on for.
PROBE_SECONDS = 0.05
DRAIN_DELAY = "2s"
# A machine that builds something else meanwhile takes long to start a process.
RPC_WAIT = "30s"


class Fleet(Topology):
    """Replicas `<service>-<number>`, each on a port of its own that stays; `target(service)` names all of them. What config,
    auth and validation have is kept at `database(name)`, a URL of PostgreSQL. `extra` maps a service to more flags."""

    name = "fleet"
    edge_process, config_process = "edge-0", "config-0"

    def __init__(self, database, replicas=None, extra=None):
        super().__init__(["--drain_timeout=60s", f"--drain_delay={DRAIN_DELAY}", f"--rpc_wait={RPC_WAIT}"])
        self.replicas = replicas or REPLICAS
        self.extra = extra or {}
        # Of a service that is found otherwise than by a list of addresses.
        self.targets = {}
        # Of a member that is not on this machine's loopback: a command before its own, and its address.
        self.places = {}
        self.authority = Authority.for_development(self.directory)
        self.key_file = self.directory / "fleet.key"
        self.key_file.write_text(SEAL_KEY + "\n")
        databases = {name: database(name) for name in ("config", "auth", "validation")}
        self._service_flags = {name: [f"--{name}_database={url}"] for name, url in databases.items()}
        self._service_flags["config"].append(f"--config_seal_key_file={self.key_file}")
        self._reserved = [StablePort() for _ in range(2 * len(self.members()))]
        ports = iter(each.number for each in self._reserved)
        self.ports = {name: (next(ports), next(ports)) for name in self.members()}

    def members(self):
        """In the order of their needs."""
        return [f"{service}-{number}" for service in harness.SERVICES for number in range(self.replicas[service])]

    def target(self, service):
        if service in self.targets:
            return self.targets[service]
        members = [f"{service}-{number}" for number in range(self.replicas[service])]
        return "ipv4:" + ",".join(f"{self.place(member)[1]}:{self.ports[member][0]}" for member in members)

    @property
    def config_target(self):
        return self.target("config")

    @property
    def auth_target(self):
        return self.target("auth")

    def place(self, member):
        return self.places.get(member, ([], "127.0.0.1"))

    def start(self):
        for member in self.members():
            self.start_member(member)
        return self

    def stop(self):
        try:
            return super().stop()
        finally:
            for each in self._reserved:
                each.release()

    def start_member(self, member):
        """Starts one, on the ports that it always has."""
        service = member.split("-")[0]
        listen, metrics = self.ports[member]
        command, host = self.place(member)
        argv = [*command, BIN / f"overlock-{service}", f"--{service}_listen={host}:{listen}",
                f"--{service}_metrics_listen=127.0.0.1:{metrics}", *self.authority.flags(service), *self.flags]
        if service in ("config", "auth"):
            argv.append(f"--{service}_data_dir={self.directory}")
        if service == "executor":
            argv.append(f"--executor_database={self.documents(member)}")
        if service != "config":
            argv += [f"--state_dir={self.directory / member}", f"--seal_key_file={self.key_file}"]
        argv += [f"--{target}_target={self.target(target)}" for target in TARGETS[service]]
        argv += [*self._service_flags.get(service, ()), *self.extra.get(service, ())]
        self.processes[member] = Process(member, argv)
        return self.processes[member].wait_until_ready()

    def documents(self, member):
        """The file in which an executor keeps the documents of its functions."""
        return self.directory / f"{member}.db"

    def import_app(self, directory, app_id, flags=()):
        super().import_app(directory, app_id, [*self.authority.flags("cli"), *flags])
        for member in self.members():
            if member.startswith("edge"):
                wait_until(lambda port=self.processes[member].port("ready"): client.send(
                    port, "GET", client.hook_path(app_id, "no-such-service", "none")).error_code() == "ServiceNotFound",
                    10, f"{member} knows {app_id}")

    def restart(self, member, number):
        """Ends a process with a signal and starts it again; returns when it had ended, as of time.monotonic()."""
        ending = self.processes[member]
        if number == signal.SIGKILL:
            # Its workers notice by themselves.
            ending.kill()
        else:
            ending.signal(number)
            code = ending.wait(90)
            if code != 0:
                raise AssertionError(f"{member} ended with {code}: " + "\n".join(ending.stderr.all()[-10:]))
        ended = time.monotonic()
        self.start_member(member)
        return ended


class StablePort:
    """A port that stays free while its process is away: no outgoing connection gets it, and no other StablePort of this
    machine is the same while this one lives. What is held is the number's UDP port, which no server of ours wants."""

    def __init__(self):
        lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        while True:
            self.number = random.randrange(lowest - 12_000, lowest)
            self._held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with socket.socket() as probe:
                try:
                    self._held.bind(("127.0.0.1", self.number))
                    probe.bind(("127.0.0.1", self.number))
                    return
                except OSError:
                    self._held.close()

    def release(self):
        self._held.close()


class LoadBalancer:
    """Sends to the edges that are ready, as one before them would: it asks /readyz again and again, tries another edge if
    a connection is refused, and never repeats what it has sent."""

    def __init__(self, fleet):
        self._edges = [fleet.ports[member] for member in fleet.members() if member.startswith("edge")]
        self._ready = list(self._edges)
        self._turn = itertools.count()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._probe, daemon=True)
        self._thread.start()

    def _probe(self):
        while not self._stopped.wait(PROBE_SECONDS):
            self._ready = [edge for edge in self._edges if self._is_ready(edge[1])]

    @staticmethod
    def _is_ready(port):
        try:
            return client.send(port, "GET", "/readyz", timeout=5).status == 200
        except harness.NO_ANSWER:
            return False

    def ready(self):
        return len(self._ready)

    def connect(self):
        """An open connection to an edge; ConnectionRefusedError if there is none."""
        number = next(self._turn)
        edges = self._ready or self._edges
        for offset in range(len(edges)):
            connection = http.client.HTTPConnection("127.0.0.1", edges[(number + offset) % len(edges)][0],
                                                    timeout=client.REQUEST_SECONDS_MAX)
            try:
                connection.connect()
                return connection
            except ConnectionRefusedError:
                connection.close()
        raise ConnectionRefusedError("no edge takes connections")

    def stop(self):
        self._stopped.set()
        self._thread.join()


@dataclasses.dataclass(frozen=True)
class Outcome:
    id: str
    sent: float
    ended: float
    answer: client.Answer  # None for a connection that ended
    why: str = ""

    @property
    def good(self):
        return self.answer is not None and self.answer.status == 200 and self.answer.text() == f'"{self.id}"'

    @property
    def clearly_refused(self):
        return self.answer is not None and self.answer.status in (502, 503) and bool(self.answer.error())

    def __str__(self):
        said = f"{self.answer.status} {self.answer.text()!r}" if self.answer else self.why
        return f"{self.id}, sent at {self.sent:.3f}, ended at {self.ended:.3f}: {said}"


class Load:
    """Sends `rate` requests a second from `threads` threads, each with an id of its own, until stop(). `hook(id)` gives
    target, headers and body."""

    def __init__(self, balancer, hook, rate, threads):
        self._balancer, self._hook = balancer, hook
        self._changed = threading.Condition()
        self._outcomes = []
        self._pause = threads / rate
        self._ids = itertools.count()
        self._under_way = collections.Counter()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number / rate,), daemon=True)
                         for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self, due):
        due += time.monotonic()
        while not self._stopped.wait(max(due - time.monotonic(), 0)):
            outcome = self._send(f"delivery-{next(self._ids):06d}")
            with self._changed:
                self._outcomes.append(outcome)
                self._changed.notify_all()
            # Who was late does not catch up.
            due = max(due + self._pause, time.monotonic())

    def _send(self, delivery):
        target, headers, body = self._hook(delivery)
        sent = time.monotonic()
        answer, why = None, ""
        try:
            connection = self._balancer.connect()
            try:
                answer = client.send_on(connection, "POST", target, headers, body)
            finally:
                connection.close()
        except harness.NO_ANSWER as error:
            why = repr(error)
        return Outcome(delivery, sent, time.monotonic(), answer, why)

    def count(self):
        with self._changed:
            return len(self._outcomes)

    def wait_for(self, more, seconds, what, good=True):
        """Waits for so many more answers, good ones or any."""
        with self._changed:
            since = len(self._outcomes)
            enough = lambda: sum(each.good or not good for each in self._outcomes[since:]) >= more
            if not self._changed.wait_for(enough, seconds):
                bad = [str(each) for each in self._outcomes[since:] if not each.good][:5]
                raise AssertionError(f"not within {seconds} s: {what}; {bad}")

    def outcomes(self, since=0):
        with self._changed:
            return self._outcomes[since:]

    def stop(self):
        """No more are sent; returns how all ended, once all have."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(client.REQUEST_SECONDS_MAX + 5)
        hanging = sum(thread.is_alive() for thread in self._threads)
        if hanging:
            raise AssertionError(f"{hanging} requests hang")
        return self.outcomes()


def signed(app_id, webhook, secret):
    """For Load: a hook that is signed, the id of its delivery in the body."""

    def hook(delivery):
        body = f'{{"id":"{delivery}"}}'.encode()
        headers = [("Content-Type", "application/json"), ("X-Hook-Signature", client.signature(secret, body))]
        return client.hook_path(app_id, "s", webhook), headers, body

    return hook


def add_documents(directory):
    """Gives an application of apps.write_app() the service `documents`."""
    apps._write_json(directory / "services" / "documents" / "config.json",
                     {"name": "documents", "type": "mongodb-atlas", "config": {"clusterName": "Cluster0"}, "version": 1})
