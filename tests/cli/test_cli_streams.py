"""What becomes of the command when its output cannot be printed, is stopped, or is asked to write over a device."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repository import EXAMPLES

STACK = str(EXAMPLES / "ning24_fig2.toml")


def command(*arguments):
    return [sys.executable, "-m", "femsot", *arguments]


def run(directory, *, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        command("run", STACK, "--output", str(directory)),
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_will_do(tmp_path, encoding):
    """A dash or a Greek letter in a table ended in a traceback, after the files were written."""
    done = run(tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert (tmp_path / "result.json").stat().st_size > 1000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_output_is_told(tmp_path):
    """The files are there, the exit code says that not all was printed."""
    with open("/dev/full", "wb") as full:
        done = run(tmp_path, stdout=full)
    assert done.returncode == 1
    assert done.stderr.decode().strip() == "femsot: cannot print: No space left on device"
    assert (tmp_path / "result.json").exists()


def test_a_pipe_that_nobody_reads_is_quiet(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = run(tmp_path, stdout=write)
    os.close(write)
    assert done.returncode == 0 and done.stderr == b""
    assert (tmp_path / "result.json").exists()


@pytest.mark.skipif(os.name != "posix", reason="closed streams of POSIX")
def test_a_closed_output(tmp_path):
    words = " ".join(command("run", STACK, "--output", str(tmp_path)))
    done = subprocess.run(["sh", "-c", f"{words} >&-"], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0 and done.stderr == b""
    assert (tmp_path / "result.json").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_stop_a_sweep_and_leave_nothing_half_written(tmp_path, number, code):
    """SIGTERM of a batch system ended the process where it stood: hidden temporary files stayed."""
    text = Path(STACK).read_text(encoding="utf-8")
    grid = '[sweep]\n"layers.N.thickness" = { from = "1 nm", to = "9 nm", points = 1000 }\n'
    grid += '"layers.F.thickness" = { from = "1 nm", to = "9 nm", points = 1000 }\n'
    (tmp_path / "s.toml").write_text(text + grid, encoding="utf-8")
    process = subprocess.Popen(
        command("sweep", "s.toml", "--output", "out"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.default_int_handler
        ),  # not ignored, as in the background
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/.sweep-*/*.npz")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code, error
    assert b"Traceback" not in error and b"what a sweep has solved is kept" in error
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert not [name for name in names if name.startswith(".") and name.endswith(".npz")]


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="no /dev/null")
def test_a_device_is_never_replaced(tmp_path):
    """As root, `scatter -o /dev/null` made an ordinary file of the device."""
    done = subprocess.run(
        command("scatter", str(EXAMPLES / "interface.toml"), "-o", "/dev/null"), capture_output=True, check=False
    )
    assert done.returncode == 2 and b"/dev/null: is a device" in done.stderr
    assert Path("/dev/null").is_char_device()


def test_a_pipe_as_input_is_refused_at_once(tmp_path):
    """It was waited for, without end."""
    os.mkfifo(tmp_path / "pipe.toml")
    done = subprocess.run(command("run", str(tmp_path / "pipe.toml")), capture_output=True, check=False, timeout=60)
    assert done.returncode == 2 and b"is a named pipe (FIFO)" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deep"),
        ("a = " + "9" * 5000, "has too many digits"),
    ],
)
def test_toml_that_python_cannot_read(tmp_path, text, message):
    (tmp_path / "a.toml").write_text(text)
    done = subprocess.run(command("check", str(tmp_path / "a.toml")), capture_output=True, check=False)
    assert done.returncode == 2 and message in done.stderr.decode() and b"Traceback" not in done.stderr
