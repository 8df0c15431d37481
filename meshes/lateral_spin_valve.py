"""Two magnetic bars on a wire: python meshes/lateral_spin_valve.py --size 8 -o lateral_spin_valve.msh"""

from layers import Drawing, main, side


def draw(occ, d):
    def bar(x, width):
        return [(2, occ.addRectangle(x - width / 2, -d.width / 2, 0, width, d.width))]

    bars = {"injector": bar(-d.separation / 2, d.bar_width), "detector": bar(d.separation / 2, d.bar_width)}
    top = d.wire_thickness + d.bar_thickness
    return Drawing(
        shapes={"wire": bar(0, d.length)} | bars,
        levels=[
            (d.wire_thickness, {"wire": "wire", "injector": "wire", "detector": "wire"}),
            (d.bar_thickness, {"injector": "injector", "detector": "detector"}),
        ],
        contacts={"left": (["wire"], side("x", -d.length / 2)), "right": (["wire"], side("x", d.length / 2))}
        | {f"{name}_top": ([name], side("z", top)) for name in bars},
    )


if __name__ == "__main__":
    main("lateral_spin_valve", draw)
