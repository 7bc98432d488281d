"""What every test needs: figures drawn to files only, and nothing kept from before or for later."""

import os
import tempfile

os.environ.setdefault("MPLBACKEND", "Agg")
KEPT = tempfile.TemporaryDirectory(prefix="pathways-")
os.environ["PATHWAYS_CACHE_DIR"] = KEPT.name
