"""The chart's pods without a cluster: each container with its arguments and its volumes in an image's file system, mutual
TLS with the names of the chart's certificates, PostgreSQL. Only nodes, DNS and network policies are missing.

.ci/images.sh starts this in a network of its own, so that the ports of the chart are free.
"""
import contextlib
import fcntl
import os
import pathlib
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import unittest

import dockerfile
import filesystem
from image import image

sys.path[:0] = [str(dockerfile.REPOSITORY / "tests" / name) for name in ("system", "helm")]
import apps  # noqa: E402
import chart  # noqa: E402
import client  # noqa: E402
import harness  # noqa: E402
import postgres  # noqa: E402
from process import Process, wait_until  # noqa: E402

# Between them their webhooks need every service. The first has a script that does not compile, on purpose.
APPS = {"run-as-script": ["--skip_compile"], "expressions": [], "senders": []}
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def start_loopback():
    """A new network has the device, but not in use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags, = struct.unpack_from("h", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


class Certificates:
    """What cert-manager would make of the chart's Certificates: for each Secret its files."""

    def __init__(self, directory, manifests):
        self._directory = directory
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt")
        self.secrets = {}
        for each in manifests.of_kind("Certificate"):
            if not each["spec"].get("isCA"):
                self.secrets[each["spec"]["secretName"]] = self._sign(each["spec"])

    def _sign(self, spec):
        names = ",".join(f"DNS:{name}" for name in spec["dnsNames"])
        usages = ",".join({"client auth": "clientAuth", "server auth": "serverAuth"}[usage] for usage in spec["usages"]
                          if usage.endswith(" auth"))
        (self._directory / "extensions").write_text(f"subjectAltName={names}\nextendedKeyUsage={usages}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/",
                      "-keyout", "tls.key", "-out", "request")
        self._openssl("x509", "-req", "-days", "2", "-CAcreateserial", "-in", "request", "-CA", "ca.crt",
                      "-CAkey", "ca.key", "-extfile", "extensions", "-out", "tls.crt")
        return {file: (self._directory / file).read_text() for file in ("tls.crt", "tls.key", "ca.crt")}

    def _openssl(self, *arguments):
        filesystem.run("openssl", *arguments, cwd=self._directory)


