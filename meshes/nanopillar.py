"""A spin-valve pillar between leads: python meshes/nanopillar.py --size 5 -o nanopillar.msh"""

from layers import Drawing, main, side


def draw(occ, d):
    lead = occ.addRectangle(-d.width / 2, -d.width / 2, 0, d.width, d.width)
    pillar = occ.addDisk(0, 0, 0, d.diameter / 2, d.diameter / 2)
    levels = [(d.bottom_thickness, {"lead": "bottom_lead", "pillar": "bottom_lead"})]
    levels += [(getattr(d, f"{name}_thickness"), {"pillar": name}) for name in ("fixed", "spacer", "free")]
    levels += [(d.top_thickness, {"pillar": "top_lead"})]
    top = sum(thickness for thickness, _ in levels)
    return Drawing(
        shapes={"lead": [(2, lead)], "pillar": [(2, pillar)]},
        levels=levels,
        contacts={"bottom": (["bottom_lead"], side("z", 0)), "top": (["top_lead"], side("z", top))},
    )


if __name__ == "__main__":
    main("nanopillar", draw)
