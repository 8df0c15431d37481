"""The estimated errors of devices are honest: true errors against exact stacks and converged references."""

from functools import cache

import pytest
from device_cases import bilayer, uniform_device

import femsot as fs
from femsot.model.mesh import ready
from femsot.studies.accuracy import estimated_errors

NM = 1e-9
PT = fs.material("Pt")
CO = fs.material("Co", exchange_length=1 * NM, dephasing_length=1.5 * NM, saturation_magnetization=1.4e6)
MIXING = fs.Mixing(up=6e14, down=3e14, mixing=8e14 + 5e13j)
ENDS = {"left": fs.Terminal(current=2e-4), "right": fs.Terminal(voltage=0.0)}
#: torques [damping_like, field_like] of the default `strip_dot`, of 5 and 10 nm cells with order 2, extrapolated
STRIP_DOT = {"transparent": (-8.3640e9, 1.2322e9), "mixing": (-3.6306e9, -1.5069e8)}


def stripe(law, **sizes):
    """A cross-section: its reference takes a second."""
    regions = {"film": fs.Region(PT), "stripe": fs.Region(CO, (0, 0, 1))}
    return fs.Device(ready("stripe", **sizes), regions, {"film|stripe": law}, ENDS)


def dot(law, **sizes):
    regions = {"strip": fs.Region(PT), "dot": fs.Region(CO, (0, 0, 1))}
    return fs.Device(ready("strip_dot", **sizes), regions, {"strip|dot": law}, ENDS)


def check_honest(estimate, true):
    """The true error is at most max(1.3 x estimate, 0.2 %), the estimate at most max(5 x true error, 1 %)."""
    assert true <= max(1.3 * estimate, 2e-3)
    assert estimate <= max(5 * true, 1e-2)


def check_likes(solution, name, reference):
    """Damping-like and field-like torque against their reference."""
    torque = solution.torque(name)
    values = {"damping_like": torque.damping_like, "field_like": torque.field_like}
    for (field, value), wanted in zip(values.items(), reference, strict=True):
        estimate = solution.report.error[f"torque.{name}.{field}"]
        check_honest(estimate, abs(value / wanted - 1))


LAWS = {"transparent": fs.Transparent(), "mixing": MIXING}


@cache
def fine_stripe(law):
    """The torque that is taken for the true one."""
    return fs.solve(stripe(LAWS[law], size=1 * NM, thickness_size=0.2 * NM)).torque("stripe")


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("sizes", [{}, {"size": 8 * NM, "thickness_size": 1 * NM}], ids=["default", "coarse"])
def test_a_stripe(law, sizes):
    """The rim of a stripe in a cross-section, against cells of a quarter of the size."""
    reference = fine_stripe(law)
    solution = fs.solve(stripe(LAWS[law], **sizes))
    check_likes(solution, "stripe", (reference.damping_like, reference.field_like))


@pytest.mark.parametrize("law", LAWS)
def test_a_coarse_dot(law):
    """Rings of twice the size, levels of twice the thickness."""
    solution = fs.solve(dot(LAWS[law], size=20 * NM, thickness_size=1 * NM))
    check_likes(solution, "dot", STRIP_DOT[law])


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_the_default_dot(law):
    """The default answer is within 0.5 %, of the torque of a transparent interface too (P1 with equal cells: 17 %)."""
    solution = fs.solve(dot(LAWS[law]))
    torque = solution.torque("dot")
    assert torque.damping_like == pytest.approx(STRIP_DOT[law][0], rel=5e-3)
    assert torque.field_like == pytest.approx(STRIP_DOT[law][1], rel=5e-3)
    check_likes(solution, "dot", STRIP_DOT[law])


@pytest.mark.slow
def test_the_resistance_of_a_disc():
    """Contacts that end on a smooth rim, r^1/2: 20.81 ohm is extrapolated as h from cells of 6 and 3 nm alone."""
    regions = {"disc": fs.Region(fs.material("Co", exchange_length=3 * NM, dephasing_length=3 * NM), (0, 0, 1))}
    solution = fs.solve(fs.Device(ready("disc"), regions, contacts=ENDS))
    check_honest(solution.report.error["resistance"], abs(solution.resistance().two_terminal / 20.81 - 1))


@pytest.mark.parametrize("kind", ["quad", "triangle"])
def test_a_uniform_device_against_its_exact_stack(kind):
    """The same torque in closed form, without any rim."""
    stack = bilayer(MIXING)
    device = uniform_device(stack, kind, cells=4)
    solution = fs.solve(device)
    exact = fs.solve(stack)
    for name in solution.magnets:
        for field in ("received", "flux"):
            value, wanted = getattr(solution.torque(name), field), getattr(exact.torque(name), field)
            true = sum((value - wanted) ** 2) ** 0.5 / sum(wanted**2) ** 0.5
            check_honest(solution.report.error[f"torque.{name}.{field}"], true)


def test_a_mesh_coarsened_on_purpose_is_told():
    """An estimate that does not feel the mesh."""
    fine, coarse = (
        fs.solve(stripe(LAWS["transparent"], size=size * NM, thickness_size=size / 8 * NM)).report.error
        for size in (2, 16)
    )
    assert coarse["torque.stripe.field_like"] > 5 * fine["torque.stripe.field_like"]


def test_an_estimate_that_compares_a_solution_with_itself_is_not_honest():
    """The check itself: an estimate of nothing turns it red."""
    solution = fs.solve(stripe(LAWS["transparent"], size=16 * NM, thickness_size=2 * NM))
    errors = estimated_errors(solution, solution)
    assert set(errors) == set(solution.report.error)
    assert set(errors.values()) == {0.0}
    reference = fine_stripe("transparent")
    with pytest.raises(AssertionError):
        check_honest(0.0, abs(solution.torque("stripe").field_like / reference.field_like - 1))


def test_first_order_has_no_estimate():
    """A number where none is known."""
    assert fs.solve(stripe(MIXING), order=1).report.error is None
