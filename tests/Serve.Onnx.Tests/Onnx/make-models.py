#!/usr/bin/python3
"""Writes the tiny models of these tests into models/. Debian: apt install python3-onnx; then /usr/bin/python3 make-models.py."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

HERE = Path(__file__).parent / "models"
tensor = helper.make_tensor_value_info


def save(name, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, name, inputs, outputs)
    model = helper.make_model(graph, producer_name="tests", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, str(HERE / f"{name}.onnx"))


# sum = left + right
save("add",
     [helper.make_node("Add", ["left", "right"], ["sum"])],
     [tensor("left", TensorProto.FLOAT, ["batch", 3]), tensor("right", TensorProto.FLOAT, ["batch", 3])],
     [tensor("sum", TensorProto.FLOAT, ["batch", 3])])

# total = count, counted one by one: as long a run as one likes
save("count",
     [helper.make_node("Constant", [], ["go"], value=helper.make_tensor("go", TensorProto.BOOL, [], [True])),
      helper.make_node("Constant", [], ["zero"], value=helper.make_tensor("zero", TensorProto.INT64, [], [0])),
      helper.make_node("Loop", ["count", "go", "zero"], ["total"], body=helper.make_graph(
          [helper.make_node("Constant", [], ["one"], value=helper.make_tensor("one", TensorProto.INT64, [], [1])),
           helper.make_node("Add", ["before", "one"], ["after"]),
           helper.make_node("Identity", ["still"], ["next"])],
          "step",
          [tensor("i", TensorProto.INT64, []), tensor("still", TensorProto.BOOL, []), tensor("before", TensorProto.INT64, [])],
          [tensor("next", TensorProto.BOOL, []), tensor("after", TensorProto.INT64, [])]))],
     [tensor("count", TensorProto.INT64, [])],
     [tensor("total", TensorProto.INT64, [])])

# every type of element comes back as it went in
TYPES = ["FLOAT", "DOUBLE", "FLOAT16", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BOOL"]
save("types",
     [helper.make_node("Identity", [f"{name}_in"], [f"{name}_out"]) for name in map(str.lower, TYPES)],
     [tensor(f"{name.lower()}_in", getattr(TensorProto, name), ["n"]) for name in TYPES],
     [tensor(f"{name.lower()}_out", getattr(TensorProto, name), ["n"]) for name in TYPES])

# strings: as an input they can't be given, as an output beside numbers they are left out
save("text-in",
     [helper.make_node("Identity", ["text"], ["same"])],
     [tensor("text", TensorProto.STRING, ["n"])],
     [tensor("same", TensorProto.STRING, ["n"])])
save("text-out",
     [helper.make_node("Cast", ["number"], ["label"], to=TensorProto.STRING), helper.make_node("Neg", ["number"], ["negative"])],
     [tensor("number", TensorProto.FLOAT, ["n"])],
     [tensor("label", TensorProto.STRING, ["n"]), tensor("negative", TensorProto.FLOAT, ["n"])])
