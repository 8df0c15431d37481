"""Files that somebody has edited: a seeded mutator of nested tables and lists, and a TOML writer."""

import copy
import json
import math

LONG = "5 " + "nm*" * 5000 + "nm"
#: what stands where something else should
VALUES = [
    *(0, -1, 1, 3, 10**30, 2**70, 1e308, 5e-324, math.nan, math.inf, True, False, None),
    *(
        "",
        "x",
        "5 nm",
        "1e400 nm",
        "5 nm**0",
        "-3 S/m",
        "6 m",
        "nan nm",
        "0 V",
        LONG,
        "5 " + "(" * 90 + "nm" + ")" * 90,
    ),
    *("\0", "../\0x", "é\u202e\U0001f600", "a" * 300, "/dev/zero", "2024-01-01"),
    *([], [[]], [1, 2, 3], ["5 nm"] * 3, [0, 0, 0], [[1, 2], [3]], ["a", 1, {}]),
    *({}, {"a": {}}, {"from": "1 nm", "to": "2 nm", "points": 3}, {"values": []}, {"zip": True}, {"": 1}),
]
KINDS = ("swap", "delete", "duplicate", "nest", "rename", "exchange")


def places(value, path=()):
    """Yield the paths of everything inside, the first few of a list."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:5]) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def at(data, path):
    for step in path:
        data = data[step]
    return data


def mutated(rng, data):
    """Return a copy with one to three changes, and the kind of the last."""
    data = copy.deepcopy(data)
    kind = "none"
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        paths = list(places(data))
        if paths:
            kind = rng.choice(KINDS)
            change(rng, data, kind, paths=paths)
    return kind, data


def change(rng, data, kind, *, paths):
    """Make one change in place."""
    path = rng.choice(paths)
    parent, key = at(data, path[:-1]), path[-1]
    if kind == "swap":
        parent[key] = copy.deepcopy(rng.choice(VALUES))
    elif kind == "delete":
        del parent[key]
    elif kind == "duplicate" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    elif kind == "duplicate":
        parent[f"{key}{rng.choice(['2', ' ', '|', '.'])}"] = copy.deepcopy(parent[key])
    elif kind == "nest":
        parent[key] = rng.choice([[parent[key]], {"a": parent[key]}, [[parent[key]]]])
    elif kind == "rename" and isinstance(parent, dict):
        parent[rng.choice(["", "x", key[:-1], f"{key}|b", "é", key.upper(), "a.b", "\0"])] = parent.pop(key)
    elif kind == "exchange":
        parent[key] = copy.deepcopy(at(data, rng.choice(paths)))


def toml(value):
    """Return a value as TOML has it; what it has not, null, as an empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {toml(x)}' for key, x in value.items())}}}"
    return json.dumps(value or "", ensure_ascii=False).replace("\0", "\\u0000")


def document(data):
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in data.items())
