"""Every program of the images finds its libraries, starts, and works as it would in a pod."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import unittest

import dockerfile
import filesystem
from filesystem import argv_in
from image import image

sys.path.insert(0, str(dockerfile.REPOSITORY / "tests" / "system"))
import apps  # noqa: E402
from process import Process  # noqa: E402

TARGETS = ["overlock-config", "overlock-validation", "overlock-auth", "overlock-authz", "overlock-executor",
           "overlock-edge", "overlock"]
NOT_IN_SLIM = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/lib/apt/lists", "var/log")


class ImagesTest(unittest.TestCase):
    def test_the_dockerfile_has_the_targets_and_lists_that_are_tested_here(self):
        stages = dockerfile.stages()
        self.assertEqual([name for name, stage in stages.items() if stage.entrypoint], TARGETS)
        self.assertGreater(len(stages["runtime"].packages), 5)
        for name in TARGETS:
            self.assertEqual((stages[name].entrypoint, stages[name].healthcheck), (name, "overlock-healthcheck"))
        for name, stage in stages.items():
            if stage.packages:
                self.assertEqual(stage.user, "10001:10001", name)

    def test_every_program_has_its_libraries_and_starts(self):
        sizes = []
        for name in TARGETS:
            with self.subTest(name), image(name) as directory:
                files = sorted([*(directory / "usr/local/bin").iterdir(), *(directory / "usr/local/lib").glob("*.so*")])
                self.assertIn(name, [file.name for file in files])
                for file in files:
                    inside = f"/{file.relative_to(directory)}"
                    found = filesystem.run("chroot", directory, "ldd", inside)
                    self.assertEqual([line.strip() for line in found.splitlines() if "not found" in line], [], inside)
                self.starts(directory, name)
                sizes.append((name, filesystem.megabytes(directory, *NOT_IN_SLIM)))
        print("\n".join(["size in MB, uncompressed, as Debian's slim images count:",
                         *(f"  {name:20} {size:4}" for name, size in sizes)]), file=sys.stderr)

    def starts(self, directory, name):
        flag = "--version" if name == "overlock" else "--helpfull"
        done = subprocess.run(argv_in(directory, name, flag), capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("overlock" if name == "overlock" else "--drain_timeout", done.stdout, done.stderr)
        done = subprocess.run(argv_in(directory, "overlock-healthcheck", "1"), capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, "connect: Connection refused\n"))

    def test_functions_run_in_jailed_workers_of_process_1_of_a_pod(self):
        with image("overlock") as directory:
            sample = apps.sample_directory("first-look")
            shutil.copytree(sample, directory / "srv" / "app")
            server = Process("overlock", argv_in(
                directory, "overlock", "serve", "--edge_listen=127.0.0.1:0", "--config_listen=127.0.0.1:0",
                "--metrics_listen=127.0.0.1:0", "--data_dir=/var/lib/overlock", "--app=/srv/app",
                # The database's library of V8 has to load, too.
                "--executor_database=/var/lib/overlock/documents.db"))
            self.addCleanup(server.kill_group)
            server.wait_until_ready()
            for request in apps.sample_requests("first-look"):
                with self.subTest(request.name):
                    self.assertEqual(request.problems(request.send(server.port("ready"))), [])
            check = [str(directory / "usr/local/bin/overlock-healthcheck"), str(server.port("metrics"))]
            self.assertEqual(subprocess.run(check, timeout=10, check=False).returncode, 0)
            self.assertIn("overlock-worker\n", self.children(server))
            os.kill(self.process_1(server), signal.SIGTERM)
            self.assertEqual(server.wait(), 0)

    def process_1(self, server):
        """The server itself, as this machine counts: the only child of `unshare`."""
        children = pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        self.assertEqual(len(children), 1)
        return int(children[0])

    def children(self, server):
        """The names of the server's own processes, a line each."""
        return subprocess.run(["ps", "--ppid", str(self.process_1(server)), "-o", "comm="], capture_output=True,
                              text=True, check=True).stdout

    def test_debians_comment_of_the_day_becomes_the_mirror(self):
        """Debian's images have this file; the command is the Dockerfile's own."""
        command = re.search(r"sed -ri '([^']+)'", dockerfile.DOCKERFILE.read_text())[1]
        sources = "".join(f"Types: deb\n# http://archive.test/archive/{name}/20261102T000000Z\n"
                          f"URIs: http://mirror.test/{name}\nSuites: {suites}\nComponents: main\n\n"
                          for name, suites in (("debian", "bookworm bookworm-updates"),
                                               ("debian-security", "bookworm-security")))
        done = subprocess.run(["sed", "-r", command], input=sources, capture_output=True, text=True, check=True)
        uris = [line for line in done.stdout.splitlines() if line.startswith("URIs:")]
        self.assertEqual(uris, [f"URIs: http://archive.test/archive/{name}/20261102T000000Z"
                                for name in ("debian", "debian-security")])
        self.assertEqual(done.stdout.count("Suites:"), 2)


if __name__ == "__main__":
    unittest.main()
