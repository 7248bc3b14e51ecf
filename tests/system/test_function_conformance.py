"""Every case of tests/conformance/functions on one topology and one containment, which the environment names."""
import os
import unittest

import conformance


class FunctionConformance(unittest.TestCase):
    def test_EveryCase(self):
        cases = conformance.read_cases()
        distributed = os.environ.get("CONFORMANCE_TOPOLOGY", "all-in-one") == "distributed"
        count, problems = conformance.run_cases(cases, distributed, os.environ.get("CONFORMANCE_CONTAINMENT", "process"))
        self.assertGreater(count, 0)
        for (place, title), sentences in sorted(problems.items()):
            with self.subTest(f"{place}: {title}"):
                self.fail("\n".join(sentences))


if __name__ == "__main__":
    unittest.main()
