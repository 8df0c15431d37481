"""The papers' formulas in closed form, to compare every solver with: pure numpy, all parameters broadcast.

Symbols, units and signs are those of docs/physics.md. A formula carries its paper's equation number and is
corrected where the paper is misprinted (docs/misprints.md). Nothing here calls a solver.

- `transverse`: the precessing, dephasing spin mode of a ferromagnet
- `ning24`: orbital torque of a bilayer (Ning, Jaffrès, Zhao, Manchon 2024)
- `mixing`: mixing conductances of Ning24, pumped currents, induced damping, effective fields
- `amin16`: spin torque of a bilayer with interfacial sources (Amin, Stiles, PRB 94, 104420)
- `veneri22`: disordered 2D Rashba ferromagnet, weak scattering, and out-of-plane m (Veneri, Perkins, Ferreira 2022)
- `spin_hall`: a spin Hall film alone, next to a magnetic insulator (SMR) and next to a ferromagnet
- `valet_fert`: perpendicular resistance of a spin valve, collinear
- `circuit`: perpendicular resistance of a spin valve at any angle
"""
