"""Parts of a study on disk and in workers: damage is solved anew, dead workers are told, none outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import part_tasks
import pytest
from numpy.testing import assert_array_equal

from femsot.base.errors import SolveError
from femsot.studies.columns import Column, Points, store
from femsot.studies.parts import Part, solve_parts


def numbers(points):
    (column,) = points.table.values()
    return column


def parts(directory, count, task=part_tasks.double):
    return [Part(task, {"x": np.arange(3.0) + i}, directory / f"{i:06d}.npz") for i in range(count)]


@pytest.mark.parametrize("workers", [1, 2])
def test_parts_come_in_order_and_stay_on_disk(tmp_path, workers):
    """Parts in the order in which workers finish, or nothing kept for a run that goes on."""
    columns = list(solve_parts(parts(tmp_path, 5), workers))
    assert_array_equal([numbers(x) for x in columns], [2 * (np.arange(3.0) + i) for i in range(5)])
    again = list(solve_parts(parts(tmp_path, 5, part_tasks.dies), 1))
    assert_array_equal([numbers(x) for x in again], [numbers(x) for x in columns])


def test_damaged_parts_are_solved_anew(tmp_path):
    """A file of 0 bytes blocked a sweep for ever; so would any other damage."""
    good = numbers(next(solve_parts(parts(tmp_path, 1))))
    path = tmp_path / "000000.npz"
    whole = path.read_bytes()
    random = np.random.default_rng(1)
    damages = [b"", b"PK", whole[: len(whole) // 2], b"\x80\x04N.", random.bytes(300)]
    damages += [whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :] for i in range(0, len(whole), 7)]
    for damage in damages:
        path.write_bytes(damage)
        assert_array_equal(numbers(next(solve_parts(parts(tmp_path, 1)))), good)
    store(Points({Column("", "y", "m"): np.zeros(7)}), path)
    assert_array_equal(numbers(next(solve_parts(parts(tmp_path, 1)))), good), "of another number of points"


def test_a_worker_that_dies_costs_its_part_a_retry(tmp_path):
    """`A process in the process pool was terminated abruptly`, as a traceback, and the sweep was over."""
    task = partial(part_tasks.dies_once, str(tmp_path / "died"))
    columns = list(solve_parts(parts(tmp_path, 4, task), 2))
    assert (tmp_path / "died").exists()
    assert_array_equal([numbers(x) for x in columns], [2 * (np.arange(3.0) + i) for i in range(4)])


def test_workers_that_always_die_are_an_error(tmp_path):
    with pytest.raises(SolveError, match=r"ended from outside, 3 times at the same part: did memory run out\?"):
        list(solve_parts(parts(tmp_path, 3, part_tasks.dies), 2))


SCRIPT = """
import signal
import sys
from pathlib import Path
import part_tasks
from femsot.studies.parts import Part, solve_parts
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a test in the background inherits that it is ignored
    directory = Path(sys.argv[1])
    made = [Part(part_tasks.waits, part_tasks.numbers(), directory / f"{i:06d}.npz") for i in range(4)]
    print("started", flush=True)
    list(solve_parts(made, 2))
"""


def descendants(process):
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if f"parent_pid={process}" in line or f" {process} " in line]


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by ps")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path, number):
    """Three processes stayed after SIGTERM or SIGKILL of `sweep --workers 2`."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    path = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    process.stdout.readline()
    time.sleep(2.5)  # the workers are in their task
    assert len(descendants(process.pid)) >= 3
    process.send_signal(number)
    process.wait(timeout=30)
    deadline = time.monotonic() + 20
    while descendants(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    process.stdout.close()
    assert descendants(process.pid) == []
