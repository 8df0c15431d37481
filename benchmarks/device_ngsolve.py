"""NGSolve on the mesh and tensors that device_solver.py wrote: assembly and UMFPACK, one row of its table as JSON.

python device_ngsolve.py problem.npz
"""

import json
import resource
import sys
import time

import netgen.meshing as netgen
import ngsolve as ng
import numpy as np

REGIONS = ("strip", "dot")


def made(given):
    """The netgen mesh: two materials, their interface and two contacts as named faces."""
    mesh = netgen.Mesh(dim=3)
    points = [mesh.Add(netgen.MeshPoint(netgen.Pnt(*map(float, point)))) for point in given["points"]]
    material = np.ones(len(given["cells"]), dtype=int)
    material[given["dot"]] = 2
    for i, name in enumerate(REGIONS):
        mesh.SetMaterial(i + 1, name)
    for number, name in enumerate(("left", "right", "interface")):
        mesh.Add(netgen.FaceDescriptor(surfnr=number + 1, domin=1, domout=2 * (name == "interface"), bc=number + 1))
        mesh.SetBCName(number, name)
        for face in given[name]:
            mesh.Add(netgen.Element2D(number + 1, [points[i] for i in face]))
    for part, cell in zip(material, given["cells"], strict=True):
        mesh.Add(netgen.Element3D(int(part), [points[i] for i in cell]))
    return ng.Mesh(mesh)


def form(mesh, space, given):
    """Bulk of both regions, and the jump between them."""
    u, v = space.TnT()
    k = len(u) // 2
    sides = [(u[:k], v[:k]), (u[k:], v[k:])]
    total = ng.BilinearForm(space)
    for i, name in enumerate(REGIONS):
        (trial, test), C, R = sides[i], given[f"C{i}"], given[f"R{i}"]
        for a, b in zip(*np.nonzero(np.any(C != 0, axis=(1, 3))), strict=True):
            tensor = ng.CoefficientFunction(tuple(C[a, :, b].ravel()), dims=(3, 3))
            total += (tensor * ng.grad(trial[b])) * ng.grad(test[a]) * ng.dx(name)
        for a, b in zip(*np.nonzero(R), strict=True):
            total += float(R[a, b]) * trial[b] * test[a] * ng.dx(name)
    for s, sign in enumerate((1.0, -1.0)):
        for t in range(2):
            for a, b in zip(*np.nonzero(given["G"][s, :, t]), strict=True):
                factor = sign * float(given["G"][s, a, t, b])
                total += factor * sides[t][0][b].Trace() * sides[s][1][a].Trace() * ng.ds("interface")
    return total


def main():
    given = np.load(sys.argv[1])
    ng.SetNumThreads(1)
    mesh = made(given)
    start = time.process_time()
    k = len(given["R0"])
    spaces = [
        ng.H1(mesh, order=1, definedon=mesh.Materials(name), dirichlet="left|right")
        for name in REGIONS
        for _ in range(k)
    ]
    space = ng.FESpace(spaces)
    system = form(mesh, space, given).Assemble()
    ready = time.process_time()
    x = ng.GridFunction(space)
    x.components[0].Set(float(given["voltage"]), definedon=mesh.Boundaries("left"))
    missing = (-system.mat * x.vec).Evaluate()
    x.vec.data += system.mat.Inverse(space.FreeDofs(), inverse="umfpack") * missing
    left = (system.mat * x.vec).Evaluate()
    free = np.array(list(space.FreeDofs()))
    row = {
        "size": "NGSolve + UMFPACK", "unknowns": int(free.sum()), "assembly": ready - start,
        "solve": time.process_time() - ready, "iterations": 0,
        "residual": float(np.linalg.norm(left.FV().NumPy()[free]) / np.linalg.norm(missing.FV().NumPy()[free])),
        "assembled": 0.0, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }  # fmt: skip
    print(json.dumps(row))


if __name__ == "__main__":
    main()
