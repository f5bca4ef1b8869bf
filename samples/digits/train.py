#!/usr/bin/python3
"""Trains the digits model: scikit-learn's 8x8 handwritten digits, a small neural network, exported to ONNX with its scaling inside.

Debian: apt install python3-sklearn python3-onnx; then /usr/bin/python3 train.py writes digits.onnx and held-out.csv beside this file.
The seeds are fixed: the same versions of the packages write the same model.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

SEED = 7
HERE = Path(__file__).parent


def shifted(pixels, labels):
    """The images as they are, and each moved by one pixel up, down, left and right: handwriting is never quite centred."""
    images = pixels.reshape(-1, 8, 8)
    moved = [images]
    for axis, step in ((1, 1), (1, -1), (2, 1), (2, -1)):
        image = np.roll(images, step, axis)
        edge = [slice(None)] * 3
        edge[axis] = 0 if step == 1 else -1
        image[tuple(edge)] = 0
        moved.append(image)
    return np.concatenate(moved).reshape(-1, 64), np.tile(labels, len(moved))


def to_onnx(network):
    """pixels [N, 64] of 0 to 16 -> probabilities [N, 10]."""
    weights = [numpy_helper.from_array(np.array(16, np.float32), "scale")]
    nodes = [helper.make_node("Div", ["pixels", "scale"], ["layer0"])]
    last = len(network.coefs_) - 1
    for i, (weight, bias) in enumerate(zip(network.coefs_, network.intercepts_)):
        weights += [numpy_helper.from_array(weight.astype(np.float32), f"weight{i}"), numpy_helper.from_array(bias.astype(np.float32), f"bias{i}")]
        nodes.append(helper.make_node("Gemm", [f"layer{i}", f"weight{i}", f"bias{i}"], [f"sum{i}"]))
        nodes.append(helper.make_node("Softmax", [f"sum{i}"], ["probabilities"], axis=1) if i == last else helper.make_node("Relu", [f"sum{i}"], [f"layer{i + 1}"]))

    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        weights)
    model = helper.make_model(graph, producer_name="digits", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    return model


def main():
    pixels, labels = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(pixels, labels, test_size=0.2, random_state=SEED, stratify=labels)
    network = MLPClassifier((96,), alpha=1e-2, max_iter=400, random_state=SEED)
    more_x, more_y = shifted(train_x, train_y)
    network.fit(more_x / 16, more_y)
    print(f"{len(train_y)} images to learn from, accuracy on the {len(test_y)} held out: {network.score(test_x / 16, test_y):.4f}")

    onnx.save(to_onnx(network), str(HERE / "digits.onnx"))
    rows = np.column_stack([test_y, test_x]).astype(int)
    header = ",".join(["label", *(f"p{i}" for i in range(64))])
    np.savetxt(HERE / "held-out.csv", rows, fmt="%d", delimiter=",", header=header, comments="")


if __name__ == "__main__":
    main()
