"""The files of a device in ParaView itself, where it is installed."""

import json
import shutil
import subprocess

import device_results as given
import pytest
from numpy.testing import assert_allclose

from femsot.io import blocks as device_fields
from femsot.io import device_vtk

PVPYTHON = shutil.which("pvpython")
SCRIPT = """
import json, sys
from paraview.simple import Calculator, ExtractBlock, IntegrateVariables, OpenDataFile, PlotOverLine
from paraview import servermanager

def names(assembly, node=0):
    inner = assembly.GetChildNodes(node, False)
    return {assembly.GetAttributeOrDefault(x, "label", assembly.GetNodeName(x)): names(assembly, x) for x in inner}

found = {}
for file in sys.argv[1:]:
    source = OpenDataFile(file)
    source.UpdatePipeline()
    info = source.GetDataInformation()
    found[file] = {
        "tree": names(info.GetHierarchy()),
        "arrays": {array.Name: array.GetNumberOfComponents() for array in source.PointData.values()},
        "parts": [source.PointData["J_s"].GetComponentName(i) for i in range(9)],
        "bounds": info.GetBounds(),
        "strings": sorted(source.FieldData.keys()),
    }
tree = OpenDataFile(sys.argv[1])
dot = ExtractBlock(Input=tree, Selectors=["/Root/regions/dot"])
whole = servermanager.Fetch(IntegrateVariables(Input=dot))
found["torque"] = [whole.GetPointData().GetArray("torque").GetComponent(0, i) for i in range(3)]
face = ExtractBlock(Input=tree, Selectors=["/Root/interfaces"])
face.UpdatePipeline()
found["face"] = sorted(face.PointData.keys())
print("FOUND", json.dumps(found))
"""


@pytest.mark.skipif(PVPYTHON is None, reason="no ParaView here: apt-get install paraview")
def test_paraview_opens_a_device(tmp_path):
    """Blocks without names, arrays that ParaView does not find, nm taken for m, or a region that cannot be picked."""
    dot = given.strip_dot()
    found = device_fields.blocks(dot)
    vtm, pvd = device_vtk.write_device(found, tmp_path / "device.vtm", title="Ä")[:2]
    (tmp_path / "look.py").write_text(SCRIPT)
    command = [PVPYTHON, "--force-offscreen-rendering", str(tmp_path / "look.py"), str(vtm), str(pvd)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
    seen = json.loads(lines[0].removeprefix("FOUND"))
    arrays = {name: values.shape[1] if values.ndim > 1 else 1 for block in found for name, values in block.data.items()}
    for path in (vtm, pvd):
        assert seen[str(path)]["arrays"] == arrays
        assert seen[str(path)]["parts"] == list(device_fields.PARTS[9])
        assert_allclose(seen[str(path)]["bounds"], [0, 60, 0, 40, 0, 7], atol=1e-9)
    assert seen[str(vtm)]["tree"] == {"regions": {"strip": {}, "dot": {}}, "interfaces": {"strip|dot": {}}}
    assert list(seen[str(pvd)]["tree"]) == ["strip", "dot", "strip|dot"]
    assert {"units", "length_unit", "title", "region_names"} <= set(seen[str(vtm)]["strings"])
    bulk = dot.regions["dot"].quadrature[0][1].sum(0)
    assert_allclose(seen["torque"], 1e27 * bulk, rtol=1e-9)  # per nm^3: lengths are in nm
    assert seen["face"] == sorted(found[2].data)
