"""What every test needs: figures drawn to files only."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")
