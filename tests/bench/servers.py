"""The servers that are compared: Overlock in its forms, and the peers of tests/bench/peers."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import client  # noqa: E402
import harness  # noqa: E402
from authority import LOCAL_NAMES, Authority  # noqa: E402
from process import Process, wait_until  # noqa: E402

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
# Where peers/install puts node_modules.
INSTALLED = PEERS.parents[2] / ".cache" / "bench" / "peers"
NOT_FROM_NPM = ("nginx", "webhook", "node-http")
START_SECONDS_MAX = 30


class Server:
    """Something that answers the works. Between start() and stop() `port` is where, and `sessions` are the sessions of
    its processes."""

    name = ""
    label = ""
    # Whether it runs the author's code, and checks signatures: nginx does not.
    runs_functions = True
    works = ("hook-basic", "hook-echo", "hook-cpu")

    def start(self):
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def target(self, work):
        """The path and query of a work's request."""
        raise NotImplementedError

    def check(self):
        """Raises AssertionError unless it answers every work right."""
        for work in works.all_works():
            if self.runs_functions and work.name in self.works:
                work.check(self)


class Overlock(Server):
    """`write_app` writes the application into a directory; it must have the id works.APP_ID."""

    def __init__(self, name, label, topology, write_app=works.write_app):
        self.name, self.label, self.topology, self._write_app = name, label, topology, write_app

    def start(self):
        self.topology.start()
        self.import_app(self._write_app(self.topology.directory / "app"), works.APP_ID)
        return self

    def import_app(self, directory, app_id):
        self.topology.import_app(directory, app_id)

    @property
    def port(self):
        return self.topology.edge_port

    @property
    def sessions(self):
        return [each.pid for each in self.topology.processes.values()]

    def target(self, work):
        return client.hook_path(works.APP_ID, "s", work.name) + work.query

    def stop(self):
        self.topology.stop()


class OverlockMutualTls(Overlock):
    """Six processes, each with a certificate of its own."""

    def start(self):
        self._authority = Authority(self.topology.directory, "authority")
        for service in harness.SERVICES:
            self._authority.sign(service, [f"DNS:{service}", *LOCAL_NAMES])
            self.topology.service_flags[service] = self._authority.flags(service)
        return super().start()

    def import_app(self, directory, app_id):
        self.topology.import_app(directory, app_id, self._authority.flags("edge"))


