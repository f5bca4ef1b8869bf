#!/usr/bin/python3
"""Writes the models of the load test into files/. Debian: apt install python3-onnx; then /usr/bin/python3 make-models.py."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent / "files"
tensor = helper.make_tensor_value_info


def save(name, nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializer=list(weights))
    model = helper.make_model(graph, producer_name="loadtests", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, str(HERE / f"{name}.onnx"))


def whole(name, value):
    return numpy_helper.from_array(np.array(value, dtype=np.int64), name)


# Nothing to compute: what is left is the server.
save("identity",
     [helper.make_node("Identity", ["x"], ["y"])],
     [tensor("x", TensorProto.FLOAT, ["batch", 16])],
     [tensor("y", TensorProto.FLOAT, ["batch", 16])])

# The same for large tensors.
save("large",
     [helper.make_node("Identity", ["x"], ["y"])],
     [tensor("x", TensorProto.FLOAT, ["n"])],
     [tensor("y", TensorProto.FLOAT, ["n"])])

# A small network for images.
rng = np.random.default_rng(1)


def weight(name, *shape):
    return numpy_helper.from_array((rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32), name)


save("cnn",
     [helper.make_node("Conv", ["image", "w1"], ["a"], strides=[2, 2], pads=[1, 1, 1, 1]),
      helper.make_node("Relu", ["a"], ["b"]),
      helper.make_node("Conv", ["b", "w2"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
      helper.make_node("Relu", ["c"], ["d"]),
      helper.make_node("GlobalAveragePool", ["d"], ["e"]),
      helper.make_node("Flatten", ["e"], ["f"]),
      helper.make_node("MatMul", ["f", "w3"], ["g"]),
      helper.make_node("Softmax", ["g"], ["scores"])],
     [tensor("image", TensorProto.FLOAT, ["batch", 3, 64, 64])],
     [tensor("scores", TensorProto.FLOAT, ["batch", 10])],
     [weight("w1", 16, 3, 3, 3), weight("w2", 32, 16, 3, 3), weight("w3", 32, 10)])


def loop(trips):
    """Counts to 'trips' step by step, whatever is to be computed: a cost for each call and none for its rows."""
    return [helper.make_node("Constant", [], ["go"], value=helper.make_tensor("go", TensorProto.BOOL, [], [True])),
            helper.make_node("Constant", [], ["zero"], value=helper.make_tensor("zero", TensorProto.INT64, [], [0])),
            helper.make_node("Loop", [trips, "go", "zero"], ["total"], body=helper.make_graph(
                [helper.make_node("Constant", [], ["one"], value=helper.make_tensor("one", TensorProto.INT64, [], [1])),
                 helper.make_node("Add", ["before", "one"], ["after"]),
                 helper.make_node("Identity", ["still"], ["next"])],
                "step",
                [tensor("i", TensorProto.INT64, []), tensor("still", TensorProto.BOOL, []), tensor("before", TensorProto.INT64, [])],
                [tensor("next", TensorProto.BOOL, []), tensor("after", TensorProto.INT64, [])]))]


# About 5 ms a call, however many rows it has.
save("slow",
     [*loop("trips"),
      helper.make_node("Cast", ["total"], ["counted"], to=TensorProto.FLOAT),
      helper.make_node("Add", ["x", "counted"], ["y"])],
     [tensor("x", TensorProto.FLOAT, ["batch", 16])],
     [tensor("y", TensorProto.FLOAT, ["batch", 16])],
     [whole("trips", 6500)])

# As long as the request says.
save("count", loop("count"), [tensor("count", TensorProto.INT64, [])], [tensor("total", TensorProto.INT64, [])])
