"""Unknowns against assembly, solution, iterations and memory for one device in 3D, beside peers on the same mesh.

A strip 400 x 200 x 5 nm of a heavy metal with a magnet 200 x 160 x 3 nm on it, seven components, one jumping interface,
unstructured tetrahedra of order 1. Seconds are those of the processor (one thread), so that a busy machine does not
count; each size runs in a process of its own, whose largest memory is told.

    OMP_NUM_THREADS=1 python benchmarks/device_solver.py --largest 1e6
    python benchmarks/device_solver.py --peers --ngsolve /path/to/a/python/with/ngsolve

Peers: SuperLU, PARDISO (pypardiso), NGSolve with UMFPACK, and PETSc with hypre's BoomerAMG component by component
(petsc4py), each where it is installed.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import femsot as fs
from femsot.materials.tensors import conductivity, relaxation
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Side, layered, rectangle, triangulate
from femsot.solvers.fem.equations import equations
from femsot.solvers.fem.linear import solve_linear

NM = 1e-9
#: cells in the plane and through the thickness [nm]
SIZES = [(20, 1), (10, 1), (5, 1), (2.5, 1), (2.5, 0.5), (1.25, 1), (1.25, 0.5)]
PEERS = (10, 1)
CASES = ("ordinary", "precession", "vortex")
TOLERANCE = 1e-8


def swirl(points):
    """m of a vortex in the middle of the dot."""
    x, y = points[:, 0], points[:, 1]
    m = np.stack([-y, x, np.full(len(x), 5 * NM)], axis=1)
    return m / np.linalg.norm(m, axis=1, keepdims=True)


def device(size, thickness, case="ordinary"):
    """Cells of `size` in the plane and of `thickness` along z [nm]."""
    shapes = {"strip": rectangle(400 * NM, 200 * NM), "dot": rectangle(200 * NM, 160 * NM)}
    levels = [Level(5 * NM, "strip", thickness * NM), Level(3 * NM, {"dot": "dot"}, thickness * NM)]
    sides = {"left": Side("x-", ("strip",)), "right": Side("x+", ("strip",))}
    mesh = layered(levels, footprint=triangulate(shapes, size * NM), contacts=sides)
    orbital = {"orbital_conductivity": 3e6, "orbital_diffusion_length": 5 * NM}
    heavy = fs.NormalMetal(
        name="heavy", conductivity=5e6, spin_diffusion_length=1.5 * NM, spin_hall_angle=0.1, orbital_hall_angle=0.3,
        **orbital,
    )  # fmt: skip
    magnet = fs.Ferromagnet(
        name="magnet", conductivity=5e6, spin_diffusion_length=10 * NM, polarization=0.4, dephasing_length=3 * NM,
        exchange_length=(1.5 if case == "ordinary" else 0.25) * NM, orbit_to_spin=0.2, **orbital,
    )  # fmt: skip
    law = fs.Mixing(
        up=0.8e15, down=0.3e15, mixing=1e15 + 1e14j, ferromagnet_side_mixing=1e15 + 1e14j, orbital=5e14,
    )  # fmt: skip
    m = swirl if case == "vortex" else (0, 0, 1)
    return Device(
        mesh,
        {"strip": Region(heavy), "dot": Region(magnet, m)},
        interfaces={"strip|dot": law},
        contacts={"left": Terminal(voltage=0.1), "right": Terminal(voltage=0.0)},
    )


def memory():
    """The most that this process ever held [GB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def one(size, thickness, *, case, solver):
    """One row of the table."""
    made = device(size, thickness, case)
    start = time.process_time()
    system = equations(made).system
    ready, before = time.process_time(), memory()
    found = solve_linear(system, solver=solver, tolerance=TOLERANCE)
    return {
        "size": f"{size} x {thickness} nm, {case}, {solver}", "unknowns": int(system.free.sum()),
        "assembly": ready - start, "solve": time.process_time() - ready, "iterations": found.iterations,
        "residual": found.residual, "assembled": before, "memory": memory(),
    }  # fmt: skip


def child(python, *arguments):
    """What a process prints last, as JSON; None where it fails, with its last line."""
    run = subprocess.run([python, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    if run.returncode:
        print(f"| {' '.join(map(str, arguments))}: {(run.stderr.strip().splitlines() or ['failed'])[-1][:100]} |")
        return None
    return json.loads(run.stdout.strip().splitlines()[-1])


def table(rows):
    """Rows as they come."""
    print("| device | unknowns | assembly s | solve s | iterations | residual | GB assembled | GB | GB per 10^6 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in filter(None, rows):
        print(
            f"| {row['size']} | {row['unknowns']:,} | {row['assembly']:.2f} | {row['solve']:.2f} | {row['iterations']} "
            f"| {row['residual']:.0e} | {row['assembled']:.2f} | {row['memory']:.2f} "
            f"| {1e6 * row['memory'] / row['unknowns']:.2f} |",
            flush=True,
        )


def sweep(largest, case):
    """Sizes up to the largest number of unknowns, each in its own process."""
    unknowns = 0
    for i, (size, thickness) in enumerate(SIZES):
        if i and unknowns * (SIZES[i - 1][0] / size) ** 2 * (SIZES[i - 1][1] / thickness) > largest:
            return
        row = child(sys.executable, "--one", size, thickness, "--cases", case)
        unknowns = row["unknowns"] if row else np.inf
        yield row


def peers(ngsolve):
    """The same mesh, order and tolerance by others."""
    size, thickness = PEERS
    solvers = ["krylov", "direct"]
    solvers += [name for name, module in (("pardiso", "pypardiso"), ("petsc", "petsc4py")) if find_spec(module)]
    for solver in solvers:
        yield child(sys.executable, "--one", size, thickness, "--solver", solver)
    for case in ("ordinary", "precession") if find_spec("petsc4py") else ():
        yield child(sys.executable, "--hypre", "--cases", case)
        yield child(sys.executable, "--one", size, thickness, "--cases", case)
    if ngsolve:
        yield by_ngsolve(ngsolve, device(size, thickness))


def by_ngsolve(python, made):
    """device_ngsolve.py, given the mesh and the tensors."""
    found = equations(made)
    given = {"points": made.mesh.points, "cells": made.mesh.cells, "dot": made.mesh.regions["dot"], "voltage": 0.1}
    given |= made.mesh.faces | {"interface": made.mesh.interfaces()["strip", "dot"]}
    for i, metal in enumerate(found.metals.values()):
        m = metal.region.magnetization
        given |= {f"C{i}": conductivity(metal.bulk, m), f"R{i}": relaxation(metal.bulk, m)}
    given["G"] = made.interfaces["strip|dot"].map(None, np.array([0.0, 0.0, 1.0])).conductance
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.npz"
        np.savez(path, **given)
        run = [python, str(Path(__file__).with_name("device_ngsolve.py")), str(path)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"| NGSolve: {(done.stderr.strip().splitlines() or ['failed'])[-1][:100]} |")
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def hypre(case):
    """PETSc's FGMRES, hypre's BoomerAMG for each component in turn, on our matrix."""
    from petsc4py import PETSc

    start = time.process_time()
    system = equations(device(*PEERS, case)).system
    ready, before = time.process_time(), memory()
    fold = system.folding()
    matrix = (fold.T @ system.matrix() @ fold).tocsr()
    component = np.nonzero(system.free)[1]
    csr = (matrix.indptr.astype(PETSc.IntType), matrix.indices.astype(PETSc.IntType), matrix.data)
    operator = PETSc.Mat().createAIJ(matrix.shape, csr=csr)
    solver = PETSc.KSP().create()
    solver.setType("fgmres")
    solver.setOperators(operator)
    outer = solver.getPC()
    outer.setType("fieldsplit")
    outer.setFieldSplitType(PETSc.PC.CompositeType.MULTIPLICATIVE)
    for a in range(system.load.shape[1]):
        numbers = np.flatnonzero(component == a).astype(PETSc.IntType)
        outer.setFieldSplitIS((str(a), PETSc.IS().createGeneral(numbers)))
    solver.setUp()
    for inner in outer.getFieldSplitSubKSP():
        inner.setType("preonly")
        inner.getPC().setType("hypre")
    x = system.start()
    iterations = 0
    for _ in range(5):
        load = operator.createVecLeft()
        load.setArray(fold.T @ system.missing(x).ravel())
        step = load.duplicate()
        solver.setTolerances(rtol=1e-3, max_it=100)
        solver.solve(load, step)
        iterations += solver.getIterationNumber()
        x = x + (fold @ step.getArray()).reshape(x.shape)
        if system.residuals(x).max() < TOLERANCE:
            break
    return {
        "size": f"10 x 1 nm, {case}, PETSc + hypre", "unknowns": matrix.shape[0], "assembly": ready - start,
        "solve": time.process_time() - ready, "iterations": iterations, "residual": float(system.residuals(x).max()),
        "assembled": before, "memory": memory(),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=float, default=2e5, help="unknowns at most")
    parser.add_argument("--cases", nargs="+", default=["ordinary"], choices=CASES)
    parser.add_argument("--peers", action="store_true", help="other solvers, at 10 nm x 1 nm")
    parser.add_argument("--ngsolve", help="a python that has ngsolve")
    parser.add_argument("--one", nargs=2, type=float, metavar=("SIZE", "THICKNESS"), help="one row, as JSON")
    parser.add_argument("--solver", default="krylov")
    parser.add_argument("--hypre", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(*given.one, case=given.cases[0], solver=given.solver)))
    elif given.hypre:
        print(json.dumps(hypre(given.cases[0])))
    elif given.peers:
        table(peers(given.ngsolve))
    else:
        table(row for case in given.cases for row in sweep(given.largest, case))


if __name__ == "__main__":
    main()
