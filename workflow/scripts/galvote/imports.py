"""Which files of this library a script runs, read from its import statements."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.name


def imported_modules(path: Path) -> set[str]:
    """Return the names of this package's modules that the file at `path` imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    parts = (name.split(".") for name in names)
    return {part[1] for part in parts if part[0] == PACKAGE and len(part) > 1}


def code_files(scripts: Path, script: str) -> list[str]:
    """Return the script and all modules it imports, directly or through others.

    Parameters
    ----------
    scripts : folder that holds the scripts and this package.
    script : name of the script in that folder.

    Returns
    -------
    Paths relative to `scripts`, sorted, the script first.
    """
    found: set[Path] = set()
    todo = [scripts / script]
    while todo:
        for name in imported_modules(todo.pop()):
            module = scripts / PACKAGE / f"{name}.py"
            if module.is_file() and module not in found:
                found.add(module)
                todo.append(module)
    if found:
        found.add(scripts / PACKAGE / "__init__.py")
    modules = sorted(path.relative_to(scripts).as_posix() for path in found)
    return [script, *modules]
