"""Write config/README.md and the schema of the config: `make docs`."""

from pathlib import Path

from galvote.config import describe

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    (ROOT / "config/README.md").write_text(describe.readme(), encoding="utf-8")
    schema = ROOT / "workflow/schemas/config.schema.yaml"
    schema.write_text(describe.schema(), encoding="utf-8")
