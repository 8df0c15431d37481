"""A Hall cross under a magnetic film: python meshes/hall_bar.py --size 5 -o hall_bar.msh"""

from layers import Drawing, main, side


def draw(occ, d):
    height = d.width + 2 * d.arm_length
    strip = occ.addRectangle(-d.length / 2, -d.width / 2, 0, d.length, d.width)
    arms = occ.addRectangle(-d.arm_width / 2, -height / 2, 0, d.arm_width, height)
    both = ["strip", "film"]
    return Drawing(
        shapes={"cross": [(2, strip), (2, arms)]},
        levels=[(d.strip_thickness, {"cross": "strip"}), (d.film_thickness, {"cross": "film"})],
        contacts={
            "left": (both, side("x", -d.length / 2)),
            "right": (both, side("x", d.length / 2)),
            "hall_bottom": (both, side("y", -height / 2)),
            "hall_top": (both, side("y", height / 2)),
        },
    )


if __name__ == "__main__":
    main("hall_bar", draw)
