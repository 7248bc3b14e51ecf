"""Sends hostile functions and, meanwhile, hooks of another application; keeps what became of all of them."""
import dataclasses
import threading

import apps
import client
import harness

HOSTILE = ("endless", "hugeArray", "heapBomb", "throws")
NEIGHBOURS = ("answer", "waits")
# What the hook `waits` waits for by itself.
OWN_SECONDS = {"answer": 0.0, "waits": 0.030}
HOSTILE_SECONDS_MAX = 60.0


@dataclasses.dataclass
class Observed:
    hostile: list  # of (request, answer or None, failure or None)
    neighbours: list  # the same
    answered_meanwhile: int  # neighbours' answers while at least one hostile function was under way

    def latencies(self):
        """Seconds that the neighbours waited beyond what they wait for by themselves, sorted."""
        return sorted(answer.seconds - OWN_SECONDS[request.name] for request, answer, _ in self.neighbours if answer)

    def wrong(self, cordoned=False):
        """What was not answered as tests/apps says, in sentences.

        An application whose function ended its worker is cordoned: one worker runs all that it sends, so its own
        functions wait for each other. With `cordoned` a hostile function may also be told that it ran out of time, or
        that another one ended their worker.
        """
        problems = []
        for request, answer, failure in self.hostile + self.neighbours:
            found = [repr(failure)] if answer is None else request.problems(answer)
            if found and cordoned and request.app == "limits" and answer and _clearly_failed(answer):
                found = []
            problems += [f"{request}: {problem}" for problem in found]
        return problems

    def __str__(self):
        latencies = self.latencies() or [0.0]
        hostile = ", ".join(f"{request.name} {answer.status if answer else 'no answer'}"
                            for request, answer, _ in self.hostile)
        return (f"{len(latencies)} hooks of another application, {self.answered_meanwhile} of them meanwhile: "
                f"p50 {percentile(latencies, 50) * 1e3:.1f} ms, p99 {percentile(latencies, 99) * 1e3:.1f} ms, "
                f"max {latencies[-1] * 1e3:.1f} ms ({hostile})")


def _clearly_failed(answer):
    verdict = (answer.status, answer.error_code())
    return verdict in ((408, "ExecutionTimeLimitExceeded"), (500, "FunctionExecutionError"))


def percentile(sorted_values, percent):
    return sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)]


def _send(request, port, timeout):
    try:
        return request, request.send(port, timeout), None
    except harness.NO_ANSWER as error:
        return request, None, error


def observe(port, senders=2):
    """Sends the hostile functions all at once, and the neighbours' from `senders` threads until all have ended.

    Both applications must have been imported: tests/apps/limits and tests/apps/neighbour.
    """
    hostile, neighbours = [], []
    meanwhile = 0
    lock = threading.Lock()
    over = threading.Event()

    def attack(name):
        outcome = _send(apps.sample_request("limits", name), port, HOSTILE_SECONDS_MAX)
        with lock:
            hostile.append(outcome)

    def neighbour():
        nonlocal meanwhile
        requests = [apps.sample_request("neighbour", name) for name in NEIGHBOURS]
        while not over.is_set():
            for request in requests:
                outcome = _send(request, port, client.REQUEST_SECONDS_MAX)
                with lock:
                    neighbours.append(outcome)
                    meanwhile += not over.is_set()

    attackers = [threading.Thread(target=attack, args=(name,)) for name in HOSTILE]
    others = [threading.Thread(target=neighbour) for _ in range(senders)]
    for thread in attackers + others:
        thread.start()
    for thread in attackers:
        thread.join()
    over.set()
    for thread in others:
        thread.join()
    return Observed(hostile, neighbours, meanwhile)
