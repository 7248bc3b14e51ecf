"""What many webhooks cost a request, and what further executors bring."""
import pathlib
import statistics
import sys

import load
import servers
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import harness  # noqa: E402
from process import BIN, Process  # noqa: E402

APPS = 100
HOOKS_OF_AN_APP = 100
EXECUTORS = (1, 2, 4)
# Those that an executor has to wait with at a time: few enough for one core to have time left with four executors.
CONNECTIONS_AN_EXECUTOR = 16
WAIT_MS = 20
WAIT = f"""exports = async function() {{
  await new Promise(resolve => setTimeout(resolve, {WAIT_MS}));
  return {{ waited: true }};
}};
"""


def _write_one_hook(directory):
    return apps.write_app(directory, works.APP_ID, {"hook-basic": works.hooks()["hook-basic"]})


def _make_server(options):
    server = servers.make("all-in-one", options.flag, write_app=_write_one_hook)
    server.works = ("hook-basic",)
    return server


def _import_many(server):
    """All but one of 10,000 webhooks; that one is the works'."""
    for number in range(APPS):
        app_id = f"many{number}-abcde"
        hooks = HOOKS_OF_AN_APP - (1 if number == 0 else 0)
        directory = apps.write_app(server.topology.directory / app_id, app_id, {
            f"hook{hook}": f"exports = () => 'hook {hook} of {number}';\n" for hook in range(hooks)})
        server.import_app(directory, app_id)


def many_webhooks(options, bodies):
    """Processor time of a request of hook-basic, in µs, with one webhook and with 10,000: two servers, driven in turn.
    A turn is `options.seconds` long."""
    few, many = _make_server(options), _make_server(options)
    basic = works.work("hook-basic")
    try:
        with load.on_cores(load.SERVER_CORES):
            few.start()
            many.start()
        _import_many(many)
        for server in (few, many):
            server.check()
            load.drive(server, basic, load.WARM_CONNECTIONS, options.warm_seconds, bodies)
        costs = {few: [], many: []}
        for turn in range(options.samples):
            for server in ((few, many) if turn % 2 == 0 else (many, few)):
                result = load.drive(server, basic, load.WARM_CONNECTIONS, options.seconds, bodies)
                assert result["errors"] == 0, f"{result['errors']} errors"
                costs[server].append(result["cpu_us"])
        return statistics.median(costs[few]), statistics.median(costs[many])
    finally:
        few.stop()
        many.stop()


class SeveralExecutors(harness.Distributed):
    """Six processes and further executors, among which the edge takes turns."""

    def __init__(self, count, flags=()):
        super().__init__(flags)
        self._count = count

    def start_service(self, service, wait_until_ready=True):
        if service == "edge":
            addresses = [f"127.0.0.1:{self._ports['executor']['listen']}"]
            addresses += [f"127.0.0.1:{self._start_executor(number)}" for number in range(2, self._count + 1)]
            self.service_flags["edge"] = [f"--executor_target=ipv4:{','.join(addresses)}"]
        return super().start_service(service, wait_until_ready)

    def _start_executor(self, number):
        argv = [BIN / "overlock-executor", "--executor_listen=127.0.0.1:0", "--executor_metrics_listen=127.0.0.1:0",
                f"--executor_database={self.directory}/data{number}.db", f"--config_target={self.config_target}",
                *self.flags]
        started = Process(f"executor{number}", argv)
        self.processes[f"executor{number}"] = started
        return started.wait_until_ready().port("grpc")


class WaitingHook(works.Work):
    def __init__(self):
        super().__init__("hook-wait", "GET", expected=lambda body: body == b'{"waited":true}')


def _write_waiting_hook(directory):
    return apps.write_app(directory, works.APP_ID, {"hook-wait": WAIT})


def executors(options, bodies):
    """{executors: requests a second} of a function that waits 20 ms. Each executor has as many requests to wait with."""
    hook, rates = WaitingHook(), {count: [] for count in EXECUTORS}
    for _ in range(options.scaling_rounds):
        for count in EXECUTORS:
            topology = SeveralExecutors(count, options.flag)
            server = servers.Overlock("executors", f"{count} executors", topology, _write_waiting_hook)
            try:
                with load.on_cores(load.SERVER_CORES):
                    server.start()
                hook.check(server)
                connections = CONNECTIONS_AN_EXECUTOR * count
                load.drive(server, hook, connections, options.warm_seconds, bodies)
                result = load.drive(server, hook, connections, options.seconds, bodies)
                assert result["errors"] == 0, f"{result['errors']} errors"
                rates[count].append(result["rate"])
            finally:
                server.stop()
    return {count: statistics.median(each) for count, each in rates.items()}
