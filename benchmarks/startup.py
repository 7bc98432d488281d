"""One fresh process: seconds of each part of the start of a model, and the peak memory, as JSON.

Run by `benchmarks.engine` with empty and with filled caches. Imports are what is measured: they come late.
"""

from __future__ import annotations

import json
import resource
import sys
import time

BYTES_PER_KIB = 1024


def main() -> None:
    """Measure with `population.share` from the command line and print one JSON object."""
    share = float(sys.argv[1])
    began = time.perf_counter()
    from sim.assemble import build_world
    from sim.config import default_config
    from sim.data.loader import load
    from sim.model import MigrationModel
    from sim.population import synthesise

    config, data = default_config(population__share=share), load()
    imported = time.perf_counter()
    build_world(config, data)
    built = time.perf_counter()
    rows = len(synthesise(config, data))
    made = time.perf_counter()
    model = MigrationModel(config)
    ready = time.perf_counter()
    model.step()
    first = time.perf_counter()
    model.step()
    second = time.perf_counter()
    print(json.dumps({
        "import": imported - began, "world": built - imported, "synthesis": made - built,
        "model": ready - made, "first month": first - ready, "second month": second - first, "rows": rows,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_KIB,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
