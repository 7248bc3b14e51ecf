"""A collector of traces on loopback: takes OTLP over HTTP as JSON (opentelemetry.io/docs/specs/otlp) and keeps spans."""
import dataclasses
import http.server
import json
import re
import threading

BODY_BYTES_MAX = 64 << 20
KINDS = {1: "internal", 2: "server", 3: "client"}
ID = {"traceId": re.compile("[0-9a-f]{32}"), "spanId": re.compile("[0-9a-f]{16}"),
      "parentSpanId": re.compile("[0-9a-f]{16}")}
NANOSECONDS = re.compile("[0-9]{19}")


@dataclasses.dataclass(frozen=True)
class Span:
    service: str
    scope: str
    trace: str
    id: str
    parent: str  # empty for the first of a trace
    flags: int
    name: str
    kind: str
    start: int  # Unix nanoseconds
    end: int
    failed: bool
    attributes: dict
    resource: dict


def _value(value):
    (kind, content), = value.items()
    if kind == "intValue":
        if not isinstance(content, str):
            raise ValueError("intValue must be a string: it has 64 bits")
        return int(content)
    if kind not in ("stringValue", "boolValue", "doubleValue"):
        raise ValueError(f"{kind} is not a value")
    return content


def _attributes(listed):
    read = {each["key"]: _value(each["value"]) for each in listed}
    if len(read) != len(listed):
        raise ValueError("an attribute stands twice")
    return read


def read_spans(text):
    """The spans of an ExportTraceServiceRequest; ValueError or KeyError for what is none."""
    spans = []
    for group in json.loads(text)["resourceSpans"]:
        resource = _attributes(group["resource"]["attributes"])
        for scoped in group["scopeSpans"]:
            for span in scoped["spans"]:
                for key, form in ID.items():
                    if not form.fullmatch(span.get(key, "0" * 16 if key == "parentSpanId" else "")):
                        raise ValueError(f"{key} is {span.get(key)!r}")
                for key in ("startTimeUnixNano", "endTimeUnixNano"):
                    if not isinstance(span[key], str) or not NANOSECONDS.fullmatch(span[key]):
                        raise ValueError(f"{key} is {span[key]!r}")
                spans.append(Span(
                    resource["service.name"], scoped["scope"]["name"], span["traceId"], span["spanId"],
                    span.get("parentSpanId", ""), span["flags"], span["name"], KINDS[span["kind"]],
                    int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]),
                    span.get("status", {}).get("code") == 2, _attributes(span["attributes"]), resource))
    return spans


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if 0 <= length <= BODY_BYTES_MAX else b""
        status = self.server.collector.take(self.path, self.headers, body.decode())
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


class Collector:
    """`with Collector() as collector`. Answers `status`; what it cannot read, and says so in `problems`, 400."""

    def __init__(self, status=200):
        self.status = status
        self.problems = []
        self._changed = threading.Condition()
        self._texts, self._spans, self._headers = [], [], []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.collector = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, path, headers, text):
        with self._changed:
            self._texts.append(text)
            self._headers.append(dict(headers.items()))
            if self.status == 200:
                try:
                    if path != "/v1/traces" or headers.get("Content-Type") != "application/json":
                        raise ValueError(f"posted to {path} as {headers.get('Content-Type')}")
                    self._spans += read_spans(text)
                except (ValueError, KeyError, TypeError) as error:
                    self.problems.append(f"{error!r} in {text[:2000]}")
                    return 400
            self._changed.notify_all()
        return self.status

    def texts(self):
        """What came, as it came."""
        with self._changed:
            return list(self._texts)

    def headers(self):
        """The headers of each request."""
        with self._changed:
            return list(self._headers)

    def spans(self, trace=None):
        """All spans so far, or those of one trace."""
        with self._changed:
            return [span for span in self._spans if trace in (None, span.trace)]


def tree(spans, parent):
    """The spans below `parent` (an id), oldest first, as [text, [below]]; text is `service: kind name`."""
    below = sorted((span for span in spans if span.parent == parent), key=lambda span: span.start)
    return [[f"{span.service}: {span.kind} {span.name}", tree(spans, span.id)] for span in below]
