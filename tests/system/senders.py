"""The signatures of tests/conformance/signatures as deliveries over HTTP: as published, signed again with the time of
now, and changed in every way that spec/signatures.md, section 3, wants refused."""
import base64
import dataclasses
import hashlib
import hmac
import json
import pathlib
import re
import subprocess
import tempfile

import apps

VECTORS = apps.REPOSITORY / "tests" / "conformance" / "signatures" / "vectors.json"
# What is signed, of the methods that sign a time; of GENERIC_HMAC the settings say it.
SIGNED = {
    "STRIPE": "{timestamp}.{body}",
    "SLACK": "v0:{timestamp}:{body}",
    "STANDARD_WEBHOOKS": "{id}.{timestamp}.{body}",
    "GITLAB": "{id}.{timestamp}.{body}",
    "SENDGRID": "{timestamp}{body}",
    "DISCORD": "{timestamp}{body}",
    "ZOOM": "v0:{timestamp}:{body}",
    "LINEAR": "{body}",
    "PADDLE": "{timestamp}:{body}",
}
HEX_SIGNATURES = ("STRIPE", "SLACK", "DISCORD", "ZOOM", "LINEAR", "PADDLE")
# Digits in upper case are the same signature there (docs/validation.md).
EITHER_CASE = ("VERIFY_PAYLOAD", "GENERIC_HMAC")
SIGNED_ID_HEADERS = ("webhook-id", "svix-id", "PAYPAL-TRANSMISSION-ID", "X-Id")


@dataclasses.dataclass(frozen=True)
class Vector:
    """A delivery, and what its webhook needs to know of the sender. The first of `headers` has the signature, and
    `signature` is that itself, without what stands around it in the header."""

    name: str
    method: str
    secret: str
    headers: tuple  # of (name, value)
    body: bytes
    now: int
    other_secret: str
    signature: str
    service_type: str = "HTTP"
    endpoint: bool = False
    settings: tuple = ()  # pairs of options.overlock.signature
    url: str = ""
    query: str = ""
    refusal: str = ""
    private_key: str = ""

    @property
    def time_text(self):
        """The time as it stands in the headers; empty where it does not."""
        text = f"{self.now}123" if self.method == "LINEAR" else str(self.now)
        if self.method == "PAYPAL":
            text = dict(self.headers)["PAYPAL-TRANSMISSION-TIME"]
        return text if any(text in value for _, value in self.headers) else ""

    @property
    def expires(self):
        """Whether it is valid for a time only; of PayPal that is so only where the settings say it."""
        return self.method != "PAYPAL" and (bool(self.time_text) or f"{self.now}123".encode() in self.body)

    def __str__(self):
        return self.name


def published():
    """Every vector, its bytes as in the file."""
    return [_read(fields) for fields in json.loads(VECTORS.read_text())["vectors"]]


def _read(fields):
    known = {field.name for field in dataclasses.fields(Vector)}
    kept = {name: value for name, value in fields.items() if name in known}
    kept["headers"] = tuple((name, value) for name, value in fields["headers"])
    kept["body"] = fields["body"].encode()
    kept["settings"] = tuple(_signature_settings(fields.get("settings", {}).get("signature", {})))
    other = "whsec_b3RoZXI=" if fields["secret"].startswith("whsec_") else "b3RoZXI="
    kept.setdefault("other_secret", other)
    value = kept["headers"][0][1]
    vector = Vector(signature=re.sub(r"^sha\d+=", "", value), **kept)
    if not vector.expires or vector.method == "SENDGRID":
        return vector
    signature = _sign(vector, vector.body)
    if not vector.refusal and signature not in value:
        raise AssertionError(f"{vector}: what we sign is not what is published")
    return dataclasses.replace(vector, signature=signature)


def _signature_settings(signature):
    """The file has them as of the protocol, applications as docs/validation.md says."""
    for name, value in signature.items():
        camel = re.sub(r"_(.)", lambda match: match[1].upper(), name)
        yield camel, re.sub(r"^(ALGORITHM|ENCODING)_", "", value)


def resigned(vector, now, directory):
    """The same delivery of the same secret at the time `now`. The private key of SendGrid's vector is not published:
    its key is another one, made in `directory`, and so is its name."""
    if not vector.expires:
        return vector
    body = vector.body
    if vector.method == "LINEAR":
        body = body.replace(str(vector.now).encode(), str(now).encode())
    later = dataclasses.replace(vector, now=now, body=body)
    if vector.method == "SENDGRID":
        later = dataclasses.replace(later, name=vector.name + "_resigned", secret=_p256_key(directory))
    signature = _sign(later, body, directory)
    headers = tuple((name, value.replace(vector.signature, signature).replace(str(vector.now), str(now)))
                    for name, value in vector.headers)
    return dataclasses.replace(later, headers=headers, signature=signature)


def _sign(vector, body, directory=None):
    settings = dict(vector.settings)
    parts = settings.get("template") or SIGNED[vector.method]
    ids = [value for name, value in vector.headers if name in SIGNED_ID_HEADERS]
    url = vector.url + ("?" + vector.query if vector.query else "")
    for part, text in (("timestamp", vector.now), ("id", ids[0] if ids else ""), ("url", url)):
        parts = parts.replace("{" + part + "}", str(text))
    message = parts.encode().replace(b"{body}", body)
    if vector.method == "SENDGRID":
        return base64.b64encode(_openssl(message, "dgst", "-sha256", "-sign", _p256_file(directory))).decode()
    if vector.private_key:
        raw = _sign_ed25519(bytes.fromhex(vector.private_key), message)
    else:
        raw = hmac.new(_hmac_key(vector), message, hashlib.sha256).digest()
    if vector.method == "GENERIC_HMAC":
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return raw.hex() if vector.method in HEX_SIGNATURES else base64.b64encode(raw).decode()


def _hmac_key(vector):
    is_standard = vector.method == "STANDARD_WEBHOOKS" or vector.secret.startswith("whsec_")
    if not is_standard and dict(vector.settings).get("secretEncoding") != "BASE64":
        return vector.secret.encode()
    text = vector.secret.removeprefix("whsec_").removeprefix("whpk_")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _openssl(data, *arguments):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True,
                          timeout=60).stdout


def _sign_ed25519(seed, message):
    # PKCS #8 of RFC 8410. openssl signs files only, since it needs the message twice.
    key = bytes.fromhex("302e020100300506032b657004220420") + seed
    with _file_of(key) as key_file, _file_of(message) as message_file:
        return _openssl(b"", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key_file.name,
                        "-in", message_file.name)


def _file_of(content):
    file = tempfile.NamedTemporaryFile()
    file.write(content)
    file.flush()
    return file


def _p256_file(directory):
    return pathlib.Path(directory) / "p256.pem"


def _p256_key(directory):
    """The public key as SendGrid gives it; the private one is made where `directory` has none yet."""
    if not _p256_file(directory).exists():
        _openssl(b"", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                 _p256_file(directory))
    public = _openssl(b"", "pkey", "-in", _p256_file(directory), "-pubout", "-outform", "DER")
    return base64.b64encode(public).decode()
