#!/usr/bin/env python3
"""Writes the .npy goldens of tests/run/npy_test.cpp with NumPy: small arrays of every dtype,
byte order, element order and header version that Ebb reads."""
from pathlib import Path

import numpy as np

folder = Path(__file__).parent / "npy"
folder.mkdir(exist_ok=True)

counting = np.arange(-3, 3).reshape(2, 3)  # [[-3, -2, -1], [0, 1, 2]]
for code in ["i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8"]:
    np.save(folder / f"{code.replace('<', 'le_').replace('>', 'be_')}.npy", counting.astype(code))
for code in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    name = code.replace("<", "le_").replace(">", "be_")
    np.save(folder / f"{name}.npy", (counting / 4).astype(code))
np.save(folder / "bool.npy", np.array([[True, False], [False, True]]))
np.save(folder / "u1.npy", np.array([0, 1, 255], dtype="u1"))

# f2 has subnormals, infinities and a largest value.
np.save(folder / "f2_special.npy",
        np.array([0.0, -0.0, 2.0**-24, 2.0**-14, 65504.0, np.inf, -np.inf, np.nan], dtype="<f2"))

np.save(folder / "scalar.npy", np.array(2.5, dtype="<f8"))
np.save(folder / "empty.npy", np.zeros((0, 3), dtype="<f4"))
block = np.arange(24, dtype="<i4").reshape(2, 3, 4)
np.save(folder / "fortran_order.npy", np.asfortranarray(block))
np.save(folder / "fortran_order_be.npy", np.asfortranarray(block.astype(">i2")))
for version in [(2, 0), (3, 0)]:
    with open(folder / f"version_{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, block, version=version)

# What Ebb refuses.
np.save(folder / "complex.npy", np.array([1j]))
np.save(folder / "text.npy", np.array(["seven"]))
np.save(folder / "structured.npy", np.zeros(1, dtype=[("a", "<f4"), ("b", "<i4")]))
np.savez(folder / "archive.npz", np.zeros(1))
