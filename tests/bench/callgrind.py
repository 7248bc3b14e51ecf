"""A server under valgrind's callgrind, and the counts of instructions that it writes, apart for each thread."""
import collections
import dataclasses
import pathlib
import re
import subprocess

# Without fair-sched a thread that has nothing to do but to ask for it can keep the others from running for seconds.
FLAGS = ("--tool=callgrind", "--fair-sched=yes", "--instr-atstart=no", "--separate-threads=yes", "--dump-line=no")
CONTROL_SECONDS_MAX = 60
# The object of what has none: the code that V8 made at run time.
JIT = "(V8's code)"
NO_SYMBOL = "(no symbol)"
_NAMED = re.compile(r"(ob|fn|cob|cfn|fl|fi|fe|cfl|cfi)=\((\d+)\)(?: (.*))?$")
_COST = re.compile(r"[-+*\d]\S* (\d+)$")


class CannotRead(Exception):
    """A profile is not as callgrind writes it."""


@dataclasses.dataclass
class Thread:
    """The instructions that one thread ran, by (object, function); an object is a program or a library. What a function
    called counts for the called one."""

    number: int = 0
    functions: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    @property
    def total(self):
        return self.functions.total()

    def of_object(self, name):
        return sum(count for (where, _), count in self.functions.items() if where == name)


def command(output, without=()):
    """What a program is started under. Nothing is counted before Counter.start(); `output` is the path that the
    profiles' names begin with, and what runs inside of the functions `without` (as demangled; `*` stands for anything)
    is never counted."""
    # The first --toggle-collect means that only what is inside counts, until the last flag says the opposite.
    toggles = [f"--toggle-collect={function}" for function in without]
    return ["valgrind", *FLAGS, *toggles, "--collect-atstart=yes", f"--callgrind-out-file={output}"]


class Counter:
    """Switches counting on and off in a running program, and reads what was counted."""

    def __init__(self, pid, output):
        self._pid, self._output, self._taken = pid, pathlib.Path(output), 0

    def start(self):
        self._control("--instr=on")

    def take(self):
        """Each thread's counts since the start, or since they were last taken."""
        self._control("--dump")
        self._taken += 1
        files = sorted(self._output.parent.glob(f"{self._output.name}.{self._taken}-*"))
        if not files:
            raise CannotRead(f"callgrind wrote no {self._output}.{self._taken}-*")
        threads = [read(file.read_text()) for file in files]
        for file in files:
            file.unlink()
        return threads

    def _control(self, what):
        done = subprocess.run(["callgrind_control", what, str(self._pid)], capture_output=True, text=True,
                              timeout=CONTROL_SECONDS_MAX)
        if done.returncode != 0 or "OK." not in done.stdout:
            raise RuntimeError(f"callgrind_control {what} ended with {done.returncode}: {done.stdout}{done.stderr}")


def read(text):
    """One thread's profile, in version 1 of callgrind's format (valgrind's manual, "Callgrind Format Specification") with
    Ir as its only event."""
    names = {"ob": {}, "fn": {}}
    thread, where, function, called = Thread(), "", "", False
    for line in text.splitlines():
        if named := _NAMED.match(line):
            kind, number, name = named.groups()
            known = names.get(kind.removeprefix("c"))
            if known is None:
                continue
            if name is not None:
                known[number] = name
            if number not in known:
                raise CannotRead(f"a profile has {line!r} and never said what that is")
            if kind == "ob":
                where = known[number]
            elif kind == "fn":
                function = known[number]
        elif line.startswith("calls="):
            # The next line has what the called function and all that it called needed.
            called = True
        elif cost := _COST.match(line):
            if not called:
                thread.functions[_name(where, function)] += int(cost[1])
            called = False
        elif line.startswith("thread:"):
            thread.number = int(line.split()[1])
        elif line.startswith("events:") and line.split() != ["events:", "Ir"]:
            raise CannotRead(f"a profile has {line!r}, where only Ir is expected")
        elif line.startswith("totals:") and int(line.split()[1]) != thread.total:
            raise CannotRead(f"a profile has {line!r}, and its lines make {thread.total}")
    return thread


def _name(where, function):
    if where in ("", "???"):
        return JIT, ""
    return pathlib.PurePath(where).name, squeezed(function)


def squeezed(function):
    """A function's name without what is long, and differs for small reasons: parameters, template arguments, versions."""
    if function.startswith("0x"):
        return NO_SYMBOL
    name = re.sub(r"'\d+$|@@?[\w.]+$| \[clone [^]]*\]", "", function)
    name = re.sub(r"operator(\(\)|[-<>=]+\*?)", lambda found: found[0].translate(_HIDE), name)
    name = name.replace("(anonymous namespace)", "\3anonymous namespace\4")
    kept, depth = [], 0
    for character in name:
        if character in ">)":
            depth -= 1
        if depth == 0:
            kept.append(character)
        if character in "<(":
            depth += 1
    return "".join(kept).translate(_SHOW)


_HIDE = str.maketrans("<>()", "\1\2\3\4")
_SHOW = str.maketrans("\1\2\3\4", "<>()")
