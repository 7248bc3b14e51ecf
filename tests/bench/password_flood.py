#!/usr/bin/env python3
"""How long hooks that log in with an API key wait while others guess passwords.

Starts Overlock, measures such a hook alone, then while --rate wrong passwords a second arrive: from a new address each,
for a user that exists, for one that does not, and for names made up on the spot. Prints latencies and how the guesses
were answered. With --check it exits 1 if an answer was wrong, if fewer guesses than asked for were made, or if the p99
was twice the quiet p99 or more.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import client  # noqa: E402
import harness  # noqa: E402
import process  # noqa: E402
from hostile import percentile  # noqa: E402

APP = "flood-abcde"
EMAIL = "ada@example.com"
PASSWORD = "the right password"
P99_FACTOR_MAX = 2.0
RATE_SHARE_MIN = 0.9
GUESSERS = 256


class Sender:
    """Sends the hook's requests one after the other until stopped."""

    def __init__(self, port, key):
        self.latencies, self.wrong = [], []
        self._port, self._headers = port, [("api-key", key)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self):
        target = client.hook_path(APP, "s", "login")
        while not self._over.is_set():
            try:
                answer = client.send(self._port, "POST", target, self._headers, b"{}")
            except harness.NO_ANSWER as error:
                self.wrong.append(repr(error))
                continue
            self.latencies.append(answer.seconds)
            if answer.status != 200:
                self.wrong.append(f"{answer.status} {answer.text()[:200]}")
            self._over.wait(0.002)

    def stop(self):
        self._over.set()
        self._thread.join()
        self.latencies.sort()
        return self


class Guesses:
    """Sends wrong passwords at a rate, whatever the answers, until stopped; in a process of its own, which lets what is
    measured go first, as guesses from other machines would."""

    def __init__(self, port, rate):
        self.statuses, self.unanswered = {}, []
        ours, theirs = multiprocessing.Pipe()
        self._pipe = ours
        self._process = multiprocessing.Process(target=self._run, args=(port, rate, theirs))
        self._process.start()

    def _run(self, port, rate, pipe):
        os.nice(10)
        self._port, self._interval = port, GUESSERS / rate
        self._lock = threading.Lock()
        self._number = 0
        self._over = threading.Event()
        threads = [threading.Thread(target=self._guess, args=(i / rate,)) for i in range(GUESSERS)]
        for thread in threads:
            thread.start()
        pipe.recv()
        self._over.set()
        for thread in threads:
            thread.join()
        pipe.send((self.statuses, self.unanswered))

    def _guess(self, delay):
        due = time.monotonic() + delay
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due += self._interval
            with self._lock:
                number = self._number = self._number + 1
            email = (EMAIL, "nobody@example.com", f"user{number}@example.com")[number % 3]
            headers = [("email", email), ("password", f"guess {number}"),
                       ("X-Forwarded-For", f"198.{18 + (number >> 16) % 2}.{number >> 8 & 255}.{number & 255}")]
            try:
                status = client.send(self._port, "POST", client.hook_path(APP, "s", "login"), headers, b"{}").status
            except harness.NO_ANSWER as error:
                self.unanswered.append(repr(error))
                continue
            with self._lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1

    def stop(self):
        self._pipe.send("stop")
        self.statuses, self.unanswered = self._pipe.recv()
        self._process.join()
        return self


def cli(topology, *words, text=""):
    """Runs a command of `overlock`; returns its standard output."""
    environment = {**os.environ, "OVERLOCK_CONFIG_TARGET": topology.config_target,
                   "OVERLOCK_TOKEN_FILE": str(topology.token_file)}
    if topology.auth_target:
        environment["OVERLOCK_AUTH_TARGET"] = topology.auth_target
    return subprocess.run([process.BIN / "overlock", *words, "--app", APP], input=text, env=environment, check=True,
                          text=True, stdout=subprocess.PIPE, timeout=60).stdout


def set_up(topology):
    """Imports the application and makes its users; returns the API key."""
    hooks = {"login": {"source": "exports = () => 1;", "run_as_authed_user": True}}
    directory = apps.write_app(topology.directory / "app", APP, hooks)
    (directory / "auth_providers").mkdir()
    for provider in ("api-key", "local-userpass"):
        fields = {"name": provider, "type": provider, "disabled": False}
        (directory / "auth_providers" / f"{provider}.json").write_text(json.dumps(fields))
    topology.import_app(directory, APP)
    cli(topology, "users", "create", "--email", EMAIL, text=PASSWORD)
    return cli(topology, "users", "api-keys", "create", "sender").strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is not as it must be")
    parser.add_argument("--rate", type=float, default=500, help="wrong passwords a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--topology", choices=("all-in-one", "distributed"), default="all-in-one")
    options = parser.parse_args()

    trust = ("--edge_trusted_proxies=127.0.0.0/8",)
    if options.topology == "all-in-one":
        topology = harness.AllInOne(flags=trust)
    else:
        topology = harness.Distributed(service_flags={"edge": trust})
    try:
        topology.start()
        key = set_up(topology)
        Sender(topology.edge_port, key).stop()
        quiet = Sender(topology.edge_port, key)
        time.sleep(options.seconds)
        quiet.stop()
        guesses = Guesses(topology.edge_port, options.rate)
        beside = Sender(topology.edge_port, key)
        time.sleep(options.seconds)
        beside.stop()
        guesses.stop()
    finally:
        topology.stop()

    wrong = quiet.wrong + beside.wrong + guesses.unanswered
    made = sum(guesses.statuses.values())
    print(f"guesses: {made / options.seconds:.0f} a second, "
          + ", ".join(f"{count} answered {status}" for status, count in sorted(guesses.statuses.items())))
    for problem in wrong[:20]:
        print(f"wrong: {problem}")
    for name, sender in (("quiet", quiet), ("beside", beside)):
        print(f"{name}: {len(sender.latencies)} answers, p50 {percentile(sender.latencies, 50) * 1e3:.2f} ms, "
              f"p99 {percentile(sender.latencies, 99) * 1e3:.2f} ms, max {sender.latencies[-1] * 1e3:.1f} ms")
    ratio = percentile(beside.latencies, 99) / percentile(quiet.latencies, 99)
    print(f"p99 ratio {ratio:.2f} (allowed: below {P99_FACTOR_MAX})")
    too_few = made < RATE_SHARE_MIN * options.rate * options.seconds
    return 1 if options.check and (wrong or too_few or ratio >= P99_FACTOR_MAX) else 0


if __name__ == "__main__":
    sys.exit(main())
