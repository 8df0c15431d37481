"""The PETSc solver: its message where it is missing, and the same answer from one and from two processes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import linear_problems
import numpy as np
import pytest
from linear_problems import NM, magnet, strip_dot, vortex
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.solvers.fem.linear import solve_linear
from femsot.solvers.fem.petsc import rank

TWO = """
import sys
import numpy as np
from linear_problems import NM, magnet, strip_dot, vortex
from femsot.solvers.fem.linear import solve_linear
from femsot.solvers.fem.petsc import rank
system = strip_dot(h=25, nz=3, width=500, contacts="floating", m=vortex, ferromagnet=magnet(exchange_length=0.25 * NM))
told = []
found = solve_linear(system, solver="petsc", progress=lambda *now: told.append(now))
assert bool(told) == (rank() == 0)
np.savez(f"{sys.argv[1]}/{rank()}.npz", x=found.x, residual=found.residual, iterations=found.iterations)
"""


def test_a_missing_petsc_says_so(monkeypatch):
    """A traceback of an import helps nobody; and without it this process is the only one."""
    monkeypatch.setitem(sys.modules, "petsc4py", None)
    with pytest.raises(InputError, match=r"got 'petsc', but petsc4py is not installed"):
        solve_linear(strip_dot(h=50, nz=3), solver="petsc")
    assert rank() == 0


@pytest.mark.parametrize("case", [{}, {"contacts": "floating"}, {"m": vortex}, {"kind": "hex"}])
def test_petsc_gives_the_direct_answer(case):
    """Coarse levels or blocks handed over wrongly would stall; rows numbered wrongly give another answer."""
    pytest.importorskip("petsc4py.PETSc", reason="petsc4py is not installed", exc_type=ImportError)
    system = strip_dot(**{"h": 25, "nz": 3} | case)
    found = solve_linear(system, solver="petsc")
    exact = solve_linear(system, solver="direct").x
    assert found.residual < 1e-10
    assert found.iterations <= 25
    assert_allclose(found.x, exact, atol=1e-7 * np.abs(exact[:, 1:]).max())


def test_two_processes_give_the_same_answer(tmp_path):
    """Every process holds the whole answer, and it is that of one process."""
    pytest.importorskip("petsc4py.PETSc", reason="petsc4py is not installed", exc_type=ImportError)
    mpirun = shutil.which("mpirun")
    if mpirun is None:
        pytest.skip("mpirun is not installed")
    own = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }
    path = os.pathsep.join((str(Path(linear_problems.__file__).parent), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | own | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    command = [mpirun, "-n", "2", sys.executable, "-c", TWO, str(tmp_path)]
    subprocess.run(command, env=environment, check=True, timeout=300)
    one, two = (np.load(tmp_path / f"{number}.npz") for number in (0, 1))
    assert np.array_equal(one["x"], two["x"])
    assert one["residual"] < 1e-10
    system = strip_dot(
        h=25, nz=3, width=500, contacts="floating", m=vortex, ferromagnet=magnet(exchange_length=0.25 * NM)
    )
    exact = solve_linear(system, solver="direct").x
    assert_allclose(one["x"], exact, atol=1e-7 * np.abs(exact[:, 1:]).max())
