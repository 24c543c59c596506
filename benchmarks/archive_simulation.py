"""How long an archive takes: threads, stragglers, pages that end their process, machines that fail.

    python benchmarks/archive_simulation.py --seconds 2.0 --pages 1000000 --threads 160
    python benchmarks/archive_simulation.py --plan predict=0.04 measure=1.7

A simulation by events of what ``ecgpage.work`` does with a Dask cluster: each thread has one page
at work and three at hand; the client settles answers one after another and then sends the next
page; a page that ends its process is tried again by the client, which settles nothing meanwhile; a
machine that fails is back after a while and its pages are given to others. No real time passes.

Prints the hours that the pages alone would take on all threads, the hours simulated, and their
ratio, for each number of threads. With ``--plan`` it prints for each command and number of pages
the core hours (with the loss of a simulation of 1,000 pages a thread, on 160 threads or as many as
a client can feed), how many machines do it in a day and in a week, and into how many runs side by
side the list is to be divided for the day because one client settles no more.
"""

from __future__ import annotations

import argparse
import heapq
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

_A_THREAD = 4
"""Pages that each thread has at work and at hand, as in ``ecgpage.work``."""


_TASK_S, _MOST_A_TASK = 0.4, 32
"""Pages that are quicker than this go several to a task, as in ``ecgpage.work``."""

_CLIENT_SHARE = 0.7
"""Share of a client's time that a plan lets it settle answers: the rest is for writing parts."""


@dataclass(frozen=True)
class World:
    """What is assumed; times in seconds unless they say otherwise.

    ``spread``: standard deviation of a page's time over its mean (log-normal). A share of
    ``stragglers`` takes ``straggler_times`` as long. ``deadly``: share of pages that end their
    process twice; a process takes ``start_s`` to start. ``settle_s``: what an answer costs the
    client, ``task_s`` of it for the task that the answer came with. Machines of
    ``threads_a_machine`` threads fail once in ``mtbf_h`` hours each and are back after ``back_s``.
    """

    seconds: float
    spread: float
    stragglers: float
    straggler_times: float
    deadly: float
    start_s: float
    settle_s: float
    task_s: float
    threads_a_machine: int
    mtbf_h: float
    back_s: float


