"""What must be refused of a delivery that is valid (spec/signatures.md, section 3), made from the delivery itself."""
import base64
import dataclasses
import json
import re

import senders

# What validation may say is the cause; another one, `misconfigured` for example, would refuse the delivery itself.
SIGNATURE = {"signature_missing", "signature_malformed", "signature_mismatch"}
MALFORMED = {"signature_malformed"}
MISMATCH = {"signature_mismatch"}
TIME = {"timestamp_missing", "timestamp_malformed", "signature_mismatch"}
ID = {"delivery_id_missing", "signature_mismatch"}


def all_of(vector):
    """Pairs (vector, causes, name); those that say nothing about this sender are left out."""
    yield from _of_the_header(vector)
    yield from _of_the_signature(vector)
    yield from _of_the_time(vector)
    yield from _of_the_id(vector)
    if vector.name != "gitlab_token":
        yield from _of_the_body(vector)
    if vector.url:
        for query in ("q=1&" + vector.query, vector.query + "&q=1"):
            yield dataclasses.replace(vector, query=query), MISMATCH, f"query {query}"


def _with_header(vector, value):
    return dataclasses.replace(vector, headers=((vector.headers[0][0], value), *vector.headers[1:]))


def _of_the_header(vector):
    name, value = vector.headers[0]
    yield dataclasses.replace(vector, headers=vector.headers[1:]), SIGNATURE, "without its header"
    yield _with_header(vector, ""), SIGNATURE, "header empty"
    yield dataclasses.replace(vector, headers=((name, value), *vector.headers)), MALFORMED, "header twice"
    prefix = re.search(r"(\w+)[=,]$", value.partition(vector.signature)[0])
    if prefix:
        changed = value[:prefix.start()] + "x" + value[prefix.start():]
        yield _with_header(vector, changed), SIGNATURE, "another prefix"
        bare = value[:prefix.start()] + value[prefix.end():]
        yield _with_header(vector, bare), SIGNATURE | TIME, "without its prefix"


def _of_the_signature(vector):
    """Of a token only that another one is refused: it is no digest."""
    value, written = vector.headers[0][1], vector.signature

    def with_written(text):
        return _with_header(vector, value.replace(written, text))

    yield with_written(written.rstrip("=")[:-1]), SIGNATURE, "a character too few"
    yield with_written(written + "A"), SIGNATURE, "a character too many"
    yield with_written(written[:4] + " " + written[4:]), SIGNATURE, "white space inside"
    if vector.name == "gitlab_token":
        return
    raw, write = _decoded(written)
    yield with_written(write(raw[:-1])), SIGNATURE, "cut short by a byte"
    yield with_written(write(raw + b"\0")), SIGNATURE, "a byte more"
    for bit in (0, 8 * len(raw) - 1):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        yield with_written(write(bytes(changed))), SIGNATURE, f"bit {bit} changed"
    if write is bytes.hex:
        yield with_written(written[1:]), SIGNATURE, "a digit too few"
        if vector.method not in senders.EITHER_CASE:
            yield with_written(written.upper()), SIGNATURE, "digits in upper case"
    elif vector.method != "GENERIC_HMAC":
        for changed in {written.rstrip("="), written.replace("+", "-").replace("/", "_")} - {written}:
            yield with_written(changed), SIGNATURE, f"written as {changed}"


def _decoded(written):
    """The bytes, and the function that writes bytes in the same way."""
    if re.fullmatch("[0-9a-f]+", written):
        return bytes.fromhex(written), bytes.hex
    if len(written) % 4:
        padded = written + "=" * (-len(written) % 4)
        return base64.urlsafe_b64decode(padded), lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return base64.b64decode(written), lambda raw: base64.b64encode(raw).decode()


def _of_the_time(vector):
    time = vector.time_text
    if not time:
        return
    own = [header for header in vector.headers if header[1] == time]
    if own:
        rest = tuple(header for header in vector.headers if header not in own)
        yield dataclasses.replace(vector, headers=rest), TIME, "without its time"
        yield dataclasses.replace(vector, headers=(*vector.headers, *own)), TIME, "its time twice"
    for text in ("", "now", "Infinity", "-1", "+" + time, "1.7e9", "9223372036854775808", "18446744073709551616"):
        headers = tuple((name, value.replace(time, text)) for name, value in vector.headers)
        yield dataclasses.replace(vector, headers=headers), TIME, f"time {text!r}"


def _of_the_id(vector):
    ids = [header for header in vector.headers if header[0] in senders.SIGNED_ID_HEADERS]
    for name, value in ids:
        rest = tuple(header for header in vector.headers if header[0] != name)
        yield dataclasses.replace(vector, headers=rest), ID, "without its id"
        yield dataclasses.replace(vector, headers=(*rest, (name, value + "x"))), ID, "another id"
        yield dataclasses.replace(vector, headers=(*vector.headers, (name, value))), ID, "its id twice"


def _of_the_body(vector):
    body = vector.body
    changed = {
        "empty": b"",
        "a space more": body + b" ",
        "CR LF at its end": body + b"\r\n",
        "CR LF for LF": body.replace(b"\n", b"\r\n"),
        "a byte order mark": b"\xef\xbb\xbf" + body,
        "not UTF-8": body + b"\xff\xfe",
        "a byte less": body[:-1],
        "spaces added": body.replace(b":", b" : "),
        "spaces taken": body.replace(b": ", b":"),
        "an escape for a letter": body.replace(b"a", b"\\u0061"),
    }
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        turned = dict(reversed(fields.items()))
        changed["another order"] = json.dumps(turned, separators=(",", ":")).encode()
    for name, other in changed.items():
        if other != body:
            yield dataclasses.replace(vector, body=other), MISMATCH, f"body: {name}"
