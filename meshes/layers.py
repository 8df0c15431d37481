"""What the gmsh scripts of this folder share: a footprint, extruded level by level, with named groups.

Needs the gmsh module (`pip install gmsh`) and femsot, whose ready meshes give the dimensions and their defaults.
"""

import argparse
from dataclasses import dataclass, field

from femsot.mesh import READY


@dataclass
class Drawing:
    """A device as its script draws it, lengths in nm."""

    #: name -> what gmsh has drawn in the plane; later shapes are cut out of the ones before
    shapes: dict
    #: from the bottom: (thickness, shape -> region)
    levels: list
    #: name -> (regions, does a surface with this bounding box (x0, y0, z0, x1, y1, z1) belong to it?)
    contacts: dict
    #: hexahedra or quads of quads or lines, else tetrahedra
    recombine: bool = False
    #: regions found while it is built: name -> tags
    regions: dict = field(default_factory=dict)


def main(name, draw):
    """The command line of one script: `draw(occ, d)` gives a Drawing of dimensions d in nm."""
    defaults = {key: value * 1e9 for key, value in READY[name].sizes.items()}
    parser = argparse.ArgumentParser(description=f"{READY[name].description}; lengths in nm")
    for key, value in defaults.items():
        parser.add_argument(f"--{key.replace('_', '-')}", type=float, default=value, metavar="NM")
    parser.add_argument("-o", "--output", default=f"{name}.msh")
    parser.add_argument("--version", type=float, default=4.1, help="of the .msh format: 4.1 or 2.2")
    parser.add_argument("--ascii", action="store_true", help="write text")
    d = parser.parse_args()

    import gmsh

    gmsh.initialize()
    try:
        gmsh.option.setNumber("General.Verbosity", 2)
        drawing = draw(gmsh.model.occ, d)
        build(gmsh.model, drawing, d)
        gmsh.option.setNumber("Mesh.MshFileVersion", d.version)
        gmsh.option.setNumber("Mesh.Binary", not d.ascii)
        gmsh.write(d.output)
    finally:
        gmsh.finalize()


def build(model, drawing, d):
    """The geometry, its groups, and the mesh."""
    parts = fragments(model.occ, drawing.shapes)
    dimension = 1 + max(tags[0][0] for tags in drawing.shapes.values())
    for thickness, names in drawing.levels:
        kept = {shape: entities for shape, entities in parts.items() if shape in names}
        entities = [entity for group in kept.values() for entity in group]
        layers = [max(1, round(thickness / d.thickness_size))]
        made = model.occ.extrude(entities, 0, 0, thickness, numElements=layers, recombine=drawing.recombine)
        bodies = [i for i, (dim, _) in enumerate(made) if dim == dimension]  # each right after its top
        parts = {shape: [] for shape in kept}
        for i, shape in zip(bodies, (shape for shape, group in kept.items() for _ in group), strict=True):
            parts[shape].append(made[i - 1])
            drawing.regions.setdefault(names[shape], []).append(made[i][1])
    model.occ.synchronize()
    for region, tags in drawing.regions.items():
        model.addPhysicalGroup(dimension, tags, name=region)
    for contact, (regions, on) in drawing.contacts.items():
        bodies = [(dimension, tag) for region in regions for tag in drawing.regions[region]]
        outside = model.getBoundary(bodies, combined=True, oriented=False)
        tags = [tag for dim, tag in outside if on(*model.getBoundingBox(dim, tag))]
        model.addPhysicalGroup(dimension - 1, tags, name=contact)
    for point in model.getEntities(0):
        model.mesh.setSize([point], d.size)
    model.mesh.generate(dimension)


def fragments(occ, shapes):
    """The pieces of each shape that no later shape covers."""
    owner = [name for name, entities in shapes.items() for _ in entities]
    entities = [entity for group in shapes.values() for entity in group]
    pieces = [[entity] for entity in entities]
    if len(entities) > 1:
        _, pieces = occ.fragment(entities[:1], entities[1:])
    last = {piece: name for name, group in zip(owner, pieces, strict=True) for piece in group}
    return {name: [piece for piece, of in last.items() if of == name] for name in shapes}


def side(axis, value):
    """Is a bounding box flat, at this value of this axis?"""
    i = "xyz".index(axis)
    return lambda *box: abs(box[i] - value) < 1e-3 and abs(box[i + 3] - value) < 1e-3
