#!/usr/bin/python3
"""Writes edges/1/model.onnx: how strong the edges of grey images are (Sobel's filter).

Debian: apt install python3-onnx; then /usr/bin/python3 make-edges-model.py.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

SOBEL = [-1, 0, 1, -2, 0, 2, -1, 0, 1, -1, -2, -1, 0, 0, 0, 1, 2, 1]  # across, down

graph = helper.make_graph(
    [helper.make_node("Conv", ["image", "sobel"], ["slopes"], pads=[1, 1, 1, 1]),
     helper.make_node("ReduceL2", ["slopes"], ["edges"], axes=[1])],
    "edges",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, "height", "width"])],
    [helper.make_tensor_value_info("edges", TensorProto.FLOAT, ["batch", 1, "height", "width"])],
    [helper.make_tensor("sobel", TensorProto.FLOAT, [2, 1, 3, 3], SOBEL)])
model = helper.make_model(graph, producer_name="samples", opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 7
onnx.checker.check_model(model)
onnx.save(model, str(Path(__file__).parent / "edges" / "1" / "model.onnx"))
