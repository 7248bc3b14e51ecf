"""What callgrind writes is read right, and growth is found and named."""
import collections
import unittest

import callgrind
import instructions

PROFILE = """# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 7
cmd: overlock serve
part: 1
thread: 22

positions: line
events: Ir
summary: 1110

ob=(1) /opt/bin/overlock
fl=(1) ???
fn=(1) overlock::edge::Router::Find(std::basic_string_view<char>, int) const
0 100
cob=(2) /lib/libc.so.6
cfn=(2) memcpy@@GLIBC_2.14
calls=3 0
0 1000

ob=(2)
fl=(1)
fn=(2)
0 900
+3 60
* 40

ob=(3) ???
fn=(3) 0x000000000001f000
0 10

totals: 1110
"""


def counts(**functions):
    return collections.Counter({name.replace("_", " "): count for name, count in functions.items()})


def committed(**parts):
    return {part: {"instructions": functions.total(), "functions": dict(functions)} for part, functions in parts.items()}


class Reading(unittest.TestCase):
    def test_AFunctionHasItsOwnInstructionsAndNotThoseOfWhatItCalls(self):
        thread = callgrind.read(PROFILE)
        self.assertEqual(thread.number, 22)
        self.assertEqual(thread.functions, {("overlock", "overlock::edge::Router::Find() const"): 100,
                                            ("libc.so.6", "memcpy"): 1000, (callgrind.JIT, ""): 10})
        self.assertEqual(thread.total, 1110)
        self.assertEqual(thread.of_object("libc.so.6"), 1000)

    def test_WhatDoesNotAddUpIsNotBelieved(self):
        for wrong in (PROFILE.replace("+3 60", "+3 61"), PROFILE.replace("events: Ir", "events: Ir Dr"),
                      PROFILE.replace("cfn=(2) memcpy@@GLIBC_2.14", "cfn=(9)")):
            with self.assertRaises(callgrind.CannotRead):
                callgrind.read(wrong)

    def test_NamesHaveNoParametersArgumentsAndVersions(self):
        for name, squeezed in (
                ("std::vector<std::pair<int, A<B> >, C>::push_back(int&&)'2", "std::vector<>::push_back()"),
                ("a::(anonymous namespace)::F(void (*)(int)) [clone .isra.0]", "a::(anonymous namespace)::F()"),
                ("bool operator<< <char>(A<int>&)", "bool operator<< <>()"),
                ("A<int>::operator()(B<int>) const", "A<>::operator()() const"),
                ("A::operator->() const", "A::operator->() const"),
                ("f[abi:cxx11](int)", "f[abi:cxx11]()"),
                ("0x0000000000c9e900'2", callgrind.NO_SYMBOL)):
            self.assertEqual(callgrind.squeezed(name), squeezed)


class Parts(unittest.TestCase):
    def threads(self, spare):
        def thread(**objects):
            return callgrind.Thread(0, collections.Counter({(name, "f"): count for name, count in objects.items()}))

        library, v8 = instructions.WORKER_OBJECT, "libnode.so.108"
        return [thread(overlock=500), thread(overlock=9), thread(**{library: 100, v8: 800, "overlock": 50}),
                thread(**{library: spare, "overlock": 700})]

    def test_LoopWorkerAndV8AreToldApart(self):
        parts = instructions.parts_of(self.threads(spare=0)[:3])
        self.assertEqual({part: functions.total() for part, functions in parts.items()},
                         {"loop": 500, "worker": 150, "v8": 800})

    def test_RequestsThatWentToTwoWorkersHaveNoFigure(self):
        with self.assertRaises(RuntimeError):
            instructions.parts_of(self.threads(spare=50))

    def test_OfTheLoopTheLeastSliceCountsAndOfTheWorkerTheMean(self):
        slices = [{part: collections.Counter({("o", "f"): count}) for part in instructions.PARTS} for count in (300, 100, 200)]
        self.assertEqual(instructions.summary(slices, requests=10), {
            "loop": {"o f": 10}, "worker": {"o f": 20}, "v8": {"o f": 20}})


class Comparing(unittest.TestCase):
    before = committed(loop=counts(a_parse=800, a_route=200), worker=counts(w_run=1000), v8=counts(v_json=2000))

    def compare(self, **parts):
        lines, good = instructions.compare(self.before, {
            "loop": counts(a_parse=800, a_route=200), "worker": counts(w_run=1000), "v8": counts(v_json=2000), **parts})
        return "\n".join(lines), good

    def test_TheSameAndFivePercentMoreAreGood(self):
        self.assertTrue(self.compare()[1])
        text, good = self.compare(loop=counts(a_parse=850, a_route=200))
        self.assertTrue(good, text)
        self.assertIn("+5.0 %", text)

    def test_MoreIsNotAndTheFunctionsThatGrewAreNamed(self):
        text, good = self.compare(loop=counts(a_parse=801, a_route=230, a_new=300))
        self.assertFalse(good)
        self.assertIn("+33.1 %: more than 5 % above", text)
        named = [line.split(": ")[-1] for line in text.splitlines() if " before: " in line]
        self.assertEqual(named, ["a new", "a route", "a parse"])
        self.assertIn("few before: a new", text)
        self.assertIn("200 before: a route", text)

    def test_OnePartIsEnoughThoughTheSumIsGood(self):
        text, good = self.compare(worker=counts(w_run=1100))
        self.assertFalse(good)
        self.assertRegex(text, r"sum .*\+2\.5 %$")

    def test_LessIsGoodAndTheFigureIsToBeLowered(self):
        text, good = self.compare(worker=counts(w_run=900))
        self.assertTrue(good)
        self.assertRegex(text, r"worker .*-10\.0 %: lower the committed figure with --update")
        self.assertEqual(text.count("lower"), 1)

    def test_WhatIsCommittedComparesAsTheSame(self):
        measured = {part: counts(big=1000.4, small=2.0) for part in instructions.PARTS}
        figures = instructions.figures_of(measured)
        self.assertEqual(figures["loop"], {"instructions": 1002, "functions": {"big": 1000}})
        lines, good = instructions.compare(figures, measured)
        self.assertTrue(good)
        self.assertEqual(sum("-0.0 %" in line or "+0.0 %" in line for line in lines), 4)

    def test_EveryCommittedWorkHasItsParts(self):
        figures = instructions.read_figures()
        self.assertEqual(sorted(figures["works"]), sorted(instructions.PLANS))
        for work in figures["works"].values():
            self.assertEqual(tuple(work), instructions.PARTS)
