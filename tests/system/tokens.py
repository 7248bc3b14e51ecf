"""JSON Web Tokens (RFC 7519) and JWK sets (RFC 7517) for tests, signed by hand or by openssl."""
import base64
import hashlib
import hmac
import http.server
import json
import subprocess
import threading
import time

TOKEN_SECONDS = 3600


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _openssl(*arguments, text=b""):
    return subprocess.run(["openssl", *arguments], input=text, check=True, capture_output=True, timeout=60).stdout


def token(subject, audience, sign, algorithm, key_id=None, **claims):
    """A token that is good for an hour; `claims` are added to its own, or replace them. `sign` takes and gives bytes."""
    header = {"alg": algorithm, "typ": "JWT", **({"kid": key_id} if key_id else {})}
    payload = {"sub": subject, "aud": audience, "iat": int(time.time()), "exp": int(time.time()) + TOKEN_SECONDS, **claims}
    message = ".".join(_base64url(json.dumps(part).encode()) for part in (header, payload))
    return f"{message}.{_base64url(sign(message.encode()))}"


def hs256(secret):
    """Signs with a secret."""
    return lambda message: hmac.new(secret.encode(), message, hashlib.sha256).digest()


class RsaKey:
    """A key in a file of `directory`; signs with RS256."""

    def __init__(self, directory, key_id):
        self.key_id = key_id
        self._path = str(directory / f"{key_id}.key")
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self._path)

    def sign(self, message):
        return _openssl("dgst", "-sha256", "-sign", self._path, text=message)

    def public_pem(self):
        return _openssl("pkey", "-in", self._path, "-pubout").decode()

    def jwk(self):
        modulus = _openssl("rsa", "-in", self._path, "-noout", "-modulus").decode().strip().partition("=")[2]
        # openssl's exponent is 65537.
        return {"kty": "RSA", "kid": self.key_id, "use": "sig", "alg": "RS256",
                "n": _base64url(bytes.fromhex(modulus)), "e": "AQAB"}


class JwkServer:
    """Serves a JWK set on loopback, and counts how often it is asked for it."""

    def __init__(self, keys):
        self.requests = 0
        body = json.dumps({"keys": [key.jwk() for key in keys]}).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(handler):
                self.requests += 1
                handler.send_response(200)
                handler.send_header("Content-Type", "application/json")
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self):
        return f"http://{self.address}/jwks.json"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
