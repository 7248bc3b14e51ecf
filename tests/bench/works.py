"""What is measured: three webhooks, the requests that are sent to them, and the answers that must come."""
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import apps  # noqa: E402
import client  # noqa: E402

APP_ID = "bench-abcde"
SECRET = "12345"
HOOK_BODY_BYTES = 1035
CPU_BODY_BYTES = 100_000

FUNCTIONS = pathlib.Path(__file__).resolve().parent / "peers" / "functions"
# The peers' functions, within what a Stitch webhook needs: the text of a function, the body or the query it gets.
JSON_HOOK = """%s
exports = function(payload, response) {
  response.setHeader("Content-Type", "application/json");
  response.setBody(JSON.stringify(handle(JSON.parse(payload.body.text()))));
};
"""
QUERY_HOOK = "%s\nexports = function(payload) { return handle(payload.query); };\n"


class Work:
    """One webhook, the request for it, and how to tell a right answer."""

    def __init__(self, name, method, query="", body=None, signed=False, expected=None):
        self.name, self.method, self.query, self.body, self.expected = name, method, query, body, expected
        self.signature = client.signature(SECRET, body) if signed else ""

    def headers(self):
        return [("X-Hook-Signature", self.signature)] if self.signature else []

    def check(self, server):
        """Raises AssertionError unless the server answers right, and refuses a missing and a forged signature."""
        target, where = server.target(self), f"{server.name}: {self.name}"
        json_type = [("Content-Type", "application/json")] if self.body else []
        answer = client.send(server.port, self.method, target, json_type + self.headers(), self.body)
        assert answer.status == 200, f"{where}: {answer.status} {answer.text()[:300]}"
        assert self.expected(answer.body), f"{where}: a wrong answer: {answer.text()[:300]}"
        if self.signature:
            for headers in ([], [("X-Hook-Signature", "sha256=" + "0" * 64)]):
                forged = client.send(server.port, self.method, target, json_type + headers, self.body)
                assert forged.status == 401, f"{where}: signed {headers or 'not at all'}, answered {forged.status}"


def push_event():
    """A push event of HOOK_BODY_BYTES bytes; always the same."""
    source = random.Random(42)

    def hexadecimal(digits):
        return "".join(source.choice("0123456789abcdef") for _ in range(digits))

    commits = [{"id": hexadecimal(40), "message": f"Fix the thing number {n}", "timestamp": f"2026-11-2{n}T10:00:00Z",
                "author": {"name": "Ada Example", "email": "ada@example.com"}, "modified": [f"src/file{n}.cc"]}
               for n in (1, 2, 3)]
    event = {"id": 912345678, "ref": "refs/heads/main", "before": hexadecimal(40), "after": hexadecimal(40),
             "repository": {"id": 4242, "name": "widgets", "full_name": "example/widgets", "private": False},
             "pusher": {"name": "ada", "email": "ada@example.com"}, "commits": commits, "compare": ""}
    missing = HOOK_BODY_BYTES - len(_compact(event))
    assert missing >= 0, "the event is too large already"
    event["compare"] = hexadecimal(missing)
    return _compact(event)


def items():
    """An array of about CPU_BODY_BYTES bytes; always the same."""
    source = random.Random(43)
    made, size = [], 0
    while size < CPU_BODY_BYTES:
        item = {"id": len(made), "sku": f"SKU-{source.randrange(16**8):08x}", "qty": source.randrange(10),
                "price": source.randrange(100_000) / 100, "active": source.random() < 0.67,
                "region": source.choice(["eu", "us", "ap", "sa"]), "tags": [f"{source.randrange(16**6):06x}"] * 2}
        made.append(item)
        size += len(_compact(item)) + 1
    return _compact(made)


def _compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def _right_lines(body):
    wanted = [item for item in json.loads(items()) if item["active"] and item["qty"] > 2]
    answer = json.loads(body)
    return answer["count"] == len(wanted) and [line["id"] for line in answer["lines"]] == [
        item["id"] for item in wanted[:160]]


def all_works():
    return [
        Work("hook-basic", "POST", body=push_event(), signed=True,
             expected=lambda body: body == b'{"ok":true,"id":912345678,"n":3}'),
        Work("hook-echo", "GET", query="?x=1", expected=lambda body: body == b'{"x":"1"}'),
        Work("hook-cpu", "POST", body=items(), expected=_right_lines),
    ]


def work(name):
    return next(each for each in all_works() if each.name == name)


def peers_function(name):
    """The text of a function of the peers, as a declaration of `handle`."""
    return (FUNCTIONS / f"{name}.mjs").read_text().replace("export default function handle", "function handle")


def hooks():
    return {"hook-basic": apps.signed_hook(SECRET, JSON_HOOK % peers_function("hook-basic")),
            "hook-echo": QUERY_HOOK % peers_function("hook-echo"),
            "hook-cpu": JSON_HOOK % peers_function("hook-cpu")}


def write_app(directory):
    return apps.write_app(directory, APP_ID, hooks())
