"""A TCP proxy on loopback that a test can make slow, and make go away."""
import socket
import threading

CHUNK_BYTES = 1 << 16


class Proxy:
    """Passes bytes on between its clients and what `connect()` connects to: a socket each. All methods may be called
    from any thread."""

    def __init__(self, connect):
        self._connect = connect
        self._changed = threading.Condition()
        # Where clients say this, replies are held; None for nowhere.
        self._word = None
        self._held = set()
        self._sockets = set()
        self._listener = self._bind(0)
        self.port = self._listener.getsockname()[1]
        self.accept()

    @staticmethod
    def _bind(port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener

    def hold(self, word=b""):
        """From now on, replies stay here on each connection whose client sends something that has `word` in it."""
        with self._changed:
            self._word = word

    def release(self):
        """Passes on what was held, and what comes."""
        with self._changed:
            self._word = None
            self._held.clear()
            self._changed.notify_all()

    def held(self):
        """On how many connections replies have been held since hold(), those that have ended included."""
        with self._changed:
            return len(self._held)

    def accept(self):
        """Listens, again after refuse()."""
        self._listener.listen(128)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def refuse(self):
        """Ends all connections, and refuses new ones: nobody listens on the port, and nobody else gets it."""
        with self._changed:
            # Ends accept() in the other thread, which close() would not.
            self._end(self._listener)
            self._listener.close()
            self._listener = self._bind(self.port)
        self._end_connections()

    def stop(self):
        self.refuse()
        self.release()
        self._listener.close()

    def _end_connections(self):
        with self._changed:
            sockets = list(self._sockets)
        for each in sockets:
            self._end(each)

    @staticmethod
    def _end(each):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It was not connected, or no longer.

    def _serve(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            pair = (client, server)
            with self._changed:
                self._sockets |= set(pair)
                gone = listener is not self._listener
            if gone:
                self._end_connections()
            ended = threading.Barrier(2, action=lambda pair=pair: self._forget(pair))
            for source, target, keep in ((client, server, self._keep_request), (server, client, self._keep_reply)):
                threading.Thread(target=self._pump, args=(source, target, keep, pair, ended), daemon=True).start()

    def _forget(self, pair):
        with self._changed:
            self._sockets -= set(pair)
        for each in pair:
            each.close()

    def _keep_request(self, pair, piece):
        with self._changed:
            if self._word is not None and self._word in piece:
                self._held.add(pair)

    def _keep_reply(self, pair, _piece):
        with self._changed:
            self._changed.wait_for(lambda: pair not in self._held)

    def _pump(self, source, target, keep, pair, ended):
        try:
            while piece := source.recv(CHUNK_BYTES):
                keep(pair, piece)
                target.sendall(piece)
        except OSError:
            pass
        self._end(source)
        self._end(target)
        ended.wait()
