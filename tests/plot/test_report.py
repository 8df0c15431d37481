"""The HTML page of a result; each docstring names the bug that the test catches."""

import base64
import json
import re
import shutil
import subprocess

import device_results as given
import numpy as np
import pytest
import stack_results
from numpy.testing import assert_allclose
from typer.testing import CliRunner

from femsot.base.files import write_json
from femsot.cli import app
from femsot.io import blocks as device_fields
from femsot.io import device_vtk
from femsot.io.result import identity
from femsot.model import mesh
from femsot.plot import report, surface

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"]


@pytest.fixture(name="found", scope="module")
def _found():
    return device_fields.blocks(given.strip_dot())


@pytest.fixture(name="page", scope="module")
def _page(found):
    return report.page(given.strip_dot().to_dict(), fields=found)


def cells(page, title):
    """The rows of the table of this title."""
    table = re.search(rf"<caption>{re.escape(title)}</caption>(.*?)</table>", page, re.DOTALL)[1]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("</tr>")[:-1]]


def test_the_page_has_the_tables(page):
    """A table left out, a number under another heading, or the words of a user taken for markup."""
    torques = cells(page, "a strip with a dot [Pt|Co]")
    assert torques[0][0] == "magnet" and "torque DL\n[GA/m²]" in torques[0]
    assert torques[1][:3] == ["dot", "2.9", "0.1"]
    assert cells(page, "contacts")[1:] == [["left", "1", "20"], ["right", "0.4", "-20"]]
    assert cells(page, "interfaces")[1][:2] == ["strip|dot", "400"]
    assert cells(page, "regions and their means")[1][0] == "strip"
    assert cells(page, "spin budget [µA]")[1][:3] == ["strip", "x", "7.2"]
    assert ["Pt.conductivity", "5000000", "S/m"] in cells(page, "materials")
    assert cells(page, "mesh")[1:] == [["size", "5e-09", "m"], ["cells", "9", ""]]
    assert ["dot.magnetization.core_radius", "8e-09", "m"] in cells(page, "regions")
    assert "a &lt;warning&gt; &amp; more" in page and "<warning>" not in page


def test_the_page_of_a_stack_has_profiles_and_no_device():
    """A KeyError for a result without regions, or an empty view."""
    made = report.page(stack_results.orbital())
    assert re.findall("<h2>(.*?)</h2>", made) == ["Torques", "Profiles", "Spin budget", "Parameters"]
    assert "<script" not in made and made.count("<img ") == 2
    assert ["Ni.exchange_length", "5e-10", "m"] in cells(made, "materials")
    assert ["Ti|Ni.charge", "1e+15", "S/m^2"] in cells(made, "interfaces")
    assert ["electric_field", "[100000.0, 0, 0]", "V/m"] in cells(made, "drive")
    film = report.page(stack_results.film() | {"title": "<b>"})
    assert "no magnet in this result" in film and "<title>&lt;b&gt;</title>" in film


def test_the_page_of_a_2d_device_has_a_map_and_without_fields_none():
    """A view in 3D of a flat device, or none at all where its fields are there."""
    solution = given.cross()
    made = report.page(solution.to_dict(), fields=device_fields.blocks(solution), field="phi")
    assert "<canvas" not in made and 'alt="map"' in made
    assert "currents along the line.</p>" in made
    result = solution.to_dict()
    result["report"]["order"] = 1
    made = report.page(result, fields=device_fields.blocks(solution))
    assert "currents along the line: slopes of the potentials, first order in the cells' size.</p>" in made
    assert 'alt="map"' not in report.page(solution.to_dict())


def test_nothing_is_fetched(page):
    """A style sheet, font or script from elsewhere: the page is broken without a network."""
    for made in (page, report.page(stack_results.orbital())):
        assert not re.findall(r"(?:https?:)?//[\w.]+\.\w+/", made)
        places = re.findall(r'(?:src|href)="(.*?)"', made)
        assert places and all(place.startswith("data:") for place in places)
        for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", made):
            assert not re.findall(r'(?:href|src)="(?!#|data:)', base64.b64decode(data).decode())


