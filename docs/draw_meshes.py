"""The pictures of meshes.md: python docs/draw_meshes.py"""

from pathlib import Path

import numpy as np
import pyvista as pv

from femsot.model.mesh import READY, ready

IMAGES = Path(__file__).parent / "images"
COLORS = ["#a9b6c4", "#f2b134", "#8fbf9f", "#d98c5f", "#7a8fb8"]
CONTACT = "#c03a00"
CELLS = {"triangle": pv.CellType.TRIANGLE, "quad": pv.CellType.QUAD, "tetra": pv.CellType.TETRA}
CELLS["hexahedron"] = pv.CellType.HEXAHEDRON
#: how much taller than true each device is drawn
TALLER = {"strip_dot": 3, "hall_bar": 4, "nanopillar": 1, "lateral_spin_valve": 3, "stripe": 4, "disc": 1, "box": 1}


def in_space(mesh, stretch):
    """Points in nm with three coordinates."""
    points = np.zeros((len(mesh.points), 3))
    points[:, ["xyz".index(axis) for axis in mesh.plane]] = mesh.points * 1e9
    return points * [1, 1, stretch]


def outwards(corners, distance):
    """Faces (f, v, 3) moved along their normals, so that they hide the cells behind."""
    if corners.shape[1] == 2:
        return corners
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return corners + distance * (normal / np.linalg.norm(normal, axis=1, keepdims=True))[:, None]


def draw(name):
    mesh, stretch = ready(name), TALLER[name]
    points = in_space(mesh, stretch)
    plotter = pv.Plotter(off_screen=True, window_size=[1200, 640])
    legend = []
    for color, (region, cells) in zip(COLORS, mesh.regions.items()):
        grid = pv.UnstructuredGrid({CELLS[mesh.kind]: mesh.cells[cells]}, points)
        plotter.add_mesh(grid.extract_surface(algorithm="dataset_surface"), color=color, show_edges=True, edge_color="#555555",
                         ambient=0.45, diffuse=0.6, line_width=0.7)
        legend.append((region, color))
    eye = np.array((0, -1, 0) if mesh.plane == "xz" else (0.55, -1.0, 0.75))
    for contact, rows in mesh.faces.items():
        corners = outwards(points[rows], 0.006 * np.ptp(points))
        number = np.arange(rows.size).reshape(rows.shape)
        faces = np.insert(number, 0, rows.shape[1], axis=1).ravel()
        flat = corners.reshape(-1, 3)
        surface = pv.PolyData(flat, lines=faces) if rows.shape[1] == 2 else pv.PolyData(flat, faces)
        plotter.add_mesh(surface, color=CONTACT, line_width=8 if rows.shape[1] == 2 else 1, ambient=0.5)
        centres = corners.mean(1)
        below = np.allclose(centres[:, 2], points[:, 2].min(), atol=0.01 * np.ptp(points))
        place = centres[np.argmax(centres @ eye)] if below else centres.mean(0)
        plotter.add_point_labels([place], [contact], font_size=22, shape_color="white",
                                 shape_opacity=0.85, show_points=False, always_visible=True, text_color=CONTACT)
    legend.append(("contact", CONTACT))
    plotter.add_legend(legend, bcolor="white", size=(0.2, 0.05 * len(legend)), loc="upper right", face="rectangle")
    low, high = points.min(0), points.max(0)
    size = " x ".join(f"{x:.3g}" for x in (high - low) / [1, 1, stretch] if x)
    taller = f", drawn {stretch} times as tall" if stretch != 1 else ""
    plotter.add_text(f"{name}: {size} nm{taller}", position=(0.03, 0.93), viewport=True, font_size=13, color="black")
    plotter.add_axes(line_width=4, viewport=(0, 0, 0.16, 0.26))
    plotter.background_color = "white"
    middle = (low + high) / 2
    plotter.camera_position = [middle + 900 * eye, middle, (0, 0, 1)]
    plotter.enable_parallel_projection()
    plotter.reset_camera()
    plotter.camera.zoom(1.25 if mesh.plane != "xz" else 1.1)
    plotter.screenshot(str(IMAGES / f"mesh_{name}.png"))
    plotter.close()


if __name__ == "__main__":
    for name in READY:
        draw(name)
