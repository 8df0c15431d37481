"""A magnetic box, current along x: python meshes/box.py --size 4 -o box.msh"""

from layers import Drawing, main, side


def draw(occ, d):
    box = occ.addRectangle(-d.length / 2, -d.width / 2, 0, d.length, d.width)
    return Drawing(
        shapes={"box": [(2, box)]},
        levels=[(d.thickness, {"box": "box"})],
        contacts={"left": (["box"], side("x", -d.length / 2)), "right": (["box"], side("x", d.length / 2))},
    )


if __name__ == "__main__":
    main("box", draw)
