"""The outside, for functions that ask it: an HTTP server on loopback that says what it was asked."""
import base64
import hashlib
import http.server
import json
import pathlib
import shutil
import ssl
import tempfile
import threading
import urllib.parse
import urllib.request

import authority

BODY_BYTES_MAX = 32 << 20
REALM, NONCE = "upstream", "a0b1c2d3e4f5"


class Handler(http.server.BaseHTTPRequestHandler):
    """Paths: /wait/MILLISECONDS, /status/NNN, /redirect/NNN?to=URL, /cookies, /digest (user and password: mallory, secret), /bytes/N,
    /never; Twilio's and the push service's as below; every other path answers what came."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), reason=None):
        self.send_response_only(status, reason)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def json(self, status, value):
        self.answer(status, json.dumps(value, separators=(",", ":")).encode(), [("Content-Type", "application/json")])

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if 0 <= length <= BODY_BYTES_MAX else b""
        parts = url.path.strip("/").split("/")
        action = getattr(self, f"path_{parts[0].replace('.', '_')}", None)
        if action is not None:
            action(parts, urllib.parse.parse_qs(url.query), body)
        elif parts[0] == "2010-04-01":
            self.twilio(parts, body)
        else:
            self.echo(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    def echo(self, body):
        lines = [[name, value] for name, value in self.headers.items() if name not in ("Host", "Accept-Encoding")]
        said = {"method": self.command, "path": self.path, "headers": lines}
        try:
            said["body"] = body.decode()
        except UnicodeDecodeError:
            said["body_base64"] = base64.b64encode(body).decode()
        self.json(200, said)

    def path_status(self, parts, _query, _body):
        self.answer(int(parts[1]), b"status " + parts[1].encode(), [("Content-Type", "text/plain")])

    def path_redirect(self, parts, query, _body):
        self.answer(int(parts[1]), b"", [("Location", query["to"][0])])

    def path_cookies(self, _parts, _query, _body):
        self.answer(200, self.headers.get("Cookie", "").encode(),
                    [("Set-Cookie", "session=abc; Path=/; HttpOnly"), ("Set-Cookie", "theme=dark")])

    def path_bytes(self, parts, _query, _body):
        self.answer(200, bytes(i % 256 for i in range(256)) * (int(parts[1]) // 256),
                    [("Content-Type", "application/octet-stream")])

    def path_wait(self, parts, _query, _body):
        self.server.ended.wait(int(parts[1]) / 1000)
        self.answer(204)

    def path_never(self, _parts, _query, _body):
        self.server.ended.wait(60)
        self.close_connection = True

    def path_digest(self, _parts, _query, _body):
        given = self.headers.get("Authorization", "")
        fields = urllib.request.parse_keqv_list(urllib.request.parse_http_list(given[7:])) if given[:7] == "Digest " else {}

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        first, second = md5(f"mallory:{REALM}:secret"), md5(f"{self.command}:{self.path}")
        wanted = md5(":".join((first, NONCE, fields.get("nc", ""), fields.get("cnonce", ""), "auth", second)))
        if fields.get("response") == wanted:
            self.answer(200, b"let in")
        else:
            self.answer(401, b"", [("WWW-Authenticate", f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth"')])

    def twilio(self, parts, body):
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body.decode()).items()}
        expected = "Basic " + base64.b64encode(f"{parts[2]}:twilio-token".encode()).decode()
        if self.headers.get("Authorization") != expected:
            self.json(401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif not form.get("To", "").startswith("+"):
            self.json(400, {"code": 21211, "message": f"The 'To' number {form.get('To')} is not a valid phone number."})
        else:
            self.json(201, {"sid": "SM1", "status": "queued", "to": form["To"], "from": form["From"], "body": form["Body"]})

    def path_fcm(self, _parts, _query, body):
        if self.headers.get("Authorization") != "key=push-key":
            self.answer(401, b"unauthorized")
        else:
            self.json(200, {"success": 1, "failure": 0, "received": json.loads(body)})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # Whoever asked may go away.


class Upstream:
    """`with Upstream() as outside:` serves in plain text and over TLS; the addresses are 127.0.0.1:PORT."""

    def __init__(self):
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-test-"))
        self._authority = authority.Authority(self._directory, "outside")
        self._authority.sign("server")
        self._plain, self._tls = self._start(), self._start("server")

    def _start(self, certificate=None):
        server = Server(("127.0.0.1", 0), Handler)
        server.ended = threading.Event()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._authority.path(f"{certificate}.pem"), self._authority.path(f"{certificate}.key"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    @property
    def address(self):
        return f"127.0.0.1:{self._plain.server_address[1]}"

    @property
    def tls_address(self):
        return f"127.0.0.1:{self._tls.server_address[1]}"

    @property
    def flags(self):
        """What the executor needs to find it."""
        return [f"--executor_http_allow={self.address},{self.tls_address}",
                f"--executor_http_ca={self._authority.path('outside.pem')}",
                f"--executor_twilio_url=http://{self.address}", f"--executor_gcm_url=http://{self.address}/fcm/send"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in (self._plain, self._tls):
            server.ended.set()
            server.shutdown()
            server.server_close()
        shutil.rmtree(self._directory, ignore_errors=True)
