"""A disc on a strip: python meshes/strip_dot.py --size 4 -o strip_dot.msh"""

from layers import Drawing, main, side


def draw(occ, d):
    strip = occ.addRectangle(-d.length / 2, -d.width / 2, 0, d.length, d.width)
    dot = occ.addDisk(0, 0, 0, d.diameter / 2, d.diameter / 2)
    return Drawing(
        shapes={"strip": [(2, strip)], "dot": [(2, dot)]},
        levels=[(d.strip_thickness, {"strip": "strip", "dot": "strip"}), (d.dot_thickness, {"dot": "dot"})],
        contacts={"left": (["strip"], side("x", -d.length / 2)), "right": (["strip"], side("x", d.length / 2))},
    )


if __name__ == "__main__":
    main("strip_dot", draw)
