"""Costs that Overlock's are compared with: V8 alone, and a bare gRPC call."""
import json
import pathlib
import subprocess
import sys
import tempfile

import load
import servers
import works

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from authority import Authority  # noqa: E402
from process import BIN  # noqa: E402

CALLS = {"hook-basic": 50_000, "hook-cpu": 300}


def _run(argv, environment=None):
    with load.on_cores(load.SERVER_CORES):
        done = subprocess.run([str(each) for each in argv], env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def bare_v8_us(work, bodies):
    """Processor time of JSON.parse, the function and JSON.stringify in Node.js, in µs."""
    return float(_run(["node", servers.PEERS / "bare-v8.mjs", work.name, bodies.file(work), CALLS[work.name]]))


def bare_grpc_us():
    """Processor time of client and server together for a unary call with a hook's body, in µs: {"plain": ..., "mtls":
    ...}. None where grpc_bench is not built."""
    program = BIN / "grpc_bench"
    if not program.exists():
        return None
    with tempfile.TemporaryDirectory(prefix="overlock-bench-") as directory:
        authority = Authority(pathlib.Path(directory), "authority")
        authority.sign("service")
        output = _run([program, "--benchmark_format=json", f"--certificates={directory}"])
    costs = {each["name"].split("/")[0]: each["cpu_us"] for each in json.loads(output)["benchmarks"]}
    return {"plain": costs["UnaryPlainText"], "mtls": costs["UnaryMutualTls"]}
