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

# strings: beside numbers, and there and back
save("text-in",
     [helper.make_node("Identity", ["text"], ["same"])],
     [tensor("text", TensorProto.STRING, ["n"])],
     [tensor("same", TensorProto.STRING, ["n"])])
save("text-out",
     [helper.make_node("Cast", ["number"], ["label"], to=TensorProto.STRING), helper.make_node("Neg", ["number"], ["negative"])],
     [tensor("number", TensorProto.FLOAT, ["n"])],
     [tensor("label", TensorProto.STRING, ["n"]), tensor("negative", TensorProto.FLOAT, ["n"])])

# bfloat16, of which Identity knew nothing before opset 13
save("bfloat16",
     [helper.make_node("Identity", ["in"], ["out"])],
     [tensor("in", TensorProto.BFLOAT16, ["n"])],
     [tensor("out", TensorProto.BFLOAT16, ["n"])])

# squared = a * a with batches of any size, and a part that a rewrite of the graph computes ahead
save("squares",
     [helper.make_node("Constant", [], ["one"], value=helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])),
      helper.make_node("Add", ["one", "one"], ["two"]),
      helper.make_node("Pow", ["a", "two"], ["squared"])],
     [tensor("a", TensorProto.FLOAT, ["batch", 4])],
     [tensor("squared", TensorProto.FLOAT, ["batch", 4])])

# A sequence as an input is what we don't take.
save("sequence-in",
     [helper.make_node("SequenceLength", ["many"], ["length"])],
     [helper.make_tensor_sequence_value_info("many", TensorProto.FLOAT, None)],
     [tensor("length", TensorProto.INT64, [])])

# What batches of different widths are made of: texts, and a table in which an index may not be.
save("texts",
     [helper.make_node("Identity", ["texts"], ["same"])],
     [tensor("texts", TensorProto.STRING, ["batch", "width"])],
     [tensor("same", TensorProto.STRING, ["batch", "width"])])
save("lookup",
     [helper.make_node("Constant", [], ["table"], value=helper.make_tensor("table", TensorProto.FLOAT, [3], [10.0, 20.0, 30.0])),
      helper.make_node("Gather", ["table", "index"], ["number"])],
     [tensor("index", TensorProto.INT64, ["batch", "width"])],
     [tensor("number", TensorProto.FLOAT, ["batch", "width"])])

# Each row gets all rows of its batch in their order, once as many steps are done as the largest of them says.
save("company",
     [helper.make_node("Constant", [], ["go"], value=helper.make_tensor("go", TensorProto.BOOL, [], [True])),
      helper.make_node("Constant", [], ["zero"], value=helper.make_tensor("zero", TensorProto.INT64, [], [0])),
      helper.make_node("ReduceMax", ["steps"], ["most"], keepdims=0),
      helper.make_node("Loop", ["most", "go", "zero"], ["nothing"], body=helper.make_graph(
          [helper.make_node("Constant", [], ["none"], value=helper.make_tensor("none", TensorProto.INT64, [], [0])),
           helper.make_node("Mul", ["before", "none"], ["after"]),
           helper.make_node("Identity", ["still"], ["next"])],
          "step",
          [tensor("i", TensorProto.INT64, []), tensor("still", TensorProto.BOOL, []), tensor("before", TensorProto.INT64, [])],
          [tensor("next", TensorProto.BOOL, []), tensor("after", TensorProto.INT64, [])])),
      helper.make_node("Transpose", ["steps"], ["row"]),
      helper.make_node("Add", ["row", "nothing"], ["done"]),
      helper.make_node("Mul", ["steps", "nothing"], ["column"]),
      helper.make_node("Add", ["column", "done"], ["seen"])],
     [tensor("steps", TensorProto.INT64, ["batch", 1])],
     [tensor("seen", TensorProto.INT64, ["batch", None])])

# What zeros can't be given to: ONNX Runtime refuses to divide whole numbers by 0.
save("quotient",
     [helper.make_node("Div", ["dividend", "divisor"], ["quotient"])],
     [tensor("dividend", TensorProto.INT64, [1]), tensor("divisor", TensorProto.INT64, [1])],
     [tensor("quotient", TensorProto.INT64, [1])])

# An output that is the input itself: ONNX Runtime gives the caller's own memory for it. And one through a node that does nothing.
save("through",
     [helper.make_node("Constant", [], ["one"], value=helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])),
      helper.make_node("Identity", ["x"], ["same"]),
      helper.make_node("Add", ["x", "one"], ["more"])],
     [tensor("x", TensorProto.FLOAT, ["batch", 1])],
     [tensor("x", TensorProto.FLOAT, ["batch", 1]), tensor("same", TensorProto.FLOAT, ["batch", 1]), tensor("more", TensorProto.FLOAT, ["batch", 1])])

# As many columns as the largest number says, so that the parts of one call may differ in them; and as many rows as there are different numbers.
save("ragged",
     [helper.make_node("Constant", [], ["zero"], value=helper.make_tensor("zero", TensorProto.INT64, [], [0])),
      helper.make_node("Constant", [], ["step"], value=helper.make_tensor("step", TensorProto.INT64, [], [1])),
      helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
      helper.make_node("Range", ["zero", "most", "step"], ["columns"]),
      helper.make_node("Add", ["x", "columns"], ["wide"]),
      helper.make_node("Unique", ["x"], ["kinds"])],
     [tensor("x", TensorProto.INT64, ["batch", 1])],
     [tensor("wide", TensorProto.INT64, ["batch", "width"]), tensor("kinds", TensorProto.INT64, [None])])


def outside(name, location, in_node=False):
    """A weight that lies in a file beside the model, or not beside it. What checks a model would look for that file."""
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [4], [0.0] * 4)
    weight.ClearField("float_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "length": "16"}.items():
        entry = weight.external_data.add()
        entry.key, entry.value = key, value
    nodes = [helper.make_node("Constant", [], ["weight"], value=weight)] if in_node else []
    graph = helper.make_graph([*nodes, helper.make_node("Add", ["x", "weight"], ["sum"])], name,
                              [tensor("x", TensorProto.FLOAT, ["batch", 4])], [tensor("sum", TensorProto.FLOAT, ["batch", 4])], [] if in_node else [weight])
    model = helper.make_model(graph, producer_name="tests", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.save(model, str(HERE / f"{name}.onnx"))


outside("weight-beside", "weight.bin")
outside("weight-above", "../../serve-tests-weight.bin")
outside("weight-absolute", "/tmp/serve-tests-weight.bin")
outside("weight-in-node", "../../serve-tests-weight.bin", in_node=True)
