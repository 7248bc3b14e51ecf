"""What is to be reached (the tracker's issue on speed), and whether it was. Nothing here measures."""
import dataclasses
import typing

# Where processor time is compared: one connection shows the waits of both sides rather than work.
COMPARED_CONNECTIONS = (16, 64)
START_PEER = "bun"
NEW_FUNCTION_MS_MAX = 3.0
IDLE_MEGABYTES_MAX, APP_MEGABYTES_MAX, FUNCTION_MEGABYTES_MAX = 60.0, 2.0, 0.3
SOAK_MINUTES = 60
SOAK_GROWTH_MAX = 1.03
MANY_WEBHOOKS_MAX = 1.03
BARE_V8_MAX = 1.05
FROM_LINEAR_MAX = 0.1
CALLS_BETWEEN_SERVICES = 2
OF_SUM_MAX = 1.15


@dataclasses.dataclass
class Measured:
    """All that a run measured. What it did not is empty or None.

    `cells`: {(work, server, connections): load.Cell}. `starts`: {server: ms}. `new_functions`: {server: (first ms, second
    ms)}. `footprints`: {server: footprint.Footprint}. `soak`: (minutes, MB early, MB at the end). `many_webhooks`: (µs with one,
    µs with 10,000). `executors`: {number: requests/s}. `bare_v8`: {work: µs, or None}. `bare_grpc`: {"plain": µs, "mtls": µs}.
    `peers` names those of `cells` that run functions and are not Overlock.
    """

    cells: dict = dataclasses.field(default_factory=dict)
    peers: tuple = ()
    starts: dict = dataclasses.field(default_factory=dict)
    new_functions: dict = dataclasses.field(default_factory=dict)
    footprints: dict = dataclasses.field(default_factory=dict)
    soak: typing.Optional[tuple] = None
    many_webhooks: typing.Optional[tuple] = None
    executors: dict = dataclasses.field(default_factory=dict)
    bare_v8: dict = dataclasses.field(default_factory=dict)
    bare_grpc: typing.Optional[dict] = None

    def cell(self, work, server, connections):
        """None if it was not measured, or had errors among its answers."""
        cell = self.cells.get((work, server, connections))
        return cell if cell and not cell.errors else None

    def compared(self, work, *names):
        """[(connections, the cells of these servers)] for every number of connections at which all were measured."""
        rows = [(number, [self.cell(work, name, number) for name in names]) for number in COMPARED_CONNECTIONS]
        return [(number, cells) for number, cells in rows if all(cells)]


@dataclasses.dataclass(frozen=True)
class Row:
    """`reached` is None where it was not measured."""

    what: str
    target: str
    measured: str = "not measured"
    reached: typing.Optional[bool] = None


def _cpu_of(measured, what, target, work, ours, theirs, factor):
    """At most `factor` times what `theirs` needs, at every number of connections."""
    pairs = measured.compared(work, ours, theirs)
    if not pairs:
        return Row(what, target)
    texts, reached = [], True
    for connections, (our, their) in pairs:
        texts.append(f"{our.cpu_us:.1f} to {their.cpu_us:.1f} µs ({our.cpu_us / their.cpu_us:.2f}x) at {connections}")
        reached = reached and our.cpu_us <= factor * their.cpu_us
    return Row(what, target, "; ".join(texts), reached)


def _all_in_one(measured):
    threads, jailed = "all-in-one-threads", "all-in-one"
    cpu = "CPU a request"
    yield _cpu_of(measured, f"hook-basic, threads: {cpu}", "at most bun's", "hook-basic", threads, "bun", 1.0)
    yield _cpu_of(measured, f"hook-basic, threads: {cpu}", "at most 1/4 of isolated-vm's", "hook-basic", threads,
                  "isolated-vm", 1 / 4)
    yield _rates(measured, threads, "bun")
    yield _cpu_of(measured, f"hook-basic, jailed: {cpu}", "at most 1.7x bun's", "hook-basic", jailed, "bun", 1.7)
    yield _cpu_of(measured, f"hook-basic, jailed: {cpu}", "at most 1/2.5 of isolated-vm's", "hook-basic", jailed,
                  "isolated-vm", 1 / 2.5)
    yield _cpu_of(measured, f"hook-basic, jailed: {cpu}", "at most 1/5 of workerd's with an isolate a function",
                  "hook-basic", jailed, "workerd-loader", 1 / 5)
    yield _lowest_p99(measured, jailed)
    yield _cpu_of(measured, f"hook-echo, jailed: {cpu}", "at most 1.5x nginx's fixed answer", "hook-echo", jailed,
                  "nginx", 1.5)
    yield _beside_bare_v8(measured, jailed)


def _rates(measured, ours, theirs):
    what, target = "hook-basic, threads: requests/s", "at least bun's, at 16 and at 64 connections"
    pairs = measured.compared("hook-basic", ours, theirs)
    if not pairs:
        return Row(what, target)
    texts = [f"{our.rate:,.0f} to {their.rate:,.0f} at {connections}" for connections, (our, their) in pairs]
    return Row(what, target, "; ".join(texts), all(our.rate >= their.rate for _, (our, their) in pairs))


def _lowest_p99(measured, ours):
    what, target = "hook-basic, jailed: p99 at 16 connections", "the lowest of all that run functions"
    our = measured.cell("hook-basic", ours, 16)
    others = {name: cell.p99_us for name in measured.peers if (cell := measured.cell("hook-basic", name, 16))}
    if not our or not others:
        return Row(what, target)
    best = min(others, key=others.get)
    return Row(what, target, f"{our.p99_us / 1e3:.2f} ms; {best} {others[best] / 1e3:.2f} ms",
               our.p99_us <= others[best])


