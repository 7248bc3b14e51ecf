"""A library whose references to itself are bound does what it did, and asks for its own symbols no more."""
import ctypes
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("bind_own_symbols.py")
# Each way to refer to something: by address with and without an offset, through the procedure table, through the global
# offset table; and what must stay by name.
SOURCE = r"""
#include <cstring>
extern "C" {
int counter = 5;
int* counter_address = &counter;
int numbers[4] = {1, 2, 3, 4};
int* third = &numbers[2];
__attribute__((noinline)) int twice(int value) { return 2 * value; }
int (*twice_address)(int) = twice;
__attribute__((weak)) int weak_function() { return 11; }
thread_local int of_thread = 3;
int chosen_one() { return 23; }
static int (*choose())() { return chosen_one; }
int chosen() __attribute__((ifunc("choose")));

int by_address() { return *counter_address; }
int by_offset() { return *third; }
int by_call(int value) { return twice(value); }
int by_pointer(int value) { return twice_address(value); }
int by_table() { return ++counter; }
int by_weak() { return weak_function(); }
int by_thread() { return ++of_thread; }
int by_choice() { return chosen(); }
int by_other(const char* text) { return static_cast<int>(strlen(text)); }
}
template <typename T> struct Unique { static int value; };
template <typename T> int Unique<T>::value = 31;
extern "C" int by_unique() { return Unique<int>::value; }
"""


def relocations(library):
    """The names that the library's relocations ask for."""
    text = subprocess.run(["readelf", "-rW", library], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"R_X86_64_\w+\s+[0-9a-f]+ (\w+)", text))


class BindOwnSymbols(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.original, self.bound = self.directory / "lib.so", self.directory / "bound.so"
        (self.directory / "lib.cc").write_text(SOURCE)
        self.link("now")

    def link(self, binding):
        subprocess.run(["g++", "-shared", "-fPIC", "-O1", f"-Wl,-z,{binding}", self.directory / "lib.cc", "-o", self.original],
                       check=True)

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)

    def bind(self):
        result = self.run_script(self.original, self.bound)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_does_what_it_did(self):
        self.bind()
        library = ctypes.CDLL(str(self.bound))
        self.assertEqual(library.by_address(), 5)
        self.assertEqual(library.by_offset(), 3)
        self.assertEqual(library.by_call(21), 42)
        self.assertEqual(library.by_pointer(4), 8)
        self.assertEqual(library.by_table(), 6)
        self.assertEqual(library.by_address(), 6)
        self.assertEqual(library.by_weak(), 11)
        self.assertEqual(library.by_thread(), 4)
        self.assertEqual(library.by_choice(), 23)
        self.assertEqual(library.by_other(b"four"), 4)
        self.assertEqual(library.by_unique(), 31)

    def test_asks_for_its_own_symbols_no_more(self):
        own = {"counter", "numbers", "twice", "weak_function", "counter_address", "third", "twice_address"}
        self.assertEqual(relocations(self.original) & own, own)
        self.bind()
        self.assertEqual(relocations(self.bound) & own, set())

    def test_asks_for_what_must_be_one_or_is_chosen_at_run_time_or_comes_from_others(self):
        self.bind()
        left = relocations(self.bound)
        self.assertLessEqual({"strlen", "_ZN6UniqueIiE5valueE", "of_thread"}, left)
        self.assertTrue("chosen" in left or "chosen" not in relocations(self.original))

    def test_says_what_it_cannot_bind_and_writes_nothing(self):
        for what, content in {"text": b"no library", "a part": self.original.read_bytes()[:3000], "nothing": b""}.items():
            with self.subTest(what):
                self.original.write_bytes(content)
                result = self.run_script(self.original, self.bound)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"^bind_own_symbols\.py: \S+lib\.so: .+\n$")
                self.assertFalse(self.bound.exists())

    def test_refuses_a_library_that_is_bound_lazily(self):
        self.link("lazy")
        result = self.run_script(self.original, self.bound)
        self.assertEqual(result.returncode, 1)
        self.assertIn("-z now", result.stderr)
        self.assertFalse(self.bound.exists())

    def test_says_what_it_wants(self):
        result = self.run_script(self.original)
        self.assertEqual(result.returncode, 1)
        self.assertIn("LIBRARY OUTPUT", result.stderr)


if __name__ == "__main__":
    unittest.main()
