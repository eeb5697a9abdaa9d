"""Where things lie in this repository."""
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPLICATION = ROOT / 'applications' / 'messenger'
