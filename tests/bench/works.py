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

# The same work as the peers do (docs/performance.md), written as a Stitch webhook.
BASIC = """exports = function(payload, response) {
  const event = JSON.parse(payload.body.text());
  const branch = event.ref.slice("refs/heads/".length);
  const ok = branch !== "" && event.repository.full_name !== "";
  response.setHeader("Content-Type", "application/json");
  response.setBody(JSON.stringify(ok ? { ok: true, id: event.id, n: event.commits.length } : { ok: false }));
};
"""
ECHO = "exports = function(payload) { return { x: payload.query.x }; };\n"
CPU = """exports = function(payload, response) {
  const items = JSON.parse(payload.body.text());
  const lines = items
    .filter(item => item.active && item.qty > 2)
    .map(item => ({ id: item.id, sku: item.sku, total: Math.round(item.qty * item.price * 100) / 100 }));
  const regions = items.reduce((all, item) => {
    const region = (all[item.region] = all[item.region] || { n: 0, sum: 0 });
    region.n += 1;
    region.sum += item.qty * item.price;
    return all;
  }, {});
  response.setHeader("Content-Type", "application/json");
  response.setBody(JSON.stringify({ count: lines.length, regions, lines: lines.slice(0, 160) }));
};
"""


class Work:
    """One webhook, the request for it, and how to tell a right answer."""

    def __init__(self, name, method, query="", body=None, signed=False, expected=None):
        self.name, self.method, self.query, self.body, self.expected = name, method, query, body, expected
        self.signature = client.signature(SECRET, body) if signed else ""

    @property
    def target(self):
        return client.hook_path(APP_ID, "s", self.name) + self.query

    def headers(self):
        return [("X-Hook-Signature", self.signature)] if self.signature else []

    def check(self, port):
        """Raises AssertionError unless the server at `port` answers right, and refuses a forged signature."""
        answer = client.send(port, self.method, self.target, self.headers(), self.body)
        assert answer.status == 200, f"{self.name}: {answer.status} {answer.text()[:300]}"
        assert self.expected(answer.body), f"{self.name}: a wrong answer: {answer.text()[:300]}"
        if self.signature:
            forgery = [("X-Hook-Signature", "sha256=" + "0" * 64)]
            forged = client.send(port, self.method, self.target, forgery, self.body)
            assert forged.status == 401, f"{self.name}: a forged signature is answered with {forged.status}"


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


def write_app(directory):
    return apps.write_app(directory, APP_ID, {
        "hook-basic": apps.signed_hook(SECRET, BASIC), "hook-echo": ECHO, "hook-cpu": CPU})
