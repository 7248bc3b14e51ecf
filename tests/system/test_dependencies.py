"""Packages that an application brings: as an archive, and as a package.json that npm installs from."""
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import unittest
import zipfile

import apps
import client
import harness

APP = "packages-abcde"
SOURCE = "exports = () => require('greeter')('you');"
FILES = {
    "greeter/package.json": '{"name": "greeter", "main": "main.js"}',
    "greeter/main.js": "module.exports = (name) => `hello, ${name}`;",
}


class Dependencies(harness.SystemTest):
    def setUp(self):
        self.directory = self.temporary_directory() / APP
        self.write({"hook": SOURCE})

    def write(self, hooks):
        apps.write_app(self.directory, APP, hooks)
        (self.directory / "functions").mkdir(exist_ok=True)

    def write_tar(self, name, mode):
        with tarfile.open(self.directory / "functions" / name, mode) as archive:
            for path, content in FILES.items():
                member = tarfile.TarInfo(f"node_modules/{path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content.encode()))

    def assertAnswers(self, topology, body, hook="hook"):
        answer = topology.send("GET", client.hook_path(APP, "s", hook), timeout=30)
        self.assertEqual((answer.status, answer.text()), (200, body))

    def test_AnArchiveReachesTheWorkersOfBothTopologies(self):
        self.write_tar("node_modules.tar.gz", "w:gz")
        for topology in (harness.AllInOne(), harness.Distributed()):
            with self.subTest(topology.name):
                self.start(topology)
                topology.import_app(self.directory, APP)
                self.assertAnswers(topology, '"hello, you"')

    def test_AnotherArchiveIsAnotherRevision(self):
        topology = harness.AllInOne()
        self.start(topology)
        self.write_tar("node_modules.tar", "w")
        topology.import_app(self.directory, APP)
        self.assertAnswers(topology, '"hello, you"')
        self.assertIn("nothing to do", topology.try_import(self.directory).stdout)
        (self.directory / "functions" / "node_modules.tar").unlink()
        with zipfile.ZipFile(self.directory / "functions" / "node_modules.zip", "w") as archive:
            archive.writestr("greeter/index.js", "module.exports = (name) => `good bye, ${name}`;")
        done = topology.try_import(self.directory)
        self.assertIn("imported as revision", done.stdout)
        harness.wait_until(lambda: b"good bye" in topology.send("GET", client.hook_path(APP, "s", "hook")).body, 10,
                           "the new packages answer")

    def test_ABadArchiveIsRefusedAndNothingIsStored(self):
        topology = harness.AllInOne()
        self.start(topology)
        (self.directory / "functions" / "node_modules.tgz").write_bytes(b"these are no packages")
        done = topology.try_import(self.directory)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("node_modules.tgz", done.stderr)
        self.assertFalse(topology.knows(APP))

    def test_PackagesOfTheNpmRegistryWork(self):
        """The tests' machines reach the registry as npm does; where npm is not there, deploy/setup has not run."""
        self.assertIsNotNone(shutil.which("npm"))
        packages = {"lodash": "4.17.21", "moment": "2.30.1", "uuid": "8.3.2", "jsonwebtoken": "9.0.2", "axios": "0.27.2"}
        (self.directory / "functions" / "package.json").write_text(json.dumps({"dependencies": packages}))
        self.write({
            "lodash": "exports = () => require('lodash').chunk([1, 2, 3], 2).length + '';",
            "moment": "exports = () => require('moment').utc(0).format('YYYY-MM-DD');",
            "uuid": "exports = () => /^[0-9a-f-]{36}$/.test(require('uuid').v4()) + '';",
            "jwt": "exports = () => { const jwt = require('jsonwebtoken'); return jwt.verify(jwt.sign({a: 'b'}, 'key'), 'key').a; };",
            "axios": "exports = () => require('axios').get('http://10.0.0.1/').catch((error) => error.code);",
        })
        topology = harness.AllInOne()
        self.start(topology)
        topology.import_app(self.directory, APP)
        for hook, body in (("lodash", '"2"'), ("moment", '"1970-01-01"'), ("uuid", '"true"'), ("jwt", '"b"'),
                           ("axios", '"RestrictedHost"')):
            with self.subTest(hook):
                self.assertAnswers(topology, body, hook)

    def test_InstallScriptsDoNotRun(self):
        local = self.temporary_directory() / "evil"
        local.mkdir()
        mark = pathlib.Path(local) / "ran"
        (local / "package.json").write_text(json.dumps(
            {"name": "evil", "version": "1.0.0", "scripts": {"install": f"touch {mark}", "postinstall": f"touch {mark}"}}))
        (local / "index.js").write_text("module.exports = 'harmless';")
        packed = subprocess.run(["npm", "pack", "--silent"], cwd=local, check=True, capture_output=True, text=True)
        archive = local / packed.stdout.strip()
        (self.directory / "functions" / "package.json").write_text(
            json.dumps({"dependencies": {"evil": f"file:{archive}"}}))
        self.write({"hook": "exports = () => require('evil');"})
        topology = harness.AllInOne()
        self.start(topology)
        topology.import_app(self.directory, APP)
        self.assertAnswers(topology, '"harmless"')
        self.assertFalse(os.path.exists(mark))


if __name__ == "__main__":
    unittest.main()
