"""The code that a script runs: its modules, and a digest of what they do."""

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "galvote"
AROUND = ("galvote.run", "galvote.base.progress")  # log, lock and bars decide nothing
LOGS = ("log", "steps")  # names of loggers
PROGRESS = "progress"  # passes on its first argument
BODIES = ("body", "orelse", "finalbody", "handlers", "cases")  # of statements
FIELD, ABOUT = "Field", "description"  # of settings: text for people


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _is_around(module: str) -> bool:
    return module in AROUND or module.startswith(tuple(f"{a}." for a in AROUND))


@cache
def imported_modules(scripts: Path, file: str) -> tuple[str, ...]:
    """Return the modules of the package that a file imports, by their dotted names.

    Parameters
    ----------
    scripts : folder that holds the package.
    file : path relative to it.

    Raises
    ------
    ValueError
        Where an import is relative or names no module: a digest must not lose any.
    """
    found: set[str] = set()
    for node in _statements(_parsed(scripts / file)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(f"{file}: write imports with the package's name")
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
            if (scripts / node.module.replace(".", "/")).is_dir():
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found.update(name for name in names if name.split(".")[0] == PACKAGE)
    for module in found:
        if not (scripts / file_of(module)).is_file():
            raise ValueError(f"{file}: there is no module {module}")
    return tuple(sorted(found))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies below a node down to its statements: imports are none inside."""
    for field in BODIES:
        for child in getattr(node, field, ()):
            yield child
            yield from _statements(child)


def file_of(module: str) -> str:
    """Return the file of a module, relative to the folder of the scripts."""
    return module.replace(".", "/") + ".py"


def code_files(scripts: Path, script: str) -> list[str]:
    """Return the script and all modules it imports, directly or through others.

    What is around the work (`AROUND`) is left out.

    Parameters
    ----------
    scripts : folder that holds the scripts and the package.
    script : path of the script in that folder.

    Returns
    -------
    Paths relative to `scripts`, sorted, the script first.
    """
    found: set[str] = set()
    todo = [script]
    while todo:
        for module in imported_modules(scripts, todo.pop()):
            file = file_of(module)
            if file not in found and not _is_around(module):
                found.add(file)
                todo.append(file)
    return [script, *sorted(found)]


def _decides(node: ast.AST) -> bool:
    """Tell whether a statement decides what code does: text and logging do not."""
    if not isinstance(node, ast.Expr | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return not isinstance(node.value.value, str)
    if isinstance(node, ast.ImportFrom):
        return node.module is None or not _is_around(node.module)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        return not (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id in LOGS
        )
    return True


def _meaning(node: ast.AST) -> Iterator[str]:
    """Yield a syntax tree in words, without what decides nothing or is empty.

    Fields that are empty are left out, as versions of Python differ in having them, and
    so is whether a name is read or written, which its place says.
    """
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    if named and node.func.id == PROGRESS:
        yield from _meaning(node.args[0])
        return
    is_field = named and node.func.id == FIELD
    yield f"({type(node).__name__}"
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None or name == "ctx":
            continue
        if not isinstance(value, list):
            value = [value]
        elif is_field and name == "keywords":
            value = [keyword for keyword in value if keyword.arg != ABOUT]
        kept = [item for item in value if _decides(item)]
        if kept:
            yield name
        for item in kept:
            if isinstance(item, ast.AST):
                yield from _meaning(item)
            else:
                yield repr(item)
    yield ")"


@cache
def _file_digest(path: Path) -> str:
    words = " ".join(_meaning(_parsed(path)))
    return hashlib.sha256(words.encode()).hexdigest()


def code_digest(scripts: Path, script: str) -> str:
    """Return a digest of what a script and its modules do.

    Comments, docstrings, descriptions of settings, layout, dates, log lines and
    progress bars do not count.
    """
    files = {file: _file_digest(scripts / file) for file in code_files(scripts, script)}
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
