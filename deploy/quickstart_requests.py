#!/usr/bin/env python3
"""Serves the sample application and shows how to call its webhooks.

    quickstart_requests.py OVERLOCK            prints curl commands, serves until Ctrl-C
    quickstart_requests.py OVERLOCK --check    runs the curl commands, checks the answers, stops

The requests and what must be answered stand in tests/apps/first-look.requests.json and nowhere else.
"""
import json
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "system"))

import apps  # noqa: E402
import client  # noqa: E402

APP = "first-look"
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 40
CURL_SECONDS_MAX = 20


def listen_address(port):
    """The address with this port, or with a free one where the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            port = 0
    return f"127.0.0.1:{port}"


class Server:
    """`overlock serve` with the sample application. Its log goes to `log`, or to our own standard error."""

    def __init__(self, overlock, data_dir, ports, log=None):
        argv = [overlock, "serve", f"--app={apps.sample_directory(APP)}", f"--data_dir={data_dir}"]
        argv += [f"--{flag}={listen_address(port)}" for flag, port in ports.items()]
        # A session of its own: Ctrl-C is ours alone to hear, and a second signal would cut its drain short.
        self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                                         start_new_session=True)
        self.url = None

    def wait_until_ready(self):
        """Reads up to the line `ready http://HOST:PORT`; False if the server ends before it."""
        signal.signal(signal.SIGALRM, lambda *_: self._process.kill())
        signal.alarm(START_SECONDS_MAX)
        for line in self._process.stdout:
            if line.startswith("ready "):
                self.url = line.split()[1]
                break
        signal.alarm(0)
        return self.url is not None

    def wait(self):
        return self._process.wait()

    def stop(self):
        """Ends the server gently, then surely; whether it ended well."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS_MAX) == 0
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False


class CurlRequest(apps.Request):
    """A request as a command for a shell."""

    def __init__(self, fields):
        super().__init__(APP, apps.app_id_of(apps.sample_directory(APP)), fields)
        self._sign = fields.get("sign")
        self.hook = fields["path"].partition("?")[0]
        if self.body is not None:
            self._body_text = self.body.decode()

    def command(self, url):
        lines = []
        curl = "curl -sSi"
        if self.method == "HEAD":
            curl += " --head"
        elif self.method != ("GET" if self.body is None else "POST"):
            curl += f" -X {self.method}"
        headers = [(name, value) for name, value in self.headers if not self._sign or name != self._sign["header"]]
        # Otherwise curl says that every body is a form.
        if self.body is not None and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", ""))
        arguments = [f"-H {shlex.quote(f'{name}: {value}'.rstrip())}" for name, value in headers]
        if self._sign:
            lines.append(f"body={shlex.quote(self._body_text)}")
            digest = (f"printf %s \"$body\" | openssl dgst -r -{self._sign['algorithm']} "
                      f"-hmac {shlex.quote(self._sign['secret'])} | cut -d' ' -f1")
            lines.append(f"signature=$({digest})")
            arguments.append(f"-H \"{self._sign['header']}: {self._sign['algorithm']}=$signature\"")
            arguments.append('--data-binary "$body"')
        elif self.body is not None:
            arguments.append(f"--data-binary {shlex.quote(self._body_text)}")
        lines.append(" ".join([curl, *arguments, shlex.quote(url + self.target)]))
        return "\n".join(lines)

    def run(self, url):
        """Runs the command in a shell; returns the answer, or None and why there is none."""
        began = time.monotonic()
        done = subprocess.run(["bash", "-c", self.command(url)], capture_output=True, timeout=CURL_SECONDS_MAX,
                              check=False)
        if done.returncode != 0:
            return None, done.stderr.decode("utf-8", "replace").strip()
        return parse_answer(done.stdout, time.monotonic() - began), ""


def parse_answer(output, seconds):
    """What `curl -i` printed."""
    while True:
        head, _, body = output.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, reason = (lines[0] + "  ").split(" ", 2)
        if not status.startswith("1"):
            break
        output = body
    headers = tuple(tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:])
    return client.Answer(version, int(status), reason.strip(), headers, body, seconds)


def load_requests():
    fields = json.loads((apps.SAMPLES / f"{APP}.requests.json").read_text())
    return [CurlRequest(one) for one in fields]


def one_a_hook(requests):
    """The first request to each webhook that is answered well."""
    seen = set()
    for request in requests:
        if request.expect["status"] < 300 and request.hook not in seen:
            seen.add(request.hook)
            yield request


def serve(overlock):
    data_dir = ROOT / ".overlock"
    server = Server(overlock, data_dir, {"edge_listen": 8080, "config_listen": 9001, "metrics_listen": 9100})
    try:
        if not server.wait_until_ready():
            server.stop()
            return 1
        print(f"Serving tests/apps/{APP} at {server.url}. Try:\n")
        for request in one_a_hook(load_requests()):
            print(f"# {request.name}\n{request.command(server.url)}\n")
        print("Ctrl-C ends it. `deploy/quickstart --check` sends these and the ones that must be refused.", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        return 0 if server.stop() else 1


def check_one(request, url):
    """Runs and prints one request; whether the answer was right."""
    print(f"# {request.name}\n{request.command(url)}")
    try:
        answer, why = request.run(url)
    except subprocess.TimeoutExpired:
        answer, why = None, f"no answer within {CURL_SECONDS_MAX} s"
    problems = request.problems(answer) if answer else [why]
    if answer:
        print(f"=> {answer.status} {answer.reason}\n{answer.text()}".rstrip())
    for problem in problems:
        print(f"WRONG: {problem}")
    print()
    return not problems


def check(overlock):
    with tempfile.TemporaryDirectory(prefix="overlock-quickstart-") as directory:
        log_path = pathlib.Path(directory) / "log"
        with log_path.open("w") as log:
            server = Server(overlock, pathlib.Path(directory) / "data",
                            {"edge_listen": 0, "config_listen": 0, "metrics_listen": 0}, log)
            try:
                ready = server.wait_until_ready()
                right = [check_one(request, server.url) for request in load_requests()] if ready else []
            except KeyboardInterrupt:
                right = []
            ended_well = server.stop()
        ok = ready and ended_well and bool(right) and all(right)
        if not ok:
            print(log_path.read_text()[-8000:], file=sys.stderr)
        if ready and not ended_well:
            print("WRONG: the server did not end well")
        print(f"{right.count(True)} passed, {right.count(False) + (not ready) + (ready and not ended_well)} failed")
        return 0 if ok else 1


def interrupt(*_):
    raise KeyboardInterrupt


def main(argv):
    if len(argv) not in (2, 3) or argv[2:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    return check(argv[1]) if argv[2:] else serve(argv[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
