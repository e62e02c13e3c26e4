"""A key that stands twice in a config file: of the two, YAML would drop one."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from galvote.base.errors import InputError, first_line
from galvote.config.refusals import Keys, written

MERGE = "tag:yaml.org,2002:merge"  # `<<` may stand several times, and drops nothing


def refuse_repeated_keys(paths: Iterable[str | Path]) -> None:
    """Refuse config files, YAML or JSON, in which a key stands twice in a section.

    Raises
    ------
    InputError
        That names the file, the key and its lines.
    """
    for path in paths:
        # JSON may be indented by tabs, which YAML is not
        text = Path(path).read_text(encoding="utf-8").replace("\t", " ")
        try:
            root = yaml.compose(text, yaml.CSafeLoader)
        except yaml.YAMLError as error:  # some JSON, such as "\\ud83d\\ude00"
            raise InputError(
                f"the config file {path} cannot be read as YAML"
                f" ({first_line(error)}); write it so"
            ) from None
        for keys, first, second in _repeated(root, (), set()):
            raise InputError(
                f"{path}: the key `{written(keys)}` stands twice, in lines {first} and"
                f" {second}; leave out one of them"
            )


def _repeated(
    node: yaml.Node | None, at: Keys, seen: set[int]
) -> Iterator[tuple[Keys, int, int]]:
    """Yield each key that stands twice at or below a node, with its two lines.

    Parameters
    ----------
    at : keys that lead to the node.
    seen : ids of nodes that were looked through; an alias leads to one of them.
    """
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _repeated(item, (*at, number), seen)
    if isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            name, line = (key.tag, str(key.value)), key.start_mark.line + 1
            if name in lines and key.tag != MERGE:
                yield (*at, name[1]), lines[name], line
            lines[name] = line
            yield from _repeated(value, (*at, name[1]), seen)
