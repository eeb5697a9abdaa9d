"""The benches' rooms on the path. Nothing here measures anything: what is tested is who is asked for what, and who judges how."""
import sys
from pathlib import Path

# At the end: nothing here may hide another module.
sys.path.append(str(Path(__file__).parents[2] / 'bench'))
