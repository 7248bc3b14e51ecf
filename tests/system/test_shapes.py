"""Applications in each shape of real exports (tests/apps/shapes): imported unchanged, their hooks answer as expected."""
import unittest

import apps
from harness import AllInOne, Distributed, SystemTest

SHAPES = apps.SAMPLES / "shapes"


class Shapes(SystemTest):
    def check(self, topology):
        self.start(topology)
        names = sorted(path.name for path in SHAPES.iterdir() if path.is_dir())
        self.assertGreaterEqual(len(names), 13)
        for name in names:
            topology.import_app(SHAPES / name, apps.app_id_of(SHAPES / name))
            for request in apps.sample_requests(f"shapes/{name}"):
                with self.subTest(name, request=request.name):
                    self.assertExpected(request, request.send(topology.edge_port))

    def test_AllInOneAnswersAsExpected(self):
        self.check(AllInOne())

    def test_SixProcessesAnswerAsExpected(self):
        self.check(Distributed())


if __name__ == "__main__":
    unittest.main()
