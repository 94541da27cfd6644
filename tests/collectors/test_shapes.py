"""Structs may be used by several threads at once, also when nobody used them before."""

import subprocess
import sys
from pathlib import Path

import msgspec
from annexa.collectors import shapes

PROGRAM = Path(__file__).with_name("first_use.py")


def test_threads_that_use_a_shape_for_the_first_time_together_do_not_end_the_process() -> None:
    ended = subprocess.run([sys.executable, PROGRAM], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]


def test_shapes_that_no_json_has_are_passed_over() -> None:
    class Odd(msgspec.Struct):
        both: int | float | list[int] | tuple[int, ...]

    shapes.learn_all()
    shapes.learn(Odd)
