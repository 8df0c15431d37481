"""What a file of a device describes, as numbers and as tables: regions, interfaces, contacts, size of the problem."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from femsot.io.result import prefixed
from femsot.model.device import Device
from femsot.model.mesh.measure import area
from femsot.model.record import resolved
from femsot.solvers.fem.numbering import number
from femsot.solvers.fem.space import Space


def described(device: Device, order: int) -> dict[str, Any]:
    """Regions with volumes [m^3], interfaces and contacts with areas [m^2], numbers of cells and unknowns."""
    words = resolved(device)
    mesh = device.mesh
    regions = [
        {
            "name": name,
            "material": device.regions[name].material.name,
            "magnetization": words["regions"][name].get("magnetization"),
            "cells": len(mesh.regions[name]),
            "volume": float(mesh.volumes[mesh.regions[name]].sum()),
        }
        for name in mesh.regions
    ]
    interfaces = [
        {
            "name": name,
            "law": words["interfaces"].get(name, {}).get("law", _default(device, pair)),
            "facets": len(device.shared(name)),
            "area": area(mesh, device.shared(name)),
        }
        for name, pair in device.joints.items()
    ]
    contacts = [
        {"name": name, **words["contacts"].get(name, {}), "facets": len(rows), "area": area(mesh, rows)}
        for name, rows in mesh.faces.items()
    ]
    size = {"cells": len(mesh.cells), "vertices": len(mesh.points), "unknowns": _unknowns(device, order)}
    return {"regions": regions, "interfaces": interfaces, "contacts": contacts, **size, "order": order}


def _default(device: Device, pair: tuple[str, str]) -> str:
    return "transparent" if all(device.regions[name].material.metallic for name in pair) else "insulating"


def _unknowns(device: Device, order: int) -> int:
    """Nodes times components, those that contacts hold included: what jumps at an interface counts for both sides."""
    metals = [name for name in device.mesh.regions if device.regions[name].material.metallic]
    spaces = {name: Space.of(device.mesh, name, order=order, axes=device.axes) for name in metals}
    numbering = number(device, spaces, device.continuous)
    return numbering.size * numbering.components


def tables(summary: dict[str, Any]) -> list[Table]:
    """The same for people."""
    regions = Table("region", "material", "magnetization", "cells", r"volume \[nm³]", title="regions")
    for x in summary["regions"]:
        m = _direction(x["magnetization"])
        regions.add_row(x["name"], x["material"], m, f"{x['cells']:,}", f"{1e27 * x['volume']:.5g}")
    sections = [regions]
    if summary["interfaces"]:
        sections.append(Table("interface", "law", r"area \[nm²]", "facets", title="interfaces"))
        for x in summary["interfaces"]:
            sections[-1].add_row(x["name"], x["law"], f"{1e18 * x['area']:.5g}", f"{x['facets']:,}")
    if summary["contacts"]:
        sections.append(Table("contact", "drive", "spin", r"area \[nm²]", "facets", title="contacts"))
        for x in summary["contacts"]:
            sections[-1].add_row(
                x["name"], _drive(x), x.get("spin", "–"), f"{1e18 * x['area']:.5g}", f"{x['facets']:,}"
            )
    return sections


def _direction(m: Any) -> str:
    if m is None:
        return "–"
    if isinstance(m, dict):
        return str(next((m[key] for key in ("kind", "file", "vtu", "python") if key in m), "texture"))
    return "(" + ", ".join(f"{x:.4g}" for x in m) + ")"


def _drive(contact: dict[str, Any]) -> str:
    for name, unit in (("voltage", "V"), ("current", "A")):
        if name in contact:
            factor, shown = prefixed(contact[name], unit)
            return f"{factor * contact[name]:.5g} {shown}"
    return "unused: no current"
