"""The code that a script runs: its modules, and a digest of what they say."""

import ast
import hashlib
import json
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.name
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_modules(path: Path) -> set[str]:
    """Return the names of this package's modules that the file at `path` imports."""
    names: set[str] = set()
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(f"{path}: write imports with the package's name")
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


def _meaning(value: object) -> object:
    """Turn a syntax tree into lists, without docstrings and what is empty.

    Fields that are empty are left out, as versions of Python differ in having them.
    """
    if isinstance(value, list):
        return [_meaning(item) for item in value]
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = dict(ast.iter_fields(value))
    if isinstance(value, DOCUMENTED) and ast.get_docstring(value, clean=False):
        fields["body"] = fields["body"][1:]
    filled = {k: _meaning(v) for k, v in fields.items() if v is not None and v != []}
    return [type(value).__name__, filled]


@cache
def _file_digest(path: Path) -> str:
    text = json.dumps(_meaning(_parsed(path)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest(scripts: Path, script: str) -> str:
    """Return a digest of what a script and its modules do.

    Comments, docstrings, layout and the files' dates are no matter.
    """
    files = {file: _file_digest(scripts / file) for file in code_files(scripts, script)}
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