def _beside_bare_v8(measured, ours):
    what, target = "hook-cpu, jailed: CPU a request", "within 5 % of bare V8"
    bare = measured.bare_v8.get("hook-cpu")
    cells = measured.compared("hook-cpu", ours)
    if not bare:
        return Row(what, target, "not measured: v8_bench is not built, or not run")
    if not cells:
        return Row(what, target)
    texts = [f"{cell.cpu_us:.0f} to {bare:.0f} µs ({cell.cpu_us / bare:.2f}x) at {number}" for number, (cell,) in cells]
    return Row(what, target, "; ".join(texts), all(cell.cpu_us <= BARE_V8_MAX * bare for _, (cell,) in cells))


def _distributed(measured):
    for name, kind, factor in (("distributed", "plain text", 1.0), ("distributed-mtls", "mTLS", 1.3)):
        what = f"hook-basic, six processes, {kind}: CPU a request"
        target = "at most workerd's" if factor == 1.0 else f"at most {factor}x workerd's"
        yield _cpu_of(measured, what, target, "hook-basic", name, "workerd", factor)
        yield _of_sum(measured, what, name, "plain" if name == "distributed" else "mtls")


def _of_sum(measured, what, name, kind):
    target = f"at most {OF_SUM_MAX}x two bare gRPC calls and all-in-one together"
    pairs = measured.compared("hook-basic", name, "all-in-one")
    if not measured.bare_grpc:
        return Row(what, target, "not measured: grpc_bench is not built, or not run")
    if not pairs:
        return Row(what, target)
    texts, reached = [], True
    for number, (ours, whole) in pairs:
        total = CALLS_BETWEEN_SERVICES * measured.bare_grpc[kind] + whole.cpu_us
        texts.append(f"{ours.cpu_us:.1f} to 2 x {measured.bare_grpc[kind]:.1f} + {whole.cpu_us:.1f} µs "
                     f"({ours.cpu_us / total:.2f}x) at {number}")
        reached = reached and ours.cpu_us <= OF_SUM_MAX * total
    return Row(what, target, "; ".join(texts), reached)


def _starts(measured):
    for name, kind in (("all-in-one", "jailed"), ("all-in-one-threads", "threads")):
        what, target = f"start to first answer, 100 webhooks, {kind}", "at most bun's"
        ours, bun = measured.starts.get(name), measured.starts.get(START_PEER)
        if not ours or not bun:
            yield Row(what, target)
            continue
        also = measured.starts.get(f"{START_PEER}-100")
        text = f"{ours:.0f} to {bun:.0f} ms" + (f" ({also:.0f} where bun loads 100 functions, too)" if also else "")
        yield Row(what, target, text, ours <= bun)
    for name, kind in (("all-in-one", "jailed"), ("all-in-one-threads", "threads")):
        what, target = f"a function never run before, {kind}", f"at most {NEW_FUNCTION_MS_MAX:.0f} ms"
        if name not in measured.new_functions:
            yield Row(what, target)
            continue
        first, _ = measured.new_functions[name]
        yield Row(what, target, f"{first:.2f} ms", first <= NEW_FUNCTION_MS_MAX)


def _memory(measured):
    for name, kind in (("all-in-one", "jailed"), ("all-in-one-threads", "threads")):
        held = measured.footprints.get(name)
        for what, most, attribute in (("idle", IDLE_MEGABYTES_MAX, "idle"), ("a further app", APP_MEGABYTES_MAX, "app"),
                                      ("a further function", FUNCTION_MEGABYTES_MAX, "function")):
            row = Row(f"memory (RSS), {kind}: {what}", f"at most {most:g} MB")
            if held:
                value = getattr(held, attribute)
                text = f"{value:.2f} MB" if most < 10 else f"{value:.0f} MB"
                if attribute == "idle":
                    text += f" ({held.idle_shared_once:.0f} MB with shared pages counted once)"
                row = dataclasses.replace(row, measured=text, reached=value <= most)
            yield row
    row = Row("memory after an hour of hook-basic and hook-cpu", "under 3 % above that after five minutes",
              f"not measured: --soak-minutes {SOAK_MINUTES}")
    if measured.soak:
        minutes, early, late = measured.soak
        row = dataclasses.replace(row, measured=f"{early:.0f} MB, after {minutes:g} minutes {late:.0f} MB",
                                  reached=late < SOAK_GROWTH_MAX * early if minutes >= SOAK_MINUTES else None)
    yield row


def _scaling(measured):
    row = Row("10,000 webhooks against 1: CPU a request", "within 3 %")
    if measured.many_webhooks:
        one, many = measured.many_webhooks
        row = dataclasses.replace(row, measured=f"{many:.1f} to {one:.1f} µs ({many / one:.3f}x)",
                                  reached=many <= MANY_WEBHOOKS_MAX * one)
    yield row
    row = Row("executors 1, 2, 4, a function that waits 20 ms: requests/s", "within 10 % of linear")
    if measured.executors:
        one = measured.executors[1]
        shares = {count: rate / (one * count) for count, rate in measured.executors.items()}
        text = "; ".join(f"{rate:,.0f} ({shares[count]:.0%} of linear)" for count, rate in measured.executors.items())
        row = dataclasses.replace(row, measured=text, reached=all(abs(share - 1) <= FROM_LINEAR_MAX for share in shares.values()))
    yield row


def rows(measured):
    return [row for part in (_all_in_one, _distributed, _starts, _memory, _scaling) for row in part(measured)]
