"""Sends one HTTP request and keeps every part of the answer."""
import dataclasses
import hashlib
import hmac
import http.client
import json
import socket
import time

# No request of these tests may take longer.
REQUEST_SECONDS_MAX = 45.0


@dataclasses.dataclass(frozen=True)
class Answer:
    version: str
    status: int
    reason: str
    headers: tuple  # of (name, value), in the order received, names as written
    body: bytes
    seconds: float

    def header(self, name):
        """The values of a header, joined by ", " as RFC 9110 allows; None if it is not there."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def text(self):
        return self.body.decode("utf-8", "replace")

    def error(self):
        """The error body (spec section 4.1) as a dict; None if the body is not one."""
        if self.header("Content-Type") != "application/json":
            return None
        try:
            body = json.loads(self.body)
        except ValueError:
            return None
        well_formed = isinstance(body, dict) and {"error", "error_code"} <= set(body) <= {"error", "error_code", "link"}
        return body if well_formed and all(isinstance(value, str) for value in body.values()) else None

    def error_code(self):
        body = self.error()
        return body["error_code"] if body else None


def send_on(connection, method, target, headers=(), body=None):
    """Sends on an open http.client.HTTPConnection; adds no header but Host and Content-Length."""
    began = time.monotonic()
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None or method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(body or b"")))
    connection.endheaders(body or None)
    response = connection.getresponse()
    content = response.read()
    version = {10: "HTTP/1.0", 11: "HTTP/1.1"}[response.version]
    return Answer(version, response.status, response.reason, tuple(response.getheaders()), content,
                  time.monotonic() - began)


def send(port, method, target, headers=(), body=None, timeout=REQUEST_SECONDS_MAX):
    """Sends on a connection of its own. Raises OSError or http.client.HTTPException where there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        return send_on(connection, method, target, headers, body)
    finally:
        connection.close()


def free_port():
    """A port that nobody listens on now; for servers that cannot pick one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signature(secret, body, algorithm="sha256"):
    """`<algorithm>=<lower-case hex HMAC>`. `secret` is text or bytes."""
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{algorithm}={hmac.new(key, body, getattr(hashlib, algorithm)).hexdigest()}"


def hook_path(app_id, service, webhook):
    return f"/api/client/v2.0/app/{app_id}/service/{service}/incoming_webhook/{webhook}"


def endpoint_path(app_id, route):
    """`route` begins with a slash."""
    return f"/app/{app_id}/endpoint{route}"
