"""Commands beside a stack: interfaces alone, the library of materials, the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from .app import Json, app, console_for, told


@app.command()
def scatter(
    file: Annotated[Path, typer.Argument(help="TOML file with an [interface].", metavar="FILE", readable=False)],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz to write.")] = Path("tensors.npz"),
    as_json: Json = False,
) -> None:
    """From an interface's Hamiltonian to its circuit-theory, conductivity and torkivity tensors.

    Writes them as .npz for `law = "scattering"` with `file`, and prints conductances and the torkivity by mechanism.

    Example: `femsot scatter examples/interface.toml -o tensors.npz`
    """
    with told():
        from femsot.base.files import replacing
        from femsot.io.config import read_interface
        from femsot.plot.scattering import conductance_table, summary, torkivity_table
        from femsot.scattering.tensors import tensors

        hamiltonian = read_interface(file)
        interface_tensors = tensors(hamiltonian)
        record = summary(hamiltonian, interface_tensors)
        with replacing(output) as part:
            interface_tensors.save(part)
        if as_json:
            typer.echo(json.dumps(record, allow_nan=False))
            return
        console_for().print(conductance_table(record), torkivity_table(record))
        typer.echo(f"wrote {output}")


@app.command()
def materials(
    name: Annotated[str | None, typer.Argument(help="A material, such as Pt; left out: all names.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """The library of published materials: every number with unit, temperature and source.

    Example: `femsot materials Pt`
    """
    with told():
        from femsot.materials.library import library_entry, library_names

        if name is None:
            entries = {known: library_entry(known) for known in library_names()}
            if as_json:
                typer.echo(json.dumps(entries))
                return
            table = Table("name", "kind", "description", title="materials")
            for known, entry in entries.items():
                table.add_row(known, entry["kind"], entry.get("description", ""))
            console_for().print(table)
            return
        entry = library_entry(name)
        if as_json:
            typer.echo(json.dumps(entry))
            return
        console_for().print(_material_table(name, entry))
        if "left_out" in entry:
            typer.echo(f"Left out: {entry['left_out']}")


def _material_table(name: str, entry: dict[str, Any]) -> Table:
    table = Table(title=f"{name}: {entry.get('description', '')} ({entry['kind']})", show_lines=True)
    table.add_column("field", no_wrap=True)
    table.add_column("value", no_wrap=True)
    table.add_column("T", no_wrap=True)
    table.add_column("source and note", ratio=1)
    for field, item in entry.items():
        if isinstance(item, dict):
            unit = "" if item["unit"] == "1" else f" {item['unit']}"
            kelvin = f"{item['temperature']:g} K" if "temperature" in item else "-"
            note = f"\n{item['note']}" if item.get("note") else ""
            table.add_row(field, f"{item['value']:.4g}{unit}", kelvin, item["source"] + note)
    return table


@app.command()
def schema(
    *, device: Annotated[bool, typer.Option("--device", help="Of a device file instead of a stack's.")] = False
) -> None:
    """Print the JSON schema of a stack file or a device file.

    Example: `femsot schema --device > femsot.model.device.schema.json`
    """
    from femsot.io.config import schema as made

    typer.echo(json.dumps(made("device" if device else "stack"), indent=2))
