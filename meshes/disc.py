"""A magnetic disc with contacts at its rim: python meshes/disc.py --size 4 -o disc.msh"""

import itertools
import math

from layers import Drawing, main


def draw(occ, d):
    """The rim is four arcs, so that the two around -x and +x are contacts."""
    radius = d.diameter / 2
    angles = [math.pi / 4 + i * math.pi / 2 for i in range(5)]
    arcs = [occ.addCircle(0, 0, 0, radius, angle1=a, angle2=b) for a, b in itertools.pairwise(angles)]
    occ.removeAllDuplicates()
    disc = occ.addPlaneSurface([occ.addCurveLoop(arcs)])
    edge = radius * math.sqrt(0.5)
    return Drawing(
        shapes={"disc": [(2, disc)]},
        levels=[(d.thickness, {"disc": "disc"})],
        contacts={
            "left": (["disc"], lambda x0, y0, z0, x1, y1, z1: x1 < -edge + 1e-3),
            "right": (["disc"], lambda x0, y0, z0, x1, y1, z1: x0 > edge - 1e-3),
        },
    )


if __name__ == "__main__":
    main("disc", draw)
