"""Costs that Overlock's are compared with: V8 alone, and a bare gRPC call. Their programs are built with
OVERLOCK_BENCHMARKS; None stands for a cost whose program is not there."""
import json
import pathlib
import subprocess
import sys
import tempfile

import load
import servers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from authority import Authority  # noqa: E402
from process import BIN  # noqa: E402

V8_BENCH, GRPC_BENCH = "v8_bench", "grpc_bench"
RUN_SECONDS_MAX = 300


def _benchmarks(program, *flags):
    """Runs a Google Benchmark program on the servers' core; returns its results by name. None if it is not built."""
    if not (BIN / program).exists():
        return None
    argv = [BIN / program, "--benchmark_format=json", *flags]
    with load.on_cores(load.SERVER_CORES):
        done = subprocess.run(argv, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr}")
    results = {each["run_name"].split("/")[0]: each for each in json.loads(done.stdout)["benchmarks"]}
    for name, result in results.items():
        if result.get("error_occurred"):
            raise RuntimeError(f"{program}: {name}: {result['error_message']}")
    return results


def bare_v8_us(work, bodies):
    """Processor time of JSON.parse, the work's function and JSON.stringify in the V8 that Overlock runs, in µs."""
    results = _benchmarks(V8_BENCH, f"--function={servers.PEERS / 'functions' / work.name}.mjs",
                          f"--body={bodies.file(work)}")
    return results["ParseCallStringify"]["cpu_time"] if results else None


def bare_grpc_us():
    """Processor time of client and server together for a unary call with a hook's body, in µs: {"plain": ..., "mtls":
    ...}."""
    with tempfile.TemporaryDirectory(prefix="overlock-bench-") as directory:
        authority = Authority(pathlib.Path(directory), "authority")
        authority.sign("service")
        results = _benchmarks(GRPC_BENCH, f"--certificates={directory}")
    return {"plain": results["UnaryPlainText"]["cpu_us"], "mtls": results["UnaryMutualTls"]["cpu_us"]} if results else None