class Pod:
    """One pod of a service. Its volumes stay when its container is started again."""

    def __init__(self, directory, root, manifests, service, secret_data):
        self._root = root
        self._container = manifests.container(service)
        self.service = service
        places = {each["name"]: each["mountPath"] for each in self._container["volumeMounts"]}
        self.volumes = {}
        for volume in manifests.pod(service)["spec"]["volumes"]:
            place = places[volume["name"]]
            source = directory / service / volume["name"]
            source.mkdir(parents=True)
            (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
            if "secret" in volume:
                self._fill(source, volume["secret"], secret_data[volume["secret"]["secretName"]])
            else:
                source.chmod(0o777)
            self.volumes[place] = source
        self.process = None

    @staticmethod
    def _fill(source, secret, data):
        """As the kubelet does it with fsGroup: for the group to read."""
        for item in secret.get("items", [{"key": key, "path": key} for key in data]):
            file = source / item["path"]
            file.write_text(data[item["key"]])
            os.chown(file, 0, int(filesystem.USER))
            file.chmod(secret.get("defaultMode", 0o444))

    def start(self, sockets):
        """`sockets` is where the test's PostgreSQL listens."""
        argv = filesystem.argv_in(self._root, f"overlock-{self.service}", *self._container["args"],
                                  volumes={**self.volumes, "/run/postgresql": sockets})
        self.process = Process(self.service, argv)
        return self

    def process_1(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def end(self, number=signal.SIGTERM):
        """Signals the container's process; returns how it ended."""
        os.kill(self.process_1(), number)
        return self.process.wait()


class PodsTest(harness.SystemTest):
    def setUp(self):
        start_loopback()
        self.directory = self.temporary_directory()
        self.directory.chmod(0o755)
        self.manifests = chart.rendered(chart.CHART / "examples" / "production-values.yaml")
        self.server = postgres.Postgres()
        self.addCleanup(self.server.remove)
        self.server.start()
        # The container's user has no name here: it must get to the socket.
        self.server.directory.chmod(0o755)
        self.root = self.enterContext(self.file_system())
        certificates = self.directory / "certificates"
        certificates.mkdir()
        self.secret_data = {**self.own_secrets(), **Certificates(certificates, self.manifests).secrets}
        self.pods = {service: Pod(self.directory, self.root, self.manifests, service, self.secret_data)
                     for service in chart.SERVICES}

    @contextlib.contextmanager
    def file_system(self):
        """The largest image, with the programs of the others."""
        with image("overlock") as root:
            for service in chart.SERVICES:
                shutil.copy2(filesystem.BIN / f"overlock-{service}", root / "usr" / "local" / "bin")
            names = {f"overlock-{service}.{chart.NAMESPACE}.svc.cluster.local" for service in chart.SERVICES}
            (root / "etc" / "hosts").unlink(missing_ok=True)
            (root / "etc" / "hosts").write_text("127.0.0.1 localhost " + " ".join(sorted(names)) + "\n")
            (root / "run" / "postgresql").mkdir(exist_ok=True)
            (root / "srv" / "app").mkdir()
            yield root

    def own_secrets(self):
        self.server.query("CREATE DATABASE overlock")
        url = "postgresql://overlock@/overlock?host=/run/postgresql\n"
        return {"overlock-seal-keys": {name: secrets.token_hex(32) + "\n" for name in (*chart.SERVICES, "config-2025")},
                "overlock-database": {service: url for service in ("config", "auth", "validation")},
                "overlock-mongodb": {"uri": "mongodb://127.0.0.1:1/", "clusters.json": "{}"},
                "database-ca": {"ca.crt": "none"}}

    def start_pod(self, service):
        pod = self.pods[service].start(self.server.directory)
        self.addCleanup(pod.process.kill_group)
        pod.process.wait_until_ready()
        return pod

    def import_app(self, app):
        """The command line as a job in the cluster would run it, with the certificate of the values' caller."""
        volumes = {}
        for name, data in (("tls", self.secret_data["overlock-deployer-tls"]), ("token", {"token": self.token()})):
            source = self.directory / f"deployer-{name}"
            source.mkdir(exist_ok=True)
            Pod._fill(source, {}, data)
            volumes[f"/etc/overlock/{name}"] = source
            (self.root / "etc" / "overlock" / name).mkdir(parents=True, exist_ok=True)
        config = f"dns:///overlock-config.{chart.NAMESPACE}.svc.cluster.local:9001"
        argv = filesystem.argv_in(self.root, "overlock", "import", "/srv/app", *APPS[app], f"--config_target={config}",
                                  "--token_file=/etc/overlock/token/token", "--tls_cert=/etc/overlock/tls/tls.crt",
                                  "--tls_key=/etc/overlock/tls/tls.key", "--tls_ca=/etc/overlock/tls/ca.crt",
                                  volumes={**volumes, "/srv/app": apps.sample_directory(app)})
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        missing = client.hook_path(apps.app_id_of(apps.sample_directory(app)), "none", "none")
        wait_until(lambda: client.send(8080, "GET", missing).error_code() == "ServiceNotFound", 20,
                   f"the edge knows {app}")

    def token(self):
        return (self.pods["config"].volumes["/var/lib/overlock"] / "data" / "admin.token").read_text()

    def send_samples(self):
        for app in APPS:
            for request in apps.sample_requests(app):
                with self.subTest(request.name, app=app):
                    self.assertExpected(request, request.send(8080))

    def test_the_charts_pods_serve_an_application_over_mutual_tls(self):
        for service in chart.SERVICES:
            self.start_pod(service)
        for app in APPS:
            self.import_app(app)
        self.send_samples()

        # Every state is on its volume, sealed with the service's own key: all start again without config.
        states = {service: self.pods[service].volumes["/var/lib/overlock"] / "state" / f"{service}.view"
                  for service in chart.SERVICES if service != "config"}
        wait_until(lambda: all(path.exists() for path in states.values()), 20, "every service has kept its state")
        for service in reversed(chart.SERVICES):
            self.assertEqual(self.pods[service].end(), 0, service)
        for service in chart.SERVICES[1:]:
            self.start_pod(service)
        self.send_samples()
        for service in reversed(chart.SERVICES[1:]):
            self.assertEqual(self.pods[service].end(), 0, service)


if __name__ == "__main__":
    unittest.main()
