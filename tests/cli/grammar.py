"""Prints what a TextMate grammar makes of a script: LINE COLUMN TEXT KIND, of comments, strings,
numbers, keywords and constants. As editors do: of all patterns the one that begins first counts."""

import json
import re
import sys

KINDS = {
    "comment.": "comment",
    "string.": "string",
    "constant.numeric.": "number",
    "constant.language.": "constant",
    "keyword.control.": "keyword",
    "keyword.declaration.": "keyword",
    "keyword.operator.logical.": "keyword",
}


def flattened(patterns, repository):
    for pattern in patterns:
        if "include" in pattern:
            yield from flattened([repository[pattern["include"][1:]]], repository)
        elif "patterns" in pattern and "begin" not in pattern:
            yield from flattened(pattern["patterns"], repository)
        else:
            yield pattern


def kind_of(name):
    return next((kind for prefix, kind in KINDS.items() if name.startswith(prefix)), None)


def end_of(pattern, line, at):
    """Where a string ends that begins before `at`."""
    inner = [re.compile(p["match"]) for p in pattern["patterns"]]
    end = re.compile(pattern["end"])
    while True:
        found = end.search(line, at)
        first = min((m for m in (r.search(line, at) for r in inner) if m), default=None,
                    key=lambda m: m.start())
        if first is None or found.start() <= first.start():
            return found.end()
        at = first.end()


def main(grammar, script):
    grammar = json.load(open(grammar, encoding="utf-8"))
    patterns = [(re.compile(p.get("match", p.get("begin"))), p)
                for p in flattened(grammar["patterns"], grammar["repository"])]
    for number, line in enumerate(open(script, encoding="utf-8", newline="\n"), 1):
        line, at = line.rstrip("\n"), 0
        while at < len(line):
            found = [(m, p) for m, p in ((r.search(line, at), p) for r, p in patterns) if m]
            if not found:
                break
            match, pattern = min(found, key=lambda pair: pair[0].start())
            end = end_of(pattern, line, match.end()) if "begin" in pattern else match.end()
            kind = kind_of(pattern.get("name", ""))
            if kind:
                print(number, match.start() + 1, line[match.start():end], kind)
            at = max(end, match.start() + 1)


sys.stdout.reconfigure(encoding="utf-8")
main(*sys.argv[1:])
