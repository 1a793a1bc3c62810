#!/usr/bin/env python3
"""Makes the scripts of this folder and certified.json from NIST's files:

    make_scripts.py FOLDER && ebb fmt *.ebb

FOLDER holds the 27 files NAME.dat of the Statistical Reference Datasets, nonlinear regression
(https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml), which are in the public domain.
"""
import json
import pathlib
import re
import sys
import textwrap

HERE = pathlib.Path(__file__).parent


def section(text, title):
    """The lines under a title at the margin, without the title's column."""
    match = re.search(rf"^{title}:(.*\n(?:[ \t].*\n|\n)*)", text, re.M)
    return [line.strip() for line in match.group(1).splitlines() if line.strip()]


def number(text):
    return repr(float(text)).removesuffix(".0")


def parameters(text):
    """Name, both starts, the certified value."""
    row = re.compile(r"^\s*(b\d+) =\s*(\S+)\s+(\S+)\s+(\S+)\s+\S+\s*$", re.M)
    return [match.groups() for match in row.finditer(text)]


def expression(fortran):
    """NIST's notation in the script language."""
    text = fortran.replace("[", "(").replace("]", ")").replace("**", " ^ ").replace("arctan", "atan")
    text = re.sub(r"(?<![\w.])\.(\d)", r"0.\1", text)
    return re.sub(r"\s+", " ", text).strip()


def model(text):
    """The response as the data's file has it, and the function: ("log(y)", "b1 - ...")."""
    lines = [line for line in section(text, "Model")[2:] if not line.startswith("pi =")]
    formula = re.split(r"Starting values", " ".join(lines), flags=re.I)[0]
    response, function = formula.split("=", 1)
    function, noise = function.rsplit("+", 1)
    assert noise.strip() == "e", formula
    return expression(response), expression(function)


def data(text):
    """Columns by name."""
    head, *rows = text[text.rindex("Data:"):].splitlines()
    names = head.removeprefix("Data:").split()
    rows = [[number(word) for word in row.split()] for row in rows if row.strip()]
    return dict(zip(names, zip(*rows)))


def values(name, numbers):
    lines = textwrap.wrap(", ".join(numbers), 96)
    return f"  {name} = values([\n    " + "\n    ".join(lines) + "\n  ])\n"


def script(name, text):
    about = section(text, "Data")
    description = " ".join(section(text, "Description"))
    response, function = model(text)
    columns = data(text)
    comment = f"{name}, NIST StRD nonlinear regression: {description} {about[-2]}."
    lines = ["# " + line for line in textwrap.wrap(comment, 96)]
    lines += [f"# ebb train {name}.ebb --precision double --start 2", "",
              "use levenberg_marquardt", "use lbfgs", "",
              'option start = 1  "the first or the second of the published starts"', ""]
    lines += [f"input  {x}" for x in columns if x != "y"] + ["target y", ""]
    rows = parameters(text)
    starts = [", ".join(number(row[i]) for row in rows) for i in (1, 2)]
    lines += [f"starts = [[{starts[0]}],", f"          [{starts[1]}]]"]
    lines += [f"param {row[0]} ~ constant(starts[start - 1][{i}])" for i, row in enumerate(rows)]
    if "pi" in re.findall(r"\w+", function):
        lines += ["", "pi = 3.141592653589793"]
    lines += ["", f"f = {function}", f"r = {response} - f", "output f", "cost   r ^ 2", ""]
    block = "data train {\n" + "".join(values(x, columns[x]) for x in columns) + "}\n"
    train = "\ntrain {\n  optimizer = levenberg_marquardt(r)\n  epochs    = 10000\n}\n"
    return "\n".join(lines) + "\n" + block + train


def certified(text):
    level = next(line.split()[0] for line in section(text, "Data") if "Difficulty" in line)
    squares = re.search(r"Residual Sum of Squares:\s+(\S+)", text).group(1)
    return {"level": level.lower(), "squares": float(squares),
            "parameters": {row[0]: float(row[3]) for row in parameters(text)}}


def main():
    problems = {}
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.dat")):
        text = file.read_text(encoding="ascii").replace("\r", "")
        (HERE / f"{file.stem}.ebb").write_text(script(file.stem, text), encoding="utf-8")
        problems[file.stem] = certified(text)
    assert len(problems) == 27
    (HERE / "certified.json").write_text(json.dumps(problems, indent=1) + "\n", encoding="utf-8")


main()