def test_a_user_s_words_do_not_end_the_script(found):
    """A region called </script> ends the data, and the rest of it is printed or run."""
    evil = [device_fields.Block(**vars(block) | {"name": block.name + "</script><b>"}) for block in found[:2]]
    made = report.page(given.strip_dot().to_dict(), fields=evil)
    assert made.count("</script>") == 2
    assert scene_of(made)["regions"][0]["name"] == "strip</script><b>"


def scene_of(page):
    return json.loads(re.search(r'id="device">(.*?)</script>', page, re.DOTALL)[1])


def arrays(region):
    points = np.frombuffer(base64.b64decode(region["points"]), "<f4").reshape(-1, 3)
    triangles = np.frombuffer(base64.b64decode(region["triangles"]), "<u4").reshape(-1, 3)
    return points, triangles, {int(k): np.frombuffer(base64.b64decode(x), "<f4") for k, x in region["fields"].items()}


def test_the_scene_is_the_device(page, found):
    """A surface seen from within, values of other points, or a range that is not theirs."""
    scene = scene_of(page)
    names = [field["name"] for field in scene["fields"]]
    assert names[0] == "mu_s_y" and "mu_s_z" in names and "region" not in names
    index = names.index("phi")
    field = scene["fields"][index]
    assert (field["label"], field["unit"], field["colours"]) == ("phi [mV]", "mV", "RdBu_r")
    size = np.linalg.norm([60, 40, 7])
    for region, block in zip(scene["regions"][:2], found[:2], strict=True):
        points, triangles, values = arrays(region)
        places = (points.astype(float) * size + [30, 20, 3.5]) * 1e-9
        a, b, c = points.astype(float)[triangles].transpose(1, 0, 2)
        volume = np.sum(a * np.cross(b, c)) / 6 * size**3  # > 0: counterclockwise from outside, closed
        assert_allclose(volume, {"strip": 9600, "dot": 1200}[block.name], rtol=1e-4)
        assert_allclose(values[index], 1e3 * given.linear(given.MU[block.name], places)[:, 0], atol=1e-4)
        assert all(len(value) == len(points) for value in values.values())
    assert_allclose(field["high"], 1e3 * np.max(np.abs([block.data["phi"].min() for block in found[:2]])), rtol=1e-6)
    assert scene["regions"][1]["offset"][2] > 0
    face = scene["regions"][2]
    assert [region["sheet"] for region in scene["regions"]] == [False, False, True]
    assert {names[int(k)] for k in face["fields"]} & {"torque_magnetization_x", "jump_phi", "phi"} == {
        "torque_magnetization_x",
        "jump_phi",
    }


def test_a_large_surface_is_made_smaller():
    """A page of 100 MB, a box that has lost its corners, or one with holes."""
    flat = mesh.grid(np.linspace(0, 60e-9, 121), np.linspace(0, 40e-9, 81))
    made = mesh.layered([mesh.Level(4e-9, "strip", size=1e-9)], footprint=flat)
    block = device_fields.Block(
        name="strip", group="regions", kind=made.kind, points=made.points, cells=made.cells, data={}
    )
    values = np.sin(1e8 * made.points[:, :1])
    points, triangles, kept = surface.outside(block, values, most=10**6)
    fewer, coarse, mean = surface.outside(block, values, most=4000)
    assert len(triangles) == 2 * (2 * 120 * 80 + 2 * 4 * (120 + 80))
    assert np.ptp(kept) > np.ptp(mean)
    assert 1000 < len(coarse) <= 4000 and len(fewer) == len(mean) < len(points) == len(kept)
    a, b, c = fewer[coarse].transpose(1, 0, 2)
    assert_allclose(np.sum(a * np.cross(b, c)) / 6, 9600e-27, rtol=1e-9)
    assert_allclose([fewer.min(0), fewer.max(0)], [points.min(0), points.max(0)], atol=1e-18)
    assert mean.min() >= kept.min() and mean.max() <= kept.max()


