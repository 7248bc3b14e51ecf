"""The cases of tests/conformance/expressions as applications, requests and users of a real server.

Every case in `can_evaluate` is a webhook of its own. What a case has under a name of its own (values) is renamed, so that
many cases share an application; those with an environment of their own do not.
"""
import json
import re

import apps

CASES = apps.REPOSITORY / "tests" / "conformance" / "expressions"
VALUE = re.compile(r"%%values\.(\w+)")
# No request can have these: the edge says where a webhook is.
NOT_OF_A_REQUEST = {"request url"}


class Case:
    def __init__(self, file, index, fields):
        self.name = f"{file.stem}: {fields['name']}"
        self.prefix = f"{file.stem}_{index}_"
        self.fields = fields
        self.environment = fields.get("environment", {})

    def runs_in_a_webhook(self):
        return ("expression" in self.fields and "place" not in self.fields and
                self.fields["name"] not in NOT_OF_A_REQUEST)

    @property
    def expression(self):
        text = VALUE.sub(lambda match: f"%%values.{self.prefix}{match[1]}", json.dumps(self.fields["expression"]))
        return json.loads(text)

    @property
    def service(self):
        return self.environment.get("request", {}).get("service", "s")

    @property
    def webhook(self):
        return self.environment.get("request", {}).get("action", self.prefix + "hook")

    def options(self):
        """What `overlock webhooks explain` is told of the request and the user."""
        request = self.environment.get("request", {})
        headers = [(name, line) for name, lines in request.get("requestHeaders", {}).items() for line in lines]
        headers += [(name, request[key]) for key, name in (("httpReferrer", "Referer"), ("httpUserAgent", "User-Agent"))
                    if key in request]
        options = [f"--header={name}: {value}" for name, value in headers]
        options += [f"--query={pair}" for pair in request.get("rawQueryString", "").split("&") if pair]
        if "httpMethod" in request:
            options += ["--method", request["httpMethod"]]
        if "remoteIPAddress" in request:
            options += ["--remote_ip", request["remoteIPAddress"]]
        if "user" in self.environment:
            options += ["--user_json", json.dumps(self.environment["user"])]
        return options


def read_cases():
    return [Case(file, index, fields) for file in sorted(CASES.glob("*.json"))
            for index, fields in enumerate(json.loads(file.read_text()))]


class Application:
    """Cases that share an environment."""

    def __init__(self, app_id, environment):
        self.app_id = app_id
        self.environment = environment
        self.cases = []

    def write(self, directory):
        root = {"app_id": self.app_id, "config_version": 20180301, "name": self.app_id.rpartition("-")[0]}
        tag = self.environment.get("tag", "")
        if tag:
            root["environment"] = tag
            _write(directory / "environments" / f"{tag}.json", {"values": self.environment.get("values", {})})
        elif self.environment.get("values"):
            _write(directory / "environments" / "no-environment.json", {"values": self.environment["values"]})
        _write(directory / "stitch.json", root)
        functions = {}
        for case in self.cases:
            _write_case(directory, case)
            functions.update(case.environment.get("functions", {}))
        for name, function in functions.items():
            apps.write_function(directory, name, _source(function))
        return directory


def group(cases):
    """The applications that have the cases."""
    by_environment = {}
    for case in cases:
        key = json.dumps(case.environment.get("environment", {}), sort_keys=True)
        if key not in by_environment:
            by_environment[key] = Application(f"expressions-{len(by_environment):05}", json.loads(key))
        by_environment[key].cases.append(case)
    return list(by_environment.values())


def _write_case(directory, case):
    service = directory / "services" / case.service
    _write(service / "config.json", {"name": case.service, "type": "http", "config": {}, "version": 1})
    hook = service / "incoming_webhooks" / case.webhook
    _write(hook / "config.json", {"name": case.webhook, "respond_result": True, "can_evaluate": case.expression,
                                  "options": {"httpMethod": "ANY", "validationMethod": "NO_VALIDATION"}})
    (hook / "source.js").write_text("exports = () => 'ran';")
    for name, value in case.environment.get("values", {}).items():
        apps.write_value(directory, case.prefix + name, value)


def _source(function):
    if "returns" not in function:
        return "exports = () => { throw new Error('on purpose'); };"
    value = function["returns"]
    if value == {"$undefined": True}:
        return "exports = () => {};"
    return f"exports = () => EJSON.parse({json.dumps(json.dumps(value))});"


def _write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value) + "\n")
