"""How long exact solves, their records, one finite-element solve and a batch of exact solves take, beside named peers.

Peers in the same run: scipy.linalg.solve_banded on a five-layer, seven-component stack of 205 nodes, and the small
dense algebra that no elimination can avoid (numpy.linalg.inv of one 6 x 6 matrix for each layer and each jump).

    OMP_NUM_THREADS=1 python benchmarks/speed.py
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.linalg import solve_banded

import femsot as fs

BATCH = 1000


def five_layers() -> fs.Stack:
    """N/F/N/F/N with an Ohmic, a mixing, a memory-loss and a transparent interface; seven components."""
    orbital = {"orbital_conductivity": 1e6, "orbital_diffusion_length": 5e-9}
    source = fs.NormalMetal(
        name="source", conductivity=3e6, spin_diffusion_length=2e-9, spin_hall_conductivity=3e5,
        orbital_hall_conductivity=7e5, **orbital,
    )  # fmt: skip
    spacer = fs.NormalMetal(name="spacer", conductivity=2e7, spin_diffusion_length=80e-9, **orbital)
    magnet = fs.Ferromagnet(
        name="magnet", conductivity=2e6, spin_diffusion_length=6e-9, polarization=0.4, exchange_length=0.7e-9,
        dephasing_length=1.1e-9, orbit_to_spin=0.3, **orbital,
    )  # fmt: skip
    layers = [
        fs.Layer("bottom", source, 5e-9),
        fs.Layer("free", magnet, 3e-9, (1, 2, -0.5)),
        fs.Layer("spacer", spacer, 4e-9),
        fs.Layer("fixed", magnet, 2e-9, (-0.3, 0.4, 1)),
        fs.Layer("cap", source, 3e-9),
    ]
    interfaces = {
        "bottom|free": fs.Ohmic(charge=1e15, spin=8e14, orbital=5e14, orbit_to_spin=2e14, polarization=0.3),
        "free|spacer": fs.Mixing(up=6e14, down=3e14, mixing=9e14 + 1e14j, ferromagnet_side_mixing=8e14, orbital=4e14),
        "spacer|fixed": fs.SpinMemoryLoss(resistance_area=1e-15, asymmetry=0.5, delta=0.3, orbital=4e14),
    }
    return fs.Stack(layers, interfaces, electric_field=(1e5, 0, 0))


def superlattice(layers: int) -> fs.Stack:
    """The source and the magnet of `five_layers` in turn, an Ohmic interface at every third joint."""
    five = five_layers()
    source, magnet = five.layers[0].material, five.layers[1].material
    sequence = []
    for i in range(layers):
        m = (1, 2, 0.1 * (i % 7)) if i % 2 else None
        sequence.append(fs.Layer(str(i), magnet if i % 2 else source, 3e-9, m))
    law = five.interfaces["bottom|free"]
    return fs.Stack(sequence, {f"{i}|{i + 1}": law for i in range(0, layers - 1, 3)}, electric_field=(1e5, 0, 0))


def median(action: Callable[[], object], repeats: int) -> float:
    """Seconds."""
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def small_algebra(rng: np.random.Generator) -> float:
    """Seconds for what elimination cannot avoid: a 6 x 6 inverse and five products for each of 5 layers and 3 jumps."""
    matrices = rng.normal(size=(BATCH, 6, 6)) + 6 * np.eye(6)
    right = rng.normal(size=(BATCH, 6, 6))
    source = rng.normal(size=(BATCH, 6, 1))

    def action() -> None:
        for _ in range(8):
            inverse = np.linalg.inv(matrices)
            for part in (right, right, source):
                inverse @ part
            matrices @ right
            matrices @ source

    return median(action, 20)


def banded(rng: np.random.Generator) -> float:
    """Seconds for scipy.linalg.solve_banded with 205 nodes of seven components (13 bands on each side)."""
    bands = rng.normal(size=(27, 205 * 7))
    bands[13] += 30
    right = rng.normal(size=205 * 7)
    return median(lambda: solve_banded((13, 13), bands, right), 50)


def imported(module: str) -> float:
    """Seconds to import a module in a new interpreter, less those of an empty one."""
    take = {}
    for code in ("pass", f"import {module}"):
        take[code] = median(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True), 5)
    return take[f"import {module}"] - take["pass"]


def main() -> None:
    rng = np.random.default_rng(0)
    stack = five_layers()
    varied = {f"layers.{layer.name}.thickness": rng.uniform(1e-9, 6e-9, BATCH) for layer in stack.layers}
    one_varied = {"layers.free.thickness": varied["layers.free.thickness"]}
    lengths = {"materials.magnet.exchange_length": rng.uniform(0.3e-9, 1e-9, BATCH)}
    peer, least = banded(rng), small_algebra(rng)
    single = median(lambda: fs.solve(stack), 100)
    new = median(lambda: fs.solve(five_layers()), 50)
    record = median(lambda: fs.solve(stack).to_dict(), 50) - single
    banded_note = f"x solve_banded of 205 nodes ({peer * 1e3:.2f} ms)"
    rows = [
        ("import femsot", imported("femsot"), ""),
        ("build and check the stack", median(five_layers, 50), ""),
        ("build and solve a new stack", new, f"{new / peer:.1f} {banded_note}"),
        ("solve it again", single, f"{single / peer:.1f} {banded_note}"),
        ("its record (to_dict)", record, f"{record / single:.1f} x solving it again"),
        ("one fem solve, P2", median(lambda: fs.solve(stack, method="fem"), 5), ""),
    ]
    print("median times, one core, five layers, seven components")
    for name, seconds, note in rows:
        print(f"  {name:42s} {seconds * 1e3:9.2f} ms  {note}")
    print("many layers, per layer: described and solved, beside solve_banded of five layers; and the record")
    for layers in (200, 2000, 10000):
        start = time.perf_counter()
        solution = fs.solve(superlattice(layers))
        solved = time.perf_counter()
        solution.to_dict()
        each = (solved - start) / layers
        told = (time.perf_counter() - solved) / layers
        ratio = 5 * each / peer
        print(
            f"  {layers:6d} layers {layers * each:10.2f} s {each * 1e6:9.0f} us a layer {ratio:6.1f} x"
            f" {layers * told:10.2f} s {told * 1e6:9.0f} us for the record"
        )
    print(f"solve_many, batches of {BATCH}: per stack, and the share of small dense solves and products")
    cases = {
        "one thickness": one_varied,
        "all thicknesses": varied,
        "all thicknesses, exchange length": varied | lengths,
    }
    for name, values in cases.items():
        each = median(lambda values=values: fs.solve_many(stack, values), 20) / BATCH
        print(f"  {name:42s} {each * 1e6:9.2f} us  {least / BATCH / each:4.0%} of it small-matrix algebra")
    print(f"  small-matrix algebra alone                 {least / BATCH * 1e6:9.2f} us")


if __name__ == "__main__":
    main()
