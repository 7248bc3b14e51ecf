"""A name server on loopback whose addresses a test changes: what Kubernetes' DNS is for headless services."""
import socket
import struct
import threading

TYPE_A, CLASS_IN = 1, 1
ANSWER_AUTHORITATIVE, RCODE_NAME_ERROR = 0x8400, 3
TTL_SECONDS = 0


class NameServer:
    """Answers queries for A records over UDP; a known name has no record of another type. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._addresses = {}
        self._queries = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def set(self, name, addresses):
        with self._lock:
            self._addresses[name] = list(addresses)

    def stop(self):
        # Ends recvfrom() in the other thread, which close() would not.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _serve(self):
        while True:
            try:
                query, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            self._socket.sendto(self._answer(query), peer)

    def _answer(self, query):
        labels, position = [], 12
        while query[position]:
            labels.append(query[position + 1:position + 1 + query[position]].decode("ascii", "replace"))
            position += 1 + query[position]
        kind, = struct.unpack_from(">H", query, position + 1)
        question = query[12:position + 5]
        with self._lock:
            addresses = self._addresses.get(".".join(labels).lower())
        found = addresses if addresses and kind == TYPE_A else []
        flags = ANSWER_AUTHORITATIVE | (RCODE_NAME_ERROR if addresses is None else 0)
        head = query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", TYPE_A, CLASS_IN, TTL_SECONDS, 4) + socket.inet_aton(address)
                           for address in found)
        return head + question + records
