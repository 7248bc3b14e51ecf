"""Runs the function cases of tests/conformance/functions against real servers.

    python3 tests/system/conformance.py [--distributed] [--containment=thread] [--only=TEXT] [FILE...]

Without files all are run. See tests/conformance/functions/README.md.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import sys
import tempfile
import time

import apps
import client
import conformance_cases
import harness
import process
from conformance_cases import BadCase

try:
    import upstream
except ImportError:
    upstream = None

CASES = apps.REPOSITORY / "tests" / "conformance" / "functions"
REQUESTS_AT_ONCE_MAX = 8
CASES_PER_APP_MAX = 50
REQUEST_SECONDS_MAX = 60.0
LOG_SECONDS_MAX = 5.0
SERVICE_OF_SECRETS = "secrets-of-the-cases"


class Application:
    """Cases that share an application: none of them has under a name what another one has otherwise."""

    def __init__(self, app_id, root):
        self.app_id = app_id
        self.root = root
        self.alone = False
        self.cases = []
        self.entities = {}

    def takes(self, case):
        if case.alone or self.alone:
            return not self.cases
        fits = all(self.entities.get(key, content) == content for key, content in case.entities.items())
        return fits and case.app == self.root and len(self.cases) < CASES_PER_APP_MAX

    def add(self, case):
        self.alone = case.alone
        self.cases.append(case)
        self.entities.update(case.entities)

    def write(self, directory, variables):
        """Writes it in layout F1; `variables` are what `${...}` stands for, but for those of a case."""
        root = {"app_id": self.app_id, "config_version": 20180301, "name": self.app_id.rpartition("-")[0]}
        self._write(directory, "stitch.json", {**root, **self.root}, variables)
        services = {"http": {"type": "http"}}
        secrets = {}
        for (kind, name), content in self.entities.items():
            if kind == "service":
                services[name] = json.loads(content)
            elif kind == "secret":
                secrets[name] = content
            else:
                self._write_entity(directory, kind, name, content, variables)
        for case in self.cases:
            services.setdefault(case.service, {"type": case.webhook.get("service_type", "http")})
            self._write_hook(directory, case, variables)
        if secrets:
            services[SERVICE_OF_SECRETS] = {"type": "http", "secret_config": {name: name for name in secrets}}
            self._write(directory, "secrets.json", {"services": {SERVICE_OF_SECRETS: secrets}}, variables)
        for name, config in services.items():
            self._write(directory, f"services/{name}/config.json",
                        {"name": name, "config": {}, "version": 1, **config}, variables)

    def _write_entity(self, directory, kind, name, content, variables):
        if kind == "function":
            source, config = content
            self._write(directory, f"functions/{name}/config.json", {"name": name, **json.loads(config)}, variables)
            self._write(directory, f"functions/{name}/source.js", source, variables)
        elif kind == "value":
            value = json.loads(content)
            whole = value if isinstance(value, dict) and "from_secret" in value else {"value": value}
            self._write(directory, f"values/{name}.json", {"name": name, **whole}, variables)
        elif kind == "environment":
            self._write(directory, f"environments/{name}.json", {"values": json.loads(content)}, variables)
        elif kind == "rule":
            service, _, rule = name.partition("/")
            self._write(directory, f"services/{service}/rules/{rule}.json", {"name": rule, **json.loads(content)},
                        variables)
        else:
            self._write(directory, name, content, variables)

    def _write_hook(self, directory, case, variables):
        variables = {**variables, **self.names(case)}
        config = {
            "name": case.name,
            "run_as_authed_user": False,
            "run_as_user_id": "",
            "run_as_user_id_script_source": conformance_cases.fill(case.script or "", variables),
            "respond_result": True,
        }
        service_type = case.webhook.get("service_type", "http")
        if service_type == "http":
            config["options"] = {"httpMethod": "ANY", "validationMethod": "NO_VALIDATION"}
        config.update({key: value for key, value in case.webhook.items() if key not in ("service", "service_type")})
        base = f"services/{case.service}/incoming_webhooks/{case.name}"
        self._write(directory, f"{base}/config.json", config, variables)
        self._write(directory, f"{base}/source.js", case.source, variables)

    @staticmethod
    def _write(directory, name, content, variables):
        path = pathlib.Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content, indent=4) + "\n"
            path.write_bytes(conformance_cases.fill(text, variables).encode())

    def names(self, case):
        return {"APP": self.app_id, "HOOK": case.name, "SERVICE": case.service,
                "PATH": client.hook_path(self.app_id, case.service, case.name)}


def read_cases(paths=()):
    """The cases of `paths`, or of all files."""
    files = [pathlib.Path(path) for path in paths] or sorted(CASES.glob("*.case"))
    return [case for path in files for case in conformance_cases.parse(path)]


def pack(cases):
    """As few applications as the names of their parts allow; each that must be alone has one of its own."""
    packed = []
    for case in cases:
        fitting = next((app for app in packed if app.takes(case)), None)
        if fitting is None:
            number = len(packed)
            fitting = Application(f"cases{number}-{''.join(chr(97 + int(digit)) for digit in f'{number:05d}')}", case.app)
            packed.append(fitting)
        fitting.add(case)
    return packed


def selected(cases, containment):
    """Without those that are for the other containment, or that need a server outside which there is not."""
    kept = [case for case in cases if case.only in (None, containment)]
    if upstream is None:
        missing = [case for case in kept if case.needs_upstream()]
        if missing:
            print(f"NOT RUN, there is no tests/system/upstream.py: {len(missing)} cases", file=sys.stderr)
        kept = [case for case in kept if not case.needs_upstream()]
    return kept


class Run:
    """All cases on one running topology. `problems` maps (place, title) to sentences."""

    def __init__(self, topology, variables):
        self.topology = topology
        self.variables = {**variables, "EDGE": f"127.0.0.1:{topology.edge_port}"}
        self.problems = collections.defaultdict(list)
        self.sent = []  # (case, step, variables, request id)

    def run(self, cases):
        packed = pack(cases)
        with tempfile.TemporaryDirectory(prefix="overlock-cases-") as directory:
            packed = [app for app in packed if self._import(app, pathlib.Path(directory, app.app_id))]
        self._wait_until_known(packed)
        with concurrent.futures.ThreadPoolExecutor(REQUESTS_AT_ONCE_MAX) as pool:
            shared = [(app, case) for app in packed if not app.alone for case in app.cases]
            list(pool.map(lambda each: self._send(*each), shared))
        for app in packed:
            if app.alone:
                self._send(app, app.cases[0])
        self._judge_logs()
        return self.problems

    def _import(self, app, directory):
        app.write(directory, {**self.variables, "APP": app.app_id})
        done = self.topology.try_import(directory, ["--skip_compile"])
        for case in app.cases if done.returncode != 0 else ():
            self._add(case, f"import of its application failed: {done.stdout}{done.stderr}")
        return done.returncode == 0

    def _wait_until_known(self, packed):
        for app in packed:
            process.wait_until(lambda: self.topology.knows(app.app_id), 10, f"the edge knows {app.app_id}")

    def _add(self, case, problem):
        self.problems[case.place, case.title].append(problem)

    def _send(self, app, case):
        variables = {**self.variables, **app.names(case)}
        for step in case.steps:
            try:
                method, suffix, headers, body = conformance_cases.read_request(step, variables)
                answer = self.topology.send(method, variables["PATH"] + suffix, headers, body, REQUEST_SECONDS_MAX)
            except (*harness.NO_ANSWER, BadCase) as error:
                self._add(case, f"no answer: {error!r}")
                return
            for problem in conformance_cases.answer_problems(step, variables, answer):
                self._add(case, problem)
            if step.console is not None or step.log is not None:
                self.sent.append((case, step, variables, answer.header("X-Request-Id")))

    def _judge_logs(self):
        """The lines may come a moment after the answer."""
        deadline = time.monotonic() + LOG_SECONDS_MAX
        while True:
            by_request = collections.defaultdict(list)
            for entry in self.topology.logs():
                if isinstance(entry, dict):
                    by_request[entry.get("request_id")].append(entry)
            found = [(case, conformance_cases.log_problems(step, variables, by_request[request_id]))
                     for case, step, variables, request_id in self.sent]
            if not any(problems for _, problems in found) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        for case, problems in found:
            for problem in problems:
                self._add(case, problem)


def run_cases(cases, distributed, containment):
    """Starts servers, runs the cases, stops the servers. Returns how many ran, and problems by case."""
    cases = selected(cases, containment)
    outside = upstream.Upstream() if upstream and any(case.needs_upstream() for case in cases) else None
    flags = [f"--executor_containment={containment}"]
    variables = {}
    try:
        if outside:
            outside.__enter__()
            flags += outside.flags
            variables = {"UPSTREAM": outside.address, "UPSTREAM_TLS": outside.tls_address}
        if distributed:
            topology = harness.Distributed(service_flags={"executor": flags})
        else:
            topology = harness.AllInOne(flags)
        try:
            problems = Run(topology.start(), variables).run(cases)
        finally:
            ended = topology.stop()
    finally:
        if outside:
            outside.__exit__(None, None, None)
    if ended:
        problems["servers", "end"].append(f"ended with another exit code than 0: {ended}")
    return len(cases), problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--distributed", action="store_true", help="six processes instead of one")
    parser.add_argument("--containment", choices=("process", "thread"), default="process")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose place or title holds TEXT")
    arguments = parser.parse_args()
    try:
        cases = [case for case in read_cases(arguments.files) if arguments.only in f"{case.place} {case.title}"]
    except BadCase as error:
        sys.exit(str(error))
    began = time.monotonic()
    count, problems = run_cases(cases, arguments.distributed, arguments.containment)
    for (place, title), sentences in sorted(problems.items()):
        print(f"{place}: {title}")
        for sentence in sentences:
            print(f"    {sentence}")
    print(f"{count} cases, {len(problems)} failed, {time.monotonic() - began:.1f} s")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
