#!/usr/bin/env python3
"""Writes the files that the tests of data sources read, with NumPy, h5py and Pillow (Debian's
python3-numpy, python3-h5py, python3-pil): a second run writes the same samples."""
from pathlib import Path

import numpy as np

folder = Path(__file__).parent


def counted(shape, dtype):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def npz():
    arrays = dict(x=counted((4, 2, 3), "<f4"), label=counted((4,), "<i8"),
                  fortran=np.asfortranarray(counted((4, 3, 2), ">i2")))
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", large=counted((4, 1000), "<f8"), **arrays)
    np.savez(folder / "large.npz", large=counted((4, 1000), "<f8"))
    np.savez(folder / "lengths.npz", train=counted((3, 2), "<f4"), test=counted((2, 2), "<f4"))
    np.savez(folder / "empty.npz")


npz()
