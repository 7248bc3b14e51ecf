"""Memory of process trees, read from /proc."""
import pathlib
import time


def _children(pid):
    children = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return children


def _proportional_bytes(pid):
    """What the process alone holds, and its share of what it shares with others."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def resident_bytes_of_trees(pids):
    """Resident memory of the processes and all below them; pages that several share count once."""
    total, left = 0, list(pids)
    while left:
        pid = left.pop()
        total += _proportional_bytes(pid)
        left += _children(pid)
    return total


def settle(pids, wanted_bytes, seconds_max):
    """Waits until the trees hold at most `wanted_bytes`, or for `seconds_max`; returns what they hold then."""
    deadline = time.monotonic() + seconds_max
    while True:
        held = resident_bytes_of_trees(pids)
        if held <= wanted_bytes or time.monotonic() > deadline:
            return held
        time.sleep(0.5)
