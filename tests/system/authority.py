"""Certificates for tests."""
import subprocess


class Authority:
    """A certificate authority made by openssl, and what it signs: files `<name>.pem` and `<name>.key`."""

    def __init__(self, directory, name):
        self.directory = directory
        self.name = name
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"))

    def path(self, file):
        return str(self.directory / file)

    def sign(self, name):
        """A certificate for localhost and 127.0.0.1, as server and as client."""
        extensions = self.directory / f"{name}.ext"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"))
        self._openssl("x509", "-req", "-days", "2", "-CAcreateserial", "-in", self.path(f"{name}.csr"),
                      "-CA", self.path(f"{self.name}.pem"), "-CAkey", self.path(f"{self.name}.key"),
                      "-extfile", str(extensions), "-out", self.path(f"{name}.pem"))

    def flags(self, name):
        return [f"--tls_cert={self.path(name + '.pem')}", f"--tls_key={self.path(name + '.key')}",
                f"--tls_ca={self.path(self.name + '.pem')}"]

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
