"""Write docs/reruns.md: `make docs`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from reruns import page

if __name__ == "__main__":
    (ROOT / "docs/reruns.md").write_text(page(), encoding="utf-8")
