"""Writes the NPY and NPZ files beside it, with NumPy 2.4: usage: make_arrays.py

Number (r, c) of every table is 3 r - 7 c, plus a half where the type is a float; r and c count from 0.
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


def table(rows, columns, dtype):
    numbers = 3.0 * np.arange(rows)[:, None] - 7.0 * np.arange(columns)[None, :]
    if np.dtype(dtype).kind == "f":
        numbers += 0.5
    return numbers.astype(dtype)


def save(name, array, version=None):
    with open(FOLDER / name, "wb") as file:
        np.lib.format.write_array(file, array, version=version, allow_pickle=False)


def structured(names, rows):
    numbers = table(rows, 3, "f8")
    array = np.zeros(rows, dtype=[(names[0], ">f8"), ("label", "<U4"), (names[1], "<i2"), ("many", "<f4", (2,)), (names[2], "<f4")])
    for c, name in enumerate(names):
        array[name] = np.floor(numbers[:, c]) if name == names[1] else numbers[:, c]
    array["label"] = "abcd"
    return array


save("c_order.npy", table(5, 3, "<f8"))
save("fortran_order.npy", np.asfortranarray(table(5, 3, "<f4")))
save("one_axis.npy", table(5, 1, ">f8")[:, 0])
save("one_column.npy", table(5, 1, ">f4"))
save("integers_1.npy", table(5, 2, "i1"))
save("integers_2.npy", table(5, 2, ">i2"))
save("integers_4.npy", table(5, 2, "<i4"))
save("integers_8.npy", table(5, 2, ">i8"))
save("version_2.npy", table(5, 3, "<f8"), version=(2, 0))
save("fields.npy", structured(["height", "count", "weight"], 5))
save("version_3.npy", structured(["h\u00f6he", "count", "weight"], 5), version=(3, 0))

numbers = table(5, 3, "<f8")
members = {
    "first": numbers[:, 0], "rest": np.asfortranarray(numbers[:, 1:]), "flag": numbers[:, 0] > 2,
    "natural": np.arange(250, 255, dtype="u1"), "cube": np.zeros((2, 2, 2)), "label": np.array(["a"] * 5),
    "scalar": np.float64(1), "short": np.zeros(4), "many": structured(["height", "count", "weight"], 5),
}
np.savez(FOLDER / "stored.npz", **members)
np.savez_compressed(FOLDER / "deflated.npz", **members)
