"""gRPC calls over mutual TLS, by curl: Python has no HTTP/2 of its own."""
import pathlib
import subprocess
import tempfile
import urllib.parse

OK, INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED = 0, 3, 7, 12, 16


def call(port, method, authority, certificate, token=None, message=b""):
    """The status of a call of `/package.Service/Method` with the bytes of a message, as (code, text). None if there is no
    connection. Without a message for calls that are answered before one is read: curl takes it for an error when a
    stream is closed that it still writes to."""
    with tempfile.TemporaryDirectory(prefix="overlock-test-") as name:
        directory = pathlib.Path(name)
        body = ["-X", "POST"]
        if message is not None:
            (directory / "message").write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
            body = ["--data-binary", f"@{directory}/message"]
        headers = ["content-type: application/grpc", "te: trailers"]
        if token:
            headers.append(f"authorization: Bearer {token}")
        # In a file, since anybody may read what a command was called with.
        (directory / "headers").write_text("\n".join(headers))
        done = subprocess.run(
            ["curl", "-sS", "--http2", "--max-time", "30", "--cacert", authority.path(f"{authority.name}.pem"),
             "--cert", authority.path(f"{certificate}.pem"), "--key", authority.path(f"{certificate}.key"),
             "-H", f"@{directory}/headers", *body, "-D", "-", "-o", str(directory / "answer"),
             f"https://localhost:{port}{method}"],
            capture_output=True, text=True, timeout=60)
    fields = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    if "grpc-status" not in fields:
        return None
    return int(fields["grpc-status"]), urllib.parse.unquote(fields.get("grpc-message", ""))