def page_seconds(world: World, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A time for each page; their mean is that of the world."""
    sigma = np.sqrt(np.log1p(world.spread**2))
    times = rng.lognormal(-(sigma**2) / 2, sigma, count)
    slow = rng.random(count) < world.stragglers
    times[slow] *= world.straggler_times
    times *= world.seconds / (1 + world.stragglers * (world.straggler_times - 1))
    return times


def simulate(world: World, pages: int, threads: int, seed: int) -> tuple[float, float]:
    """Seconds that the pages take on all threads without any loss, and seconds simulated."""
    rng = np.random.default_rng(seed)
    times = page_seconds(world, pages, rng)
    deadly = rng.random(pages) < world.deadly
    machines = max(1, threads // world.threads_a_machine)
    again: deque[int] = deque()
    following, settled, client_s, now_s = 0, 0, 0.0, 0.0
    at_hand: list[deque[int]] = [deque() for _ in range(threads)]
    current = [-1] * threads
    turn = [0] * threads
    down = [False] * machines
    events: list[tuple[float, int, str, int, int]] = []
    serial = 0

    def post(when_s: float, kind: str, who: int, what: int = 0) -> None:
        nonlocal serial
        serial += 1
        heapq.heappush(events, (when_s, serial, kind, who, what))

    def machine_of(thread: int) -> int:
        return min(thread // world.threads_a_machine, machines - 1)

    def begin(thread: int) -> None:
        if current[thread] < 0 and at_hand[thread] and not down[machine_of(thread)]:
            page = current[thread] = at_hand[thread].popleft()
            spent = times[page] + (world.start_s if deadly[page] else 0.0)
            post(now_s + spent, "end", thread, turn[thread])

    def send(thread: int) -> None:
        nonlocal following
        if again:
            at_hand[thread].append(again.popleft())
        elif following < pages:
            at_hand[thread].append(following)
            following += 1
        begin(thread)

    for thread in range(threads):
        for _ in range(_A_THREAD):
            send(thread)
    for machine in range(machines):
        post(rng.exponential(world.mtbf_h * 3600), "fail", machine)
    while settled < pages:
        now_s, _, kind, who, what = heapq.heappop(events)
        if kind == "end" and what == turn[who]:
            page, current[who] = current[who], -1
            begin(who)
            client_s = max(client_s, now_s) + world.settle_s
            if deadly[page]:
                client_s += world.start_s + times[page]
            post(client_s, "settle", who)
        elif kind == "settle":
            settled += 1
            up = not down[machine_of(who)]
            send(who if up else int(rng.integers(threads)))
        elif kind == "fail":
            down[who] = True
            for thread in range(threads):
                if machine_of(thread) == who:
                    again.extend([current[thread]] if current[thread] >= 0 else [])
                    again.extend(at_hand[thread])
                    at_hand[thread].clear()
                    current[thread], turn[thread] = -1, turn[thread] + 1
            _give_away(again, at_hand, down, machine_of, begin)
            post(now_s + world.back_s, "back", who)
        elif kind == "back":
            down[who] = False
            for thread in range(threads):
                if machine_of(thread) == who:
                    for _ in range(_A_THREAD):
                        send(thread)
            post(now_s + rng.exponential(world.mtbf_h * 3600), "fail", who)
    return float(times.sum()) / threads, now_s


def _give_away(again: deque[int], at_hand: list[deque[int]], down: list[bool],
               machine_of: object, begin: object) -> None:  # fmt: skip
    """Pages of a machine that failed go to the threads that have least at hand."""
    assert callable(machine_of)
    assert callable(begin)
    up = [thread for thread in range(len(at_hand)) if not down[machine_of(thread)]]
    for place, thread in enumerate(sorted(up, key=lambda thread: len(at_hand[thread]))):
        if not again or place > len(up):
            return
        at_hand[thread].append(again.popleft())
        begin(thread)


def plan(world: World, plans: list[str], seed: int) -> None:
    """Core hours, machines and clients for each command."""
    print("| command | pages | core hours | machines, a day | machines, a week | runs, a day |")
    print("|---|---|---|---|---|---|")
    for command, seconds in (one.split("=") for one in plans):
        a_task = max(1, min(_MOST_A_TASK, int(_TASK_S / float(seconds))))
        settle_s = world.settle_s - world.task_s * (1 - 1 / a_task)
        own = replace(world, seconds=float(seconds), settle_s=settle_s)
        fed = int(_CLIENT_SHARE * own.seconds / own.settle_s)
        threads = max(1, min(160, fed))
        ideal_s, real_s = simulate(own, 1_000 * threads, threads, seed)
        for pages in (10**5, 10**6, 10**8):
            hours = pages * own.seconds / 3600 * real_s / ideal_s
            day, week = (hours / own.threads_a_machine / h for h in (24, 168))
            runs = pages / 86400 * own.settle_s / _CLIENT_SHARE
            print(
                f"| {command} | 10^{len(str(pages)) - 1} | {hours:,.1f} | {np.ceil(day):.0f} "
                f"| {np.ceil(week):.0f} | {np.ceil(runs):.0f} |",
                flush=True,
            )


def main() -> None:
    """Simulate for each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="mean of a page")
    parser.add_argument("--plan", nargs="+", metavar="COMMAND=SECONDS")
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[16, 160, 1600])
    parser.add_argument("--spread", type=float, default=0.5)
    parser.add_argument("--stragglers", type=float, default=0.01)
    parser.add_argument("--straggler-times", type=float, default=10.0)
    parser.add_argument("--deadly", type=float, default=1e-4)
    parser.add_argument("--start-s", type=float, default=2.0)
    parser.add_argument("--settle-s", type=float, default=0.003)
    parser.add_argument("--task-s", type=float, default=0.0027)
    parser.add_argument("--threads-a-machine", type=int, default=16)
    parser.add_argument("--mtbf-h", type=float, default=100.0)
    parser.add_argument("--back-s", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = vars(parser.parse_args())
    pages, threads, seed = asked.pop("pages"), asked.pop("threads"), asked.pop("seed")
    plans = asked.pop("plan")
    world = World(**asked)
    if plans:
        plan(world, plans, seed)
        return
    print("| pages | threads | hours without any loss | hours | ratio |")
    print("|---|---|---|---|---|")
    for count in threads:
        ideal_s, real_s = simulate(world, pages, count, seed)
        print(f"| {pages} | {count} | {ideal_s / 3600:.2f} | {real_s / 3600:.2f} "
              f"| {ideal_s / real_s:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
