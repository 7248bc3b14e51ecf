"""How long a server takes from its start to its first answer, and a running one to answer a function that it never ran."""
import http.client
import pathlib
import socket
import statistics
import sys
import time

import load
import servers
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import client  # noqa: E402
import process  # noqa: E402

WEBHOOKS = 100
START_SECONDS_MAX = 30.0
POLL_SECONDS = 0.0002
NEW_FUNCTIONS = 30
WARM_REQUESTS = 200
# Who takes part in which. The first has none but the functions of the works, so bun comes twice.
STARTED = ("all-in-one", "all-in-one-threads", "bun", "bun-100", "deno", "node-fastify", "isolated-vm", "workerd",
           "workerd-loader", "nginx")
MEET_NEW_FUNCTIONS = ("all-in-one", "all-in-one-threads", "bun", "deno", "node-fastify", "isolated-vm", "workerd-loader")


def function_of(number):
    """A function that says which one it is."""
    return (f"export default function handle(event) {{\n"
            f"  return {{ ok: true, fn: \"{number}\", n: event.commits.length }};\n}}\n")


def write_functions(directory, count):
    """For the peers: files `<number>.mjs`."""
    directory.mkdir(parents=True)
    for number in range(count):
        (directory / f"{number}.mjs").write_text(function_of(number))
    return directory


def write_app(directory, further):
    """The works' application with so many `further` webhooks, `f0` and on."""
    hooks = works.hooks()
    for number in range(further):
        text = function_of(number).replace("export default function handle", "function handle")
        hooks[f"f{number}"] = f"{text}exports = () => handle({{commits: [1, 2, 3]}});\n"
    return apps.write_app(directory, works.APP_ID, hooks)


def _first_answer_ms(port, target, began, running):
    """Milliseconds from `began` until the server has answered hook-basic with 200. Asks again without a pause worth
    mentioning while nobody listens or the answer is another one."""
    work = works.work("hook-basic")
    head = (f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"X-Hook-Signature: {work.signature}\r\nContent-Length: {len(work.body)}\r\n\r\n").encode()
    while time.perf_counter() - began < START_SECONDS_MAX:
        if not running():
            raise AssertionError("the server ended before its first answer")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS_MAX) as connection:
                connection.sendall(head + work.body)
                if b" 200 " in connection.recv(65536).split(b"\r\n", 1)[0]:
                    return (time.perf_counter() - began) * 1e3
        except OSError:
            pass
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"no answer within {START_SECONDS_MAX} s")


class _OverlockStarts:
    """Starts on a data directory into which the application was imported before, as after a restart."""

    def __init__(self, name, flags):
        self._server = servers.make(name, flags, write_app=lambda where: write_app(where, WEBHOOKS - 3))
        try:
            self._server.start()
            self._server.check()
        except BaseException:
            self._server.stop()
            raise
        topology = self._server.topology
        topology.processes["overlock"].signal(15)
        topology.processes["overlock"].wait()
        self._port = client.free_port()
        argv = topology.processes["overlock"].argv
        self._argv = [f"--edge_listen=127.0.0.1:{self._port}" if each.startswith("--edge_listen=") else each
                      for each in argv]

    def once(self):
        with load.on_cores(load.SERVER_CORES):
            began = time.perf_counter()
            started = process.Process("overlock", self._argv)
        try:
            return _first_answer_ms(self._port, self._server.target(works.work("hook-basic")), began, started.running)
        finally:
            started.signal(15)
            started.wait()
            started.kill_group()

    def stop(self):
        self._server.stop()


class _PeerStarts:
    def __init__(self, name, functions):
        self._name, self._functions = name.removesuffix("-100"), functions
        self._environment = {"PRELOAD": "1"} if name.endswith("-100") else {}

    def once(self):
        server = servers.make(self._name, functions=self._functions, environment=self._environment)
        with load.on_cores(load.SERVER_CORES):
            began = time.perf_counter()
            server.spawn()
        try:
            return _first_answer_ms(server.port, server.target(works.work("hook-basic")), began, server.process.running)
        finally:
            server.stop()

    def stop(self):
        pass


def first_answers(options, directory, attempt):
    """{server: milliseconds, the median}: process start to the first answer, on one core, servers in turn."""
    functions = write_functions(directory / "loaded", WEBHOOKS - 3)
    kinds, times = {}, {}
    try:
        for name in (name for name in STARTED if name.removesuffix("-100") in options.servers):
            with attempt(f"process start: {name}"):
                is_overlock = name.startswith(servers.OVERLOCK)
                kinds[name] = _OverlockStarts(name, options.flag) if is_overlock else _PeerStarts(name, functions)
        with load.on_cores(load.CLIENT_CORES):
            for number in range(options.samples):
                for name, kind in kinds.items():
                    with attempt(f"process start: {name}, {number + 1} of {options.samples}"):
                        milliseconds = kind.once()
                        times.setdefault(name, []).append(milliseconds)
    finally:
        for kind in kinds.values():
            kind.stop()
    return {name: statistics.median(each) for name, each in times.items()}


def new_functions(options, directory, attempt):
    """{server: (first ms, second ms)}, medians: the first request for a function that a warm process never ran, over a
    connection that is open, and the second request for it."""
    functions = write_functions(directory / "new", NEW_FUNCTIONS)
    result = {}
    for name in (name for name in MEET_NEW_FUNCTIONS if name in options.servers):
        server = servers.make(name, options.flag, functions, write_app=lambda where: write_app(where, NEW_FUNCTIONS))
        with attempt(f"functions never run before: {name}"):
            try:
                with load.on_cores(load.SERVER_CORES):
                    server.start()
                with load.on_cores(load.CLIENT_CORES):
                    result[name] = _meet(server, name.startswith(servers.OVERLOCK))
            finally:
                server.stop()
    return result


def _meet(server, is_overlock):
    basic = works.work("hook-basic")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_SECONDS_MAX)
    first, second = [], []
    try:
        json_type = [("Content-Type", "application/json")]
        for _ in range(WARM_REQUESTS):
            client.send_on(connection, "POST", server.target(basic), json_type + basic.headers(), basic.body)
        for number in range(NEW_FUNCTIONS):
            target = client.hook_path(works.APP_ID, "s", f"f{number}") if is_overlock else f"/new/{number}"
            for into in (first, second):
                answer = client.send_on(connection, "GET", target)
                assert answer.status == 200 and f'"{number}"' in answer.text(), f"{server.name}: {answer.text()[:200]}"
                into.append(answer.seconds * 1e3)
    finally:
        connection.close()
    # The very first also makes what all of them share.
    return statistics.median(first[1:]), statistics.median(second[1:])
