"""Samples become boxes."""
import unittest

import flame

SCRIPT = """overlock-edge 17
\t    7f00 do_syscall_64+0x10 ([kernel.kallsyms])
\t    7f01 __send+0x1 (/lib/libc.so.6)
\t    7f02 overlock::edge::Session<int, std::vector<int> >::Write(int)+0x3 (/bin/overlock-edge)
\t    7f03 overlock::(anonymous namespace)::Run() [clone .isra.0]+0x3 (/bin/overlock-edge)
\t    7f04 main+0x1 (/bin/overlock-edge)

overlock-edge 17
\t    7f05 overlock::edge::Session<int>::Read(int)+0x3 (/bin/overlock-edge)
\t    7f03 overlock::(anonymous namespace)::Run()+0x9 (/bin/overlock-edge)

nexting_thread 18
\t    7f06 epoll_wait+0x3 (/lib/libc.so.6)
"""


def lines(least):
    boxes = flame.Box()
    for frames in flame.stacks(SCRIPT):
        boxes.add(frames)
    return list(boxes.lines(boxes.samples, least))


class Flame(unittest.TestCase):
    def test_FramesAreNamedFromTheOutermostIn(self):
        self.assertEqual(list(flame.stacks(SCRIPT))[0],
                         ["overlock-edge", "overlock::Run", "overlock::edge::Session::Write", "__send"])

    def test_BoxesHaveTheirShareAndThoseThatHoldOneOtherShareItsLine(self):
        self.assertEqual(lines(1), [" 66.7 % overlock-edge > overlock::Run",
                                    " 33.3 %   overlock::edge::Session::Write > __send",
                                    " 33.3 %   overlock::edge::Session::Read",
                                    " 33.3 % nexting_thread > epoll_wait"])

    def test_NarrowBoxesAreLeftOut(self):
        self.assertEqual(lines(50), [" 66.7 % overlock-edge > overlock::Run"])


if __name__ == "__main__":
    unittest.main()
