"""2D cross-section (xz) of a magnetic stripe on a film: python meshes/stripe.py --size 2 -o stripe.msh"""

import itertools

from layers import Drawing, main, side


def draw(occ, d):
    rest = (d.width - d.stripe_width) / 2
    stops = [0, rest, rest + d.stripe_width, d.width]
    points = [occ.addPoint(x, 0, 0) for x in stops]
    left, middle, right = (occ.addLine(a, b) for a, b in itertools.pairwise(points))
    return Drawing(
        shapes={"film": [(1, left), (1, right)], "stripe": [(1, middle)]},
        levels=[(d.film_thickness, {"film": "film", "stripe": "film"}), (d.stripe_thickness, {"stripe": "stripe"})],
        contacts={"left": (["film"], side("x", 0)), "right": (["film"], side("x", d.width))},
        recombine=True,
    )


if __name__ == "__main__":
    main("stripe", draw)
