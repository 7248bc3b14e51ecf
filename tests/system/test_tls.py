"""Six processes with mutual TLS: who is let in, and who may call what. And that nothing goes beyond loopback in plain text
unless told to."""
import socket
import ssl
import unittest

import apps
import grpc_client
import harness
import process
from authority import Authority
from process import BIN, wait_until

HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
HTTP2_SETTINGS_TYPE = 4
# Services look at their files every 10 s.
RELOAD_SECONDS_MAX = 40
PERSON = "cli"
APP = "calls-abcde"

VALIDATE = "/overlock.validation.v1.ValidationService/Validate"
COMPLETE = "/overlock.validation.v1.ValidationService/CompleteDelivery"
AUTHENTICATE = "/overlock.auth.v1.AuthService/Authenticate"
AUTHORIZE = "/overlock.authz.v1.AuthzService/Authorize"
EXPLAIN = "/overlock.authz.v1.AuthzService/Explain"
EXECUTE = "/overlock.executor.v1.ExecutorService/Execute"
COMPILE = "/overlock.executor.v1.ExecutorService/Compile"
WATCH = "/overlock.config.v1.ConfigService/Watch"
LIST_APPS = "/overlock.config.v1.ConfigService/ListApps"
LIST_TOKENS = "/overlock.config.v1.AdminService/ListTokens"
LIST_USERS = "/overlock.auth.v1.UserAdminService/ListUsers"
HEALTH = "/grpc.health.v1.Health/Check"
# Whom a method serves, of the services; the other ones and people are refused.
CALLERS = {
    ("validation", VALIDATE): {"edge"},
    ("validation", COMPLETE): {"edge"},
    ("auth", AUTHENTICATE): {"edge"},
    ("authz", AUTHORIZE): {"edge"},
    ("executor", COMPILE): {"config"},
}


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


def client_context(authority, certificate=None):
    context = ssl.create_default_context(cafile=authority.path(f"{authority.name}.pem"))
    context.set_alpn_protocols(["h2"])
    if certificate:
        context.load_cert_chain(authority.path(f"{certificate}.pem"), authority.path(f"{certificate}.key"))
    return context


def handshake_failures(running, why):
    return [line for line in running.logs() if line["event"] == "a TLS handshake failed" and why in line["why"]]


