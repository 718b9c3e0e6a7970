"""Dialogue, training and inference: the types of NumPy arrays that its models share."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IndexArray = npt.NDArray[np.int64]
