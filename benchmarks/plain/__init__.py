"""The month of a household as a Mesa user writes it: agents with plain attributes, ordinary Python floats.

For comparison with the compiled engine and as a second, independent reading of docs/odd.md. Left out, and refused
with an error, are rival theories, household programmes, help for a target group, reserved places, and policies that
wait for a condition.
"""

from benchmarks.plain.model import PlainModel, optimised_python, plain_ns

__all__ = ["PlainModel", "optimised_python", "plain_ns"]