class Tls(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.topology = harness.Distributed()
        cls.addClassCleanup(cls.topology.stop)
        cls.authority = Authority.for_development(cls.topology.directory)
        cls.authority.sign("expired", ["DNS:edge", "DNS:localhost"], days=-1)
        cls.stranger = Authority(cls.topology.directory, "stranger")
        cls.stranger.sign("forged", ["DNS:edge", "DNS:localhost", "IP:127.0.0.1"])
        for service in harness.SERVICES:
            cls.topology.service_flags[service] = cls.authority.flags(service)
        cls.topology.start()
        directory = apps.write_app(cls.topology.directory / APP, APP, {})
        apps.write_function(directory, "sum", "exports = (a, b) => a + b;")
        cls.topology.import_app(directory, APP, cls.authority.flags(PERSON))

    def context(self, certificate=None):
        return client_context(self.authority, certificate)

    def port(self, service):
        return self.topology.processes[service].port("grpc")

    def call(self, service, method, certificate, token=None, message=b""):
        """The status code of a call."""
        answer = grpc_client.call(self.port(service), method, self.authority, certificate, token, message)
        self.assertIsNotNone(answer, f"{service} did not answer {certificate}")
        return answer[0]

    def token(self):
        return self.topology.token_file.read_text().strip()

    def refused_callers(self, service, method):
        return harness.metric(self.topology.metrics_port(service), "overlock_rpc_refused_callers_total",
                              method=method[1:])

    def assertRefusedAndLogged(self, certificate, why):
        """No service lets the certificate in, and each has a new line in its log that says why."""
        for name, port in self.grpc_ports().items():
            before = len(handshake_failures(self.topology.processes[name], why))
            self.assertFalse(speaks_http2(port, self.context(certificate)), name)
            wait_until(lambda: len(handshake_failures(self.topology.processes[name], why)) > before, 10,
                       f"{name} logs that it refused {certificate}: {why}")

    def grpc_ports(self):
        return {name: each.port("grpc") for name, each in self.topology.processes.items() if name != "edge"}

    def test_RequestsAreAnsweredOverMutualTls(self):
        for app in ("first-look", "run-as-script", "expressions"):
            directory = apps.sample_directory(app)
            self.topology.import_app(directory, apps.app_id_of(directory), self.authority.flags(PERSON))
            for request in apps.sample_requests(app):
                with self.subTest(str(request)):
                    self.assertExpected(request, request.send(self.topology.edge_port))

    def test_AClientWithACertificateIsServed(self):
        for name, port in self.grpc_ports().items():
            self.assertTrue(speaks_http2(port, self.context(PERSON)), name)

    def test_OnlyTls13IsSpoken(self):
        old = self.context(PERSON)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        for name, port in self.grpc_ports().items():
            self.assertFalse(speaks_http2(port, old), name)

    def test_AClientWithoutACertificateIsRefused(self):
        self.assertRefusedAndLogged(None, "peer did not return a certificate")

    def test_AClientWithAStrangersCertificateIsRefused(self):
        self.assertRefusedAndLogged("forged", "certificate verify failed")

    def test_AClientWithAnExpiredCertificateIsRefused(self):
        self.assertRefusedAndLogged("expired", "certificate verify failed")

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


    def test_AServerOfAnotherNameIsNotTrusted(self):
        self.authority.sign("elsewhere", ["DNS:config", "DNS:config.example.com"])
        config = self.start_process("config", [
            BIN / "overlock-config", "--config_listen=127.0.0.1:0", "--config_metrics_listen=127.0.0.1:0",
            f"--config_data_dir={self.temporary_directory()}", *self.authority.flags("elsewhere")]).wait_until_ready()
        watcher = self.start_process("validation", [
            BIN / "overlock-validation", "--validation_listen=127.0.0.1:0", "--validation_metrics_listen=127.0.0.1:0",
            f"--config_target=127.0.0.1:{config.port('grpc')}", *self.authority.flags("validation")])
        self.assertIsNotNone(watcher.stderr.wait(lambda line: "Hostname Verification Check failed" in line, 20))
        with self.assertRaises(process.StartFailed):
            watcher.wait_until_ready(0.1)

    def test_ACallerThatTheTableDoesNotNameIsRefusedLoggedAndCounted(self):
        for (service, method), allowed in CALLERS.items():
            before = self.refused_callers(service, method)
            others = [name for name in (*harness.SERVICES, PERSON) if name not in allowed]
            for other in others:
                self.assertEqual(self.call(service, method, other, message=None), grpc_client.PERMISSION_DENIED,
                                 f"{other} {method}")
                self.assertIsNotNone(
                    self.topology.processes[service].wait_for_log(
                        event="refused a caller", level="warning", method=method[1:],
                        certificate_names=f"{other},overlock-{other},localhost"), f"{other} {method}")
            self.assertEqual(self.refused_callers(service, method) - before, len(others), method)

    def test_ACallerThatTheTableNamesIsServed(self):
        for (service, method), allowed in CALLERS.items():
            for name in allowed:
                code = self.call(service, method, name)
                self.assertNotIn(code, (grpc_client.PERMISSION_DENIED, grpc_client.UNIMPLEMENTED), f"{name} {method}")
        # Any name of the certificate will do, the common name will not.
        self.authority.sign("edge-by-kubernetes", ["DNS:edge.overlock.svc.cluster.local"])
        self.assertNotEqual(self.call("validation", VALIDATE, "edge-by-kubernetes"), grpc_client.PERMISSION_DENIED)
        self.authority.sign("edge.local", ["DNS:localhost", "DNS:my.edge"])
        self.assertEqual(self.call("validation", VALIDATE, "edge.local", message=None), grpc_client.PERMISSION_DENIED)

    def test_AWatchIsForServices(self):
        for name in (PERSON, "config"):
            self.assertEqual(self.call("config", WATCH, name, message=None), grpc_client.PERMISSION_DENIED, name)
        # A view of another service: VIEW_VALIDATION is 2.
        self.assertEqual(self.call("config", WATCH, "edge", message=b"\x08\x02"), grpc_client.PERMISSION_DENIED)

    def test_AdminCallsNeedATokenWhateverTheCertificateSays(self):
        for service, method in (("config", LIST_TOKENS), ("config", LIST_APPS), ("auth", LIST_USERS),
                                ("authz", EXPLAIN), ("executor", EXECUTE)):
            for name in ("validation", "config", PERSON):
                self.assertEqual(self.call(service, method, name), grpc_client.UNAUTHENTICATED, f"{name} {method}")
                self.assertEqual(self.call(service, method, name, "ovl_unknown"), grpc_client.UNAUTHENTICATED)
        self.assertIsNotNone(self.topology.processes["executor"].wait_for_log(
            event="refused to execute a function", level="warning", reason="TOKEN_MISSING",
            certificate_names="cli,overlock-cli,localhost"))
        for line in self.topology.logs():
            self.assertNotIn("ovl_unknown", str(line))
        self.assertEqual(self.call("config", LIST_TOKENS, "edge"), grpc_client.UNAUTHENTICATED)
        self.assertEqual(self.call("config", LIST_TOKENS, PERSON, self.token()), grpc_client.OK)

    def test_ServicesExecuteWithoutAToken(self):
        # The empty request is refused only by what would execute it.
        for name in ("edge", "auth", "authz"):
            self.assertEqual(self.call("executor", EXECUTE, name), grpc_client.INVALID_ARGUMENT, name)

    def test_HealthIsEverybodysWhoHasACertificate(self):
        for name in self.grpc_ports():
            self.assertEqual(self.call(name, HEALTH, PERSON), grpc_client.OK, name)

    def test_AnUnknownMethodIsSaidToBeUnknown(self):
        self.assertEqual(self.call("config", LIST_USERS, "edge", message=None), grpc_client.UNIMPLEMENTED)
        self.assertEqual(self.call("config", WATCH + "es", "edge", message=None), grpc_client.UNIMPLEMENTED)

    def run_function(self, token_file):
        executor = f"127.0.0.1:{self.port('executor')}"
        return process.run([BIN / "overlock", "function", "run", "sum", "--args", "1", "2", f"--app={APP}",
                            f"--config_target={self.topology.config_target}", f"--executor_target={executor}",
                            f"--token_file={token_file}", *self.authority.flags(PERSON)])

    def new_token(self, name, *flags):
        done = process.run([BIN / "overlock", "tokens", "create", name, *flags,
                            f"--config_target={self.topology.config_target}",
                            f"--token_file={self.topology.token_file}", *self.authority.flags(PERSON)])
        self.assertEqual(done.returncode, 0, done.stderr)
        path = self.temporary_directory() / name
        path.write_text(done.stdout)
        return path

    def test_APersonRunsAFunctionWithATokenThatMayEditTheApplication(self):
        for token in (self.topology.token_file, self.new_token("editor", "--role=editor", f"--app={APP}")):
            done = self.run_function(token)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('{"$numberInt":"3"}', done.stdout)
        done = self.run_function(self.new_token("viewer", "--role=viewer", f"--app={APP}"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("needs the role editor", done.stderr)


class Reload(harness.SystemTest):
    def test_NewFilesAreTakenWithoutARestart(self):
        authority = Authority.for_development(self.temporary_directory(), "config", PERSON)
        newcomer = Authority(authority.directory, "newcomer")
        newcomer.sign("colleague")
        config = self.start_process("config", [
            BIN / "overlock-config", "--config_listen=127.0.0.1:0", "--config_metrics_listen=127.0.0.1:0",
            f"--config_data_dir={self.temporary_directory()}", *authority.flags("config")]).wait_until_ready()
        colleague, first = client_context(authority, "colleague"), self.serial_number(config, authority)
        self.assertFalse(speaks_http2(config.port("grpc"), colleague))

        Authority.for_development(authority.directory, "config")
        both = authority.directory / "both.pem"
        both.write_text("".join((authority.directory / f"{name}.pem").read_text() for name in ("ca", "newcomer")))
        both.rename(authority.directory / "ca.pem")

        wait_until(lambda: speaks_http2(config.port("grpc"), colleague), RELOAD_SECONDS_MAX, "another authority is accepted")
        wait_until(lambda: self.serial_number(config, authority) != first, RELOAD_SECONDS_MAX, "the new one is shown")
        self.assertTrue(speaks_http2(config.port("grpc"), client_context(authority, PERSON)))

    def serial_number(self, config, authority):
        """Of the certificate that config shows."""
        with socket.create_connection(("127.0.0.1", config.port("grpc")), timeout=10) as plain:
            with client_context(authority, PERSON).wrap_socket(plain, server_hostname="localhost") as encrypted:
                return encrypted.getpeercert()["serialNumber"]


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