class Peer(Server):
    """`argv(port, directory)` makes its command line; `directory` is an empty one of its own. `functions` is a directory
    with functions that it may load at its path /new/<name>."""

    def __init__(self, name, label, argv, functions=None, environment=None):
        self.name, self.label, self._argv = name, label, argv
        self._functions, self._environment = functions, environment or {}
        self.process = None

    def start(self):
        self.spawn()
        try:
            wait_until(self._answers, START_SECONDS_MAX, f"{self.name} answers")
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n" + "\n".join(self.process.stderr.all()[-20:])) from failure
        return self

    def spawn(self):
        """Starts its process and does not wait."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-bench-"))
        self.port = client.free_port()
        environment = {"PORT": str(self.port), "PEERS_DIR": str(INSTALLED), "NO_COLOR": "1",
                       "FUNCTIONS_DIR": str(self._functions or self.directory), **self._environment}
        argv = self._argv(self.port, self.directory, pathlib.Path(environment["FUNCTIONS_DIR"]))
        self.process = Process(self.name, argv, environment, self.directory)
        self.sessions = [self.process.pid]

    def _answers(self):
        if not self.process.running():
            raise AssertionError(f"{self.name} has ended")
        try:
            return client.send(self.port, "GET", self.target(works.work("hook-echo"))).status == 200
        except harness.NO_ANSWER:
            return False

    def target(self, work):
        return f"/{work.name}{work.query}"

    def stop(self):
        if self.process:
            self.process.kill_group()
        shutil.rmtree(self.directory, ignore_errors=True)


class Nginx(Peer):
    runs_functions = False


class ExecWebhook(Peer):
    # It parses no array, and a process for each 100 KB is not what anybody would do.
    works = ("hook-basic", "hook-echo")


def _nginx(port, directory, _functions):
    text = (PEERS / "nginx.conf").read_text().replace("@PORT@", str(port))
    (directory / "nginx.conf").write_text(text)
    return ["nginx", "-p", f"{directory}/", "-c", "nginx.conf", "-e", "error.log"]


def _program(name):
    return INSTALLED / "node_modules" / ".bin" / name


def _node(script, *flags):
    return lambda port, directory, functions: ["node", *flags, PEERS / f"{script}.mjs"]


def _bun(_port, _directory, _functions):
    return [_program("bun"), "run", PEERS / "bun.mjs"]


def _deno(_port, _directory, _functions):
    return [_program("deno"), "run", "--no-prompt", "--no-config", "--cached-only", "--allow-net=127.0.0.1", "--allow-env",
            "--allow-read", PEERS / "deno.mjs"]


def _workerd(constant):
    def argv(port, _directory, functions):
        disk = [f"--directory-path=functions={functions}"] if constant == "loader" else []
        return [_program("workerd"), "serve", "--experimental", PEERS / "workerd.capnp", constant,
                f"--socket-addr=http=127.0.0.1:{port}", *disk]
    return argv


def _exec_webhook(port, _directory, _functions):
    return ["webhook", "-hooks", PEERS / "webhook.json", "-ip", "127.0.0.1", "-port", port, "-urlprefix", ""]


DENO_ENVIRONMENT = {"DENO_DIR": str(INSTALLED / "deno"), "DENO_NO_UPDATE_CHECK": "1"}
_PEERS = {
    "nginx": (Nginx, "nginx, static answer", _nginx),
    "bun": (Peer, "bun (no isolation)", _bun),
    "deno": (Peer, "deno (no isolation)", _deno),
    "node-http": (Peer, "Node.js, no framework (no isolation)", _node("node-http")),
    "node-fastify": (Peer, "Node.js, fastify (no isolation)", _node("node-fastify")),
    # isolated-vm wants the flag on Node.js 20 and newer.
    "isolated-vm": (Peer, "Node.js, fastify, isolated-vm", _node("node-isolated-vm", "--no-node-snapshot")),
    "workerd": (Peer, "workerd", _workerd("direct")),
    "workerd-loader": (Peer, "workerd, an isolate a function", _workerd("loader")),
    "webhook": (ExecWebhook, "adnanh/webhook, a process a request", _exec_webhook),
}
_OVERLOCK = {
    "all-in-one": (Overlock, "Overlock, all-in-one, jailed processes", lambda flags: harness.AllInOne(
        ["--executor_containment=process", *flags])),
    "all-in-one-threads": (Overlock, "Overlock, all-in-one, threads", lambda flags: harness.AllInOne(
        ["--executor_containment=thread", *flags])),
    "distributed": (Overlock, "Overlock, six processes, plain text", harness.Distributed),
    "distributed-unary": (Overlock, "Overlock, six processes, each call by itself",
                          lambda flags: harness.Distributed(["--rpc_streams=false", *flags])),
    "distributed-mtls": (OverlockMutualTls, "Overlock, six processes, mTLS", harness.Distributed),
}
NAMES = (*_OVERLOCK, *_PEERS)
# What the names of Overlock's forms begin with.
OVERLOCK = ("all-in-one", "distributed")


def make(name, flags=(), functions=None, environment=None, write_app=works.write_app):
    """A server of NAMES, not started. `flags` are for Overlock's processes; `functions` and `environment` for a peer's,
    `write_app` is what Overlock runs."""
    if name in _OVERLOCK:
        kind, label, topology = _OVERLOCK[name]
        return kind(name, label, topology(list(flags)), write_app)
    if name not in _PEERS:
        raise ValueError(f"there is no server {name}; there are {', '.join(NAMES)}")
    kind, label, argv = _PEERS[name]
    extra = DENO_ENVIRONMENT if name == "deno" else {}
    return kind(name, label, argv, functions, {**extra, **(environment or {})})


def install(names):
    """Installs the npm packages that these servers need; says so, and raises CalledProcessError if that fails."""
    if any(name in _PEERS and name not in NOT_FROM_NPM for name in names):
        subprocess.run([PEERS / "install"], check=True)


def versions(names):
    """Of the peers among these servers, and of what they run on; a sentence."""
    packages = json.loads((PEERS / "package.json").read_text())["dependencies"]
    known = {"bun": "bun", "deno": "deno", "node-fastify": "fastify", "isolated-vm": "isolated-vm", "workerd": "workerd"}
    found = [f"{package} {packages[package]}" for name, package in known.items() if name in names]
    programs = {"nginx": ["nginx", "-v"], "webhook": ["webhook", "-version"]}
    if {"node-fastify", "node-http", "isolated-vm"} & set(names):
        programs["node"] = ["node", "--version"]
    for name, argv in programs.items():
        if name == "node" or name in names:
            done = subprocess.run(argv, capture_output=True, text=True, check=True)
            found.append(f"{name} {re.search(r'[0-9]+[.][0-9.]+', done.stdout + done.stderr).group()}")
    return f"Versions: {', '.join(found)}." if found else ""


def labels():
    return {name: label for name, (_, label, _) in {**_OVERLOCK, **_PEERS}.items()}
