"""Tensors, matrices and Neel vectors in a file: units, shapes, and the way back from a record."""

import numpy as np
import pytest

from femsot.base.errors import InputError
from femsot.io import config
from femsot.model.record import resolved


def test_directional_materials_are_read_with_their_units():
    """Catches a tensor, a matrix or a Neel vector that a file cannot give, or that a resolved record loses."""
    cube = [[[f"{a + 3 * i + 9 * k} kS/m" for k in range(3)] for i in range(3)] for a in range(3)]
    text = f"""
[materials.Crystal]
kind = "normal"
conductivity = "2e6 S/m"
spin_diffusion_length = "2 nm"
spin_hall_tensor = {cube}
spin_swapping = 0.1
[materials.RuO2]
kind = "altermagnet"
conductivity = "2e6 S/m"
spin_diffusion_length = "2 nm"
dephasing_length = "1 nm"
spin_splitter = [["1e5 S/m", "0 S/m", "0 S/m"], ["0 S/m", "0 S/m", "3e5 S/m"], ["0 S/m", "3e5 S/m", "0 S/m"]]
[materials.Co]
kind = "ferromagnet"
conductivity = "2e6 S/m"
parallel_conductivity = "1.9e6 S/m"
spin_hall_rotated = "1e5 S/m"
spin_diffusion_length = "5 nm"
exchange_length = "1 nm"
[[layers]]
name = "A"
material = "Crystal"
thickness = "3 nm"
[[layers]]
name = "B"
material = "RuO2"
thickness = "3 nm"
neel = [0.0, 2.0, 0.0]
[[layers]]
name = "C"
material = "Co"
thickness = "1 nm"
magnetization = [1.0, 0.0, 0.0]
[drive]
electric_field = ["1e5 V/m", "0 V/m", "0 V/m"]
"""
    stack = config.read_text(text).stack
    crystal, altermagnet, magnet = (layer.material for layer in stack.layers)
    assert crystal.spin_hall_tensor[1][2][0] == 7e3 and altermagnet.spin_splitter[1][2] == 3e5
    assert stack.layers[1].neel.tolist() == [0.0, 1.0, 0.0] and magnet.parallel_conductivity == 1.9e6
    record = resolved(stack)
    assert record["materials"]["RuO2"]["kind"] == "altermagnet" and record["layers"][1]["neel"] == [0.0, 1.0, 0.0]
    assert record["materials"]["Crystal"]["spin_hall_tensor"][1][2][0] == 7e3
    again = config.from_resolved(record)
    assert np.array_equal(again.layers[1].material.spin_splitter, altermagnet.spin_splitter)
    assert np.array_equal(again.layers[0].material.spin_hall_tensor, crystal.spin_hall_tensor)


def test_tensors_of_another_shape_are_refused():
    """Catches a list of another size, or a number where a tensor is due, that ends in a traceback."""
    text = """
[materials.N]
kind = "normal"
conductivity = "2e6 S/m"
spin_diffusion_length = "2 nm"
spin_hall_tensor = {given}
[[layers]]
name = "N"
material = "N"
thickness = "3 nm"
[drive]
electric_field = ["1e5 V/m", "0 V/m", "0 V/m"]
"""
    for given in ('"1 S/m"', '[["1 S/m"]]', "[1.0, 2.0]"):
        with pytest.raises(InputError, match=r"materials.N.spin_hall_tensor: .* three times three rows of three"):
            config.read_text(text.format(given=given))
