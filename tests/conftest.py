"""Fixtures that tests of several rooms share: examples, and results of stacks and of devices."""

import importlib
import warnings

import device_file
import device_results
import pytest
import stack_results
from repository import EXAMPLES

import femsot as fs
from femsot.io import blocks


def pytest_configure(config):
    """Solvers are tested in layers of any thickness, and in films: who is warned is test_mean_free_path's matter.

    And test_config_device's, of films.
    """
    config.addinivalue_line("filterwarnings", "ignore:mesh. a film, plane:femsot.base.errors.PhysicsWarning")
    thin = r"ignore:(layers|regions)\..* is thinner than its mean free path:femsot.base.errors.PhysicsWarning"
    config.addinivalue_line("filterwarnings", thin)
    size = r"ignore:(layers|regions|mesh).* is .* m, outside of 0.05 nm to 100 um:femsot.base.errors.PhysicsWarning"
    config.addinivalue_line("filterwarnings", size)


@pytest.fixture(scope="module")
def example(request):
    """Imports an example by name and runs it once, with what the test module's REDUCED holds for it.

    As a user would, from the directory of the examples.
    """
    ran = {}

    def get(name):
        if name not in ran:
            module = importlib.import_module(name)
            ran[name] = module, module.run(**request.module.REDUCED.get(name, {}))
        return ran[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        yield get


# results of three stacks, as files of output have them


@pytest.fixture(name="orbital", scope="module")
def _orbital():
    return stack_results.orbital()


@pytest.fixture(name="insulating", scope="module")
def _insulating():
    return stack_results.insulating()


@pytest.fixture(name="valve", scope="module")
def _valve():
    return stack_results.valve()


# a strip with a magnetic dot on it, with fields that are linear in space, and solved in truth


@pytest.fixture(name="dot", scope="module")
def _dot():
    return device_results.strip_dot()


@pytest.fixture(name="dot_blocks", scope="module")
def _dot_blocks(dot):
    return blocks.blocks(dot)


@pytest.fixture(name="solution", params=device_results.SOLUTIONS)
def _solution(request):
    return device_results.SOLUTIONS[request.param]()


@pytest.fixture(name="solved_dot", scope="module")
def _solved_dot():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)  # the dot is thin
        return fs.solve(device_results.strip_dot().device, order=1)


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory):
    """A directory with the files that `device_file.FILE` names."""
    directory = tmp_path_factory.mktemp("device")
    device_file.write_files(directory)
    return directory
