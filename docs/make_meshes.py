"""The table of ready meshes of meshes.md, from the ready meshes themselves: python docs/make_meshes.py"""

from pathlib import Path

from femsot.model.mesh import READY, ready

PAGE = Path(__file__).parent / "meshes.md"
START, END = "<!-- ready meshes: made by make_meshes.py -->\n", "<!-- end of ready meshes -->\n"


def table():
    """One section with a picture for each ready mesh."""
    text = []
    for name, device in READY.items():
        mesh = ready(name)
        sizes = ", ".join(f"`{key}` {value * 1e9:g}" for key, value in device.sizes.items())
        between = ", ".join(f"`{a}\\|{b}`" for a, b in mesh.interfaces()) or "none"
        kind = f"{mesh.kind}, {len(mesh.cells)} cells" + (f", plane {mesh.plane}" if mesh.dimension == 2 else "")
        text += [
            f"### {name}\n\n{device.description[0].upper()}{device.description[1:]} ({kind}).\n",
            "| | |\n| --- | --- |",
            f"| dimensions, defaults in nm | {sizes} |",
            f"| regions, from the bottom | {', '.join(f'`{x}`' for x in mesh.regions)} |",
            f"| interfaces | {between} |",
            f"| contacts | {', '.join(f'`{x}`' for x in mesh.faces)} |\n",
            f"![{name}](images/mesh_{name}.png)\n",
        ]
    return "\n".join(text)


def page(text):
    """The page with its table made again."""
    before, after = text.split(START)[0], text.split(END)[1]
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
