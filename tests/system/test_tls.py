"""Six processes with mutual TLS; and that nothing goes beyond loopback in plain text unless told to."""
import socket
import ssl
import unittest

import apps
import harness
import process
from authority import Authority
from process import BIN

HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
HTTP2_SETTINGS_TYPE = 4


def receives_settings(connection):
    connection.sendall(HTTP2_PREFACE)
    head = b""
    while len(head) < 9:
        received = connection.recv(9 - len(head))
        if not received:
            return False
        head += received
    return head[3] == HTTP2_SETTINGS_TYPE


def speaks_http2(port, context):
    """Whether the gRPC server at `port` answers this client; `context` None is plain text."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            if context is None:
                return receives_settings(plain)
            with context.wrap_socket(plain, server_hostname="localhost") as encrypted:
                return receives_settings(encrypted)
    except (ssl.SSLError, ConnectionError):
        return False


class Tls(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topology = harness.Distributed()
        cls.addClassCleanup(cls.topology.stop)
        cls.authority = Authority(cls.topology.directory, "authority")
        cls.authority.sign("service")
        cls.stranger = Authority(cls.topology.directory, "stranger")
        cls.stranger.sign("forged")
        # A watch is served to the service alone whose view it is.
        for service in harness.SERVICES:
            cls.authority.sign(service)
            cls.topology.service_flags[service] = cls.authority.flags(service)
        cls.topology.start()

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=self.authority.path("authority.pem"))
        context.set_alpn_protocols(["h2"])
        if certificate:
            path = self.authority.path
            context.load_cert_chain(path(f"{certificate}.pem"), path(f"{certificate}.key"))
        return context

    def grpc_ports(self):
        return {name: each.port("grpc") for name, each in self.topology.processes.items() if name != "edge"}

    def test_RequestsAreAnsweredOverMutualTls(self):
        for app in ("first-look", "run-as-script", "expressions"):
            directory = apps.sample_directory(app)
            self.topology.import_app(directory, apps.app_id_of(directory), self.authority.flags("service"))
            for request in apps.sample_requests(app):
                with self.subTest(str(request)):
                    self.assertExpected(request, request.send(self.topology.edge_port))

    def test_AClientWithACertificateIsServed(self):
        for name, port in self.grpc_ports().items():
            self.assertTrue(speaks_http2(port, self.context("service")), name)

    def test_AClientWithoutACertificateIsRefused(self):
        for name, port in self.grpc_ports().items():
            self.assertFalse(speaks_http2(port, self.context()), name)

    def test_AClientWithAStrangersCertificateIsRefused(self):
        for name, port in self.grpc_ports().items():
            self.assertFalse(speaks_http2(port, self.context("forged")), name)

    def test_PlainTextIsRefused(self):
        for name, port in self.grpc_ports().items():
            self.assertFalse(speaks_http2(port, None), name)

    def test_ImportWithoutACertificateFails(self):
        done = self.topology.try_import(apps.sample_directory("neighbour"))
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse(self.topology.knows(apps.app_id_of(apps.sample_directory("neighbour"))))

    def test_AServiceOfAStrangersAuthorityIsNotTrusted(self):
        argv = [BIN / "overlock-validation", "--validation_listen=127.0.0.1:0",
                "--validation_metrics_listen=127.0.0.1:0", f"--config_target={self.topology.config_target}",
                *self.stranger.flags("forged")]
        stranger = self.start_process("stranger", argv)
        with self.assertRaises(process.StartFailed):
            stranger.wait_until_ready(5)


class PlainText(harness.SystemTest):
    def assertRefusesToStart(self, argv, *words):
        done = process.run([*argv, "--log_level=error"], seconds=process.START_SECONDS_MAX)
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_AServiceDoesNotListenBeyondLoopbackInPlainText(self):
        directory = self.temporary_directory()
        self.assertRefusesToStart(
            [BIN / "overlock-config", "--config_listen=0.0.0.0:0", "--config_metrics_listen=127.0.0.1:0",
             f"--config_data_dir={directory}"], "0.0.0.0", "insecure")

    def test_AServiceDoesNotCallBeyondLoopbackInPlainText(self):
        # 192.0.2.0/24 is reserved for documentation (RFC 5737): nothing is there.
        self.assertRefusesToStart(
            [BIN / "overlock-validation", "--validation_listen=127.0.0.1:0", "--validation_metrics_listen=127.0.0.1:0",
             "--config_target=192.0.2.1:9001"], "192.0.2.1", "insecure")

    def test_HalfATlsConfigurationIsRefused(self):
        directory = self.temporary_directory()
        self.assertRefusesToStart(
            [BIN / "overlock-config", "--config_listen=127.0.0.1:0", "--config_metrics_listen=127.0.0.1:0",
             f"--config_data_dir={directory}", "--tls_cert=/nonexistent.pem"], "tls")


if __name__ == "__main__":
    unittest.main()