def test_the_command_writes_the_page(found, tmp_path):
    """A page beside the wrong file, or without the device whose fields lie beside the result."""
    write_json(given.strip_dot().to_dict(), tmp_path / "result.json")
    done = CliRunner().invoke(app, ["report", str(tmp_path / "result.json")])
    assert done.exit_code == 0
    assert re.match(r"wrote .*\nno fields: .*device.vtm beside", done.stdout)
    assert "<canvas" not in (tmp_path / "report.html").read_text()
    run = identity(given.strip_dot().to_dict())
    device_vtk.write_device(found, tmp_path / "device.vtm", run=run)
    made = tmp_path / "a.html"
    done = CliRunner().invoke(app, ["report", str(tmp_path / "result.json"), "-o", str(made), "--field", "torque_x"])
    assert done.exit_code == 0 and done.stdout == f"wrote {made}\n"
    scene = scene_of(made.read_text())
    assert scene["fields"][0]["name"] == "torque_x"
    done = CliRunner().invoke(app, ["report", str(tmp_path / "result.json"), "--field", "x", "--json"])
    assert done.exit_code == 2 and done.stderr.startswith("femsot: field: got 'x', known: ")


@pytest.mark.parametrize("text", ["{}", '{"parameters": {}, "torque": {}}'])
def test_the_command_refuses_what_is_no_result(text, tmp_path):
    """A traceback for the file of a sweep."""
    (tmp_path / "x.json").write_text(text)
    done = CliRunner().invoke(app, ["report", str(tmp_path / "x.json")])
    assert done.exit_code == 2 and "x.json: no femsot result, missing: " in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "x.json"]


# in a browser


def browse(path, tmp_path, *arguments):
    """What Chromium prints, and its messages, at a page that it opens without a network."""
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments, path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
@pytest.mark.parametrize("name", ["device", "stack"])
def test_the_page_opens_in_a_browser(name, page, tmp_path):
    """A script that fails, a canvas that stays empty, a table that the browser mends."""
    path = tmp_path / "report.html"
    path.write_text(page if name == "device" else report.page(stack_results.orbital()), encoding="utf-8")
    shown, messages = browse(path, tmp_path, "--virtual-time-budget=3000", "--dump-dom")
    assert messages == []
    assert cells(shown, "materials")[0] == ["field", "value", "unit"]
    assert not re.findall(r'(?:src|href)="(?!data:)', shown)
    if name == "device":
        assert int(re.search(r'data-triangles="(\d+)"', shown)[1]) > 100
        assert re.findall(r"<option[^>]*>(mu_s_y \[µV\])</option>", shown)
        assert "µV</span>" in shown


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
def test_the_view_is_painted_and_turns(page, tmp_path):
    """An empty canvas, or one that stays as it is when it is dragged, zoomed or shown another field."""
    steps = """
    <script>
    const canvas = document.querySelector("canvas"), seen = [];
    const look = () => seen.push(canvas.toDataURL());
    const drag = (type, x) => canvas.dispatchEvent(new PointerEvent(type, {buttons: 1, movementX: x, movementY: 9}));
    canvas.setPointerCapture = () => {};
    look(); drag("pointermove", 40); look();
    canvas.dispatchEvent(new WheelEvent("wheel", {deltaY: -300, cancelable: true})); look();
    const pick = document.querySelector("select");
    pick.value = 1; pick.dispatchEvent(new Event("change")); look();
    const slide = document.querySelector("input");
    slide.value = 1; slide.dispatchEvent(new Event("input")); look();
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const coloured = pixels.filter((x, i) => i % 4 === 3 && x > 0).length / (pixels.length / 4);
    document.body.dataset.found = `${new Set(seen).size} ${coloured}`;
    </script></body>"""
    path = tmp_path / "report.html"
    path.write_text(page.replace("</body>", steps), encoding="utf-8")
    shown, messages = browse(path, tmp_path, "--virtual-time-budget=3000", "--dump-dom")
    assert messages == []
    different, coloured = re.search(r'data-found="(\d+) ([\d.]+)"', shown).groups()
    assert int(different) == 5 and 0.05 < float(coloured) < 0.95
