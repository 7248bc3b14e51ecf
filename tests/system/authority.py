"""Certificates for tests."""
import pathlib
import subprocess

DEV_CA = pathlib.Path(__file__).resolve().parents[2] / "deploy/dev-ca"
LOCAL_NAMES = ("DNS:localhost", "IP:127.0.0.1")


class Authority:
    """A certificate authority made by openssl, and what it signs: files `<name>.pem` and `<name>.key`."""

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.name = name
        if not (self.directory / f"{name}.key").exists():
            self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                          "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"))

    @classmethod
    def for_development(cls, directory, *names):
        """The one that deploy/dev-ca makes, with certificates for `names` or, without any, the services and `cli`."""
        subprocess.run([DEV_CA, directory, *names], check=True, capture_output=True, timeout=60)
        return cls(directory, "ca")

    def path(self, file):
        return str(self.directory / file)

    def sign(self, name, names=LOCAL_NAMES, days=2):
        """A certificate as server and as client for `names`; with `name` as its common name, which no service goes by.
        One whose `days` are negative has expired."""
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(names)}\nextendedKeyUsage=serverAuth,clientAuth\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"))
        self._openssl("x509", "-req", "-days", str(days), "-CAcreateserial", "-in", self.path(f"{name}.csr"),
                      "-CA", self.path(f"{self.name}.pem"), "-CAkey", self.path(f"{self.name}.key"),
                      "-extfile", str(extensions), "-out", self.path(f"{name}.pem"))

    def flags(self, name):
        return [f"--tls_cert={self.path(name + '.pem')}", f"--tls_key={self.path(name + '.key')}",
                f"--tls_ca={self.path(self.name + '.pem')}"]

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
