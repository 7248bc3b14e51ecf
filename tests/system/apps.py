"""The sample applications of tests/apps with their requests, and applications written by a test."""
import base64
import json
import pathlib
import re

import client

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "tests" / "apps"


def sample_directory(name):
    return SAMPLES / name


def sample_names():
    """Every application that has a list of requests."""
    suffix = ".requests.json"
    return sorted(path.name[: -len(suffix)] for path in SAMPLES.glob("*" + suffix))


def app_id_of(directory):
    roots = [pathlib.Path(directory) / name for name in ("stitch.json", "config.json", "realm_config.json")]
    return json.loads(next(root for root in roots if root.exists()).read_text())["app_id"]


class Request:
    """One entry of a requests.json; tests/apps/README.md says what its fields mean."""

    def __init__(self, app, app_id, fields):
        self.app = app
        self.name = fields["name"]
        self.method = fields["method"]
        if "endpoint" in fields:
            self.target = client.endpoint_path(app_id, fields["endpoint"])
        else:
            self.target = f"/api/client/v2.0/app/{app_id}{fields['path']}"
        self.body = self._body(fields)
        self.headers = self._headers(fields)
        self.expect = fields["expect"]

    @staticmethod
    def _body(fields):
        if "body_base64" in fields:
            return base64.b64decode(fields["body_base64"], validate=True)
        return fields["body"].encode() if "body" in fields else None

    def _headers(self, fields):
        headers = []
        for name, value in fields.get("headers", {}).items():
            headers += [(name, one) for one in (value if isinstance(value, list) else [value])]
        if "sign" in fields:
            sign = fields["sign"]
            headers.append((sign["header"], client.signature(sign["secret"], self.body or b"", sign["algorithm"])))
        return headers

    def send(self, port, timeout=client.REQUEST_SECONDS_MAX):
        return client.send(port, self.method, self.target, self.headers, self.body, timeout)

    def problems(self, answer):
        """What is not as expected, in sentences; empty if all is."""
        problems = []
        if answer.status != self.expect["status"]:
            problems.append(f"status {answer.status}, expected {self.expect['status']}")
        if "body" in self.expect and answer.body != self.expect["body"].encode():
            problems.append(f"body {answer.text()!r}, expected {self.expect['body']!r}")
        if "body_matches" in self.expect and not re.search(self.expect["body_matches"], answer.text()):
            problems.append(f"body {answer.text()!r}, expected to match {self.expect['body_matches']!r}")
        for name, value in self.expect.get("headers", {}).items():
            if answer.header(name) != value:
                problems.append(f"header {name}: {answer.header(name)!r}, expected {value!r}")
        if problems and "body" not in " ".join(problems):
            problems.append(f"the body was {answer.text()!r}")
        return problems

    def __str__(self):
        return f"{self.app}: {self.name}"


def sample_requests(name):
    app_id = app_id_of(sample_directory(name))
    return [Request(name, app_id, fields) for fields in json.loads((SAMPLES / f"{name}.requests.json").read_text())]


def sample_request(app, name):
    return next(request for request in sample_requests(app) if request.name == name)


def write_app(directory, app_id, hooks, limits=None):
    """Writes an application of layout F1 with one HTTP service `s`; returns the directory.

    `hooks` maps a webhook's name to its source, or to a dict with `source` and any field of config.json.
    """
    directory = pathlib.Path(directory)
    root = {"app_id": app_id, "config_version": 20180301, "name": app_id.rsplit("-", 1)[0]}
    if limits:
        root["overlock"] = {"limits": limits}
    _write_json(directory / "stitch.json", root)
    service = directory / "services" / "s"
    _write_json(service / "config.json", {"name": "s", "type": "http", "config": {}, "version": 1})
    for name, hook in hooks.items():
        fields = dict(hook) if isinstance(hook, dict) else {"source": hook}
        source = fields.pop("source")
        config = {
            "name": name,
            "run_as_authed_user": False,
            "run_as_user_id": "",
            "run_as_user_id_script_source": "",
            "respond_result": True,
            "options": {"httpMethod": "ANY", "validationMethod": "NO_VALIDATION"},
        }
        _write_json(service / "incoming_webhooks" / name / "config.json", {**config, **fields})
        (service / "incoming_webhooks" / name / "source.js").write_text(source)
    return directory


def write_function(directory, name, source, config=None):
    """Adds a function to an application of layout F1; `config` is merged into its config.json."""
    function = pathlib.Path(directory) / "functions" / name
    _write_json(function / "config.json", {"name": name, "private": False, **(config or {})})
    (function / "source.js").write_text(source)


def write_value(directory, name, value):
    """Adds a value to an application of layout F1."""
    _write_json(pathlib.Path(directory) / "values" / f"{name}.json",
                {"name": name, "value": value, "from_secret": False})


def signed_hook(secret, source):
    """A webhook with VERIFY_PAYLOAD, for write_app()."""
    return {"source": source, "options": {"httpMethod": "POST", "validationMethod": "VERIFY_PAYLOAD", "secret": secret}}


def _write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=4) + "\n")
