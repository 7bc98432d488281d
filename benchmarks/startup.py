"""One fresh process: seconds of each part of a run from the start of the process, and its memory, as JSON.

Run by the other parts with empty or filled caches. Imports are part of what is measured: they come late.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

KIB = 1024
STATUS = Path("/proc/self/status")


def main() -> None:
    """Live the run that the command line describes and print one JSON object.

    {"values": {path: value}, "began": time.time() of the caller, "months": 1 or all, "write": folder or none}
    """
    asked = json.loads(sys.argv[1])
    from sim.config import default_config
    from sim.data.loader import load

    config = default_config(**asked["values"])
    load()
    told = {"import": time.time() - asked["began"]}
    from sim import model as models

    plain = models.households_at_start

    def households(*args: Any) -> Any:
        mark = time.perf_counter()
        found = plain(*args)
        told["households"] = time.perf_counter() - mark
        return found

    models.households_at_start = households
    mark = time.perf_counter()
    model = models.MigrationModel(config)
    told["build"] = time.perf_counter() - mark
    mark = time.perf_counter()
    model.step()
    told["first month"] = time.perf_counter() - mark
    told["to first month"] = time.time() - asked["began"] - told["first month"]
    if asked.get("months", 0) != 1:
        from benchmarks.measures import live_timed

        memory: list[int] = []
        lived = live_timed(model, lambda month: memory.append(of_process("VmRSS")))
        told |= {
            "seconds": lived.seconds, "cpu": lived.cpu, "parts": dict(lived.parts), "rows": lived.rows,
            "household_months": lived.household_months, "bytes_per_row": lived.bytes_per_row, "memory": memory,
        }  # fmt: skip
    if asked.get("write"):
        from sim.results import write_run

        record = model.record
        del model, lived  # as in `pathways run`: households are gone when results are written
        gc.collect()
        mark = time.perf_counter()
        write_run(Path(asked["write"]), config, record, 0.0, 0)
        told["write"] = time.perf_counter() - mark
    told["peak"] = of_process("VmHWM")
    print(json.dumps(told))


def of_process(name: str) -> int:
    """Return bytes of memory that the process holds (VmRSS) or held at most (VmHWM), 0 where the system does not tell.

    The peak that getrusage tells is no less than that of the process which started this one.
    """
    lines = STATUS.read_text(encoding="utf-8").splitlines() if STATUS.exists() else []
    return next((int(line.split()[1]) * KIB for line in lines if line.startswith(name)), 0)


if __name__ == "__main__":
    main()
