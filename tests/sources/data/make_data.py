#!/usr/bin/env python3
"""Writes the files that the tests of data sources read, with NumPy, h5py and Pillow (Debian's
python3-numpy, python3-h5py, python3-pil): a second run writes the same samples."""
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

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


def hdf5():
    with h5py.File(folder / "arrays.h5", "w") as file:
        train = file.create_group("train")
        train.create_dataset("x", data=counted((5, 2, 3), "<f4"), chunks=(2, 2, 2), compression="gzip")
        train.create_dataset("label", data=counted((5,), ">i2"))
        test = file.create_group("test")
        test["x"] = counted((2, 2, 3), "<f8")
        types = file.create_group("types")
        for code in ["i1", "u1", "<i4", ">i8", "<u2", ">u4", "<f2", ">f4"]:
            types[code.replace("<", "le_").replace(">", "be_")] = counted((3,), code)
        types["bool"] = np.array([True, False, True])
        refused = file.create_group("refused")
        refused["text"] = ["one", "two"]
        refused["u8"] = counted((2,), "<u8")
        refused["scalar"] = 2.5
        refused["empty"] = np.zeros((0, 3))
        refused["compound"] = np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])
        lengths = file.create_group("lengths")
        lengths["a"] = counted((3,), "<f4")
        lengths["b"] = counted((2,), "<f4")
        file.create_group("nothing")
    with h5py.File(folder / "one.h5", "w") as file:
        file["x"] = counted((4, 2), "<f8")


def images():
    """Sixteen by twelve pixels, and what Pillow reads of them."""
    base = folder / "images"
    for name in ["cat", "dog"]:
        (base / name).mkdir(parents=True, exist_ok=True)
    rows, columns = np.mgrid[0:12, 0:16]
    rgb = np.stack([rows * 20, columns * 16, 255 - rows * 8 - columns * 4], 2).astype("u1")
    grey = (rows * 3 + columns * 10).astype("u1")
    alpha = (columns * 16).astype("u1")
    Image.fromarray(rgb).save(base / "cat/a.png")
    Image.fromarray(rgb).save(base / "cat/b.jpg", quality=90)
    Image.fromarray(grey).save(base / "cat/c.JPEG", format="JPEG", quality=90)
    Image.fromarray(grey).save(base / "dog/grey.png")
    Image.fromarray(rgb).quantize(16).save(base / "dog/palette.png")
    Image.fromarray(np.dstack([rgb, alpha])).save(base / "dog/rgba.png")
    Image.fromarray((grey.astype("u2") * 257)).save(base / "dog/sixteen.png")
    Image.fromarray(rgb[:2, :3]).save(folder / "small.png")
    paths = sorted(base.glob("*/*"))
    read = [Image.fromarray(grey) if p.stem == "sixteen" else Image.open(p) for p in paths]
    read = [image.convert("RGBA").convert("RGB") for image in read]
    np.save(folder / "images_rgb.npy", np.stack([np.asarray(i) for i in read]))
    np.save(folder / "images_grey.npy", np.stack([np.asarray(i.convert("L")) for i in read]))
    for width, height in [(7, 5), (20, 30)]:
        small = [i.resize((width, height), Image.Resampling.BILINEAR) for i in read]
        np.save(folder / f"images_{width}x{height}.npy", np.stack([np.asarray(i) for i in small]))


npz()
hdf5()
images()
