"""The assignment problem: pairs of rows and columns whose costs have the least sum.

SciPy solves it, too, but the import of `scipy.optimize` took half of the CPU time in which a face detection process
starts.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Indices = NDArray[np.int64]


def assign(costs: Floats) -> tuple[Indices, Indices]:
    """Return the pairs with the least sum of costs, as many as there are rows or columns, whichever are fewer.

    Args:
        costs: `float[n, m]`, finite, n and m at least 1.

    Returns:
        Rows and columns, `int64[min(n, m)]` each.
    """
    if len(costs) > costs.shape[1]:
        columns, rows = assign(costs.T)
        return rows, columns
    row_of = np.full(costs.shape[1], -1)  # of each column
    left = []
    for row, column in enumerate(costs.argmin(1).tolist()):
        if row_of[column] < 0:
            row_of[column] = row
        else:
            left.append(row)
    if left:  # seldom: most faces are nearest to a track of their own
        _augment(costs, row_of, left)
    columns = np.flatnonzero(row_of >= 0)
    return row_of[columns], columns


def _augment(costs: Floats, row_of: Indices, left: list[int]) -> None:
    """Give the rows that are left a column, each by a shortest augmenting path (Jonker and Volgenant 1987)."""
    row_price, column_price = costs.min(1), np.zeros(len(row_of))
    for row in left:
        done = np.zeros(len(row_of), np.bool_)
        distance, before = np.full(len(row_of), np.inf), np.full(len(row_of), -1)
        here, last = row, -1
        while True:
            reduced = costs[here] - row_price[here] - column_price
            nearer = ~done & (reduced < distance)
            distance[nearer], before[nearer] = reduced[nearer], last
            last = int(np.where(done, np.inf, distance).argmin())
            step = distance[last]
            row_price[row] += step
            row_price[row_of[done]] += step
            column_price[done] -= step
            distance[~done] -= step
            done[last] = True
            if row_of[last] < 0:
                break
            here = row_of[last]
        while last >= 0:
            row_of[last] = row if before[last] < 0 else row_of[before[last]]
            last = before[last]
