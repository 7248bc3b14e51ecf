"""A network namespace of a test's own, joined to this one by a cable that the test can pull. Needs root and iproute2."""
import itertools
import os
import shutil
import subprocess

WHY_SKIPPED = "SKIPPED: network namespaces need root and `ip`"
_numbers = itertools.count()


def available():
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    probe = f"overlock-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode != 0:
        return False
    subprocess.run(["ip", "netns", "delete", probe], check=False)
    return True


class Network:
    """`command` before another command runs that inside. `inside` and `outside` are the addresses of the two ends. What is
    sent while the cable is pulled gets lost without a word, to whoever sent it."""

    def __init__(self):
        self.name = f"overlock-{os.getpid()}-{next(_numbers)}"
        # Of the range for tests of networks (RFC 2544), a /30 for each process.
        base = (os.getpid() % (1 << 15)) * 4
        prefix = f"198.{18 + (base >> 16)}.{(base >> 8) & 255}."
        self.outside, self.inside = f"{prefix}{(base & 255) + 1}", f"{prefix}{(base & 255) + 2}"
        self._plug = f"ovl{os.getpid() % 100000}o"
        self._end = f"ovl{os.getpid() % 100000}i"
        self._ip("netns", "add", self.name)
        try:
            self._ip("link", "add", self._plug, "type", "veth", "peer", "name", self._end, "netns", self.name)
            self._ip("address", "add", f"{self.outside}/30", "dev", self._plug)
            self._ip("link", "set", self._plug, "up")
            for words in (("address", "add", f"{self.inside}/30", "dev", self._end), ("link", "set", "lo", "up")):
                self._ip("-n", self.name, *words)
            self.join()
        except BaseException:
            self.remove()
            raise

    @property
    def command(self):
        return ["ip", "netns", "exec", self.name]

    def pull(self):
        self._ip("-n", self.name, "link", "set", self._end, "down")

    def join(self):
        self._ip("-n", self.name, "link", "set", self._end, "up")

    def remove(self):
        # With the namespace its end of the cable goes, and with that the other one.
        self._ip("netns", "delete", self.name)

    @staticmethod
    def _ip(*words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"ip {' '.join(words)}: {done.stderr}")
