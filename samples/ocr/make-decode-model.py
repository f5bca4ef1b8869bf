#!/usr/bin/python3
"""Writes decode.onnx: the bytes of a PNG or JPEG file in, its pixels out, by an operator of ONNX Runtime extensions.

Debian: apt install python3-onnx; then /usr/bin/python3 make-decode-model.py.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

graph = helper.make_graph(
    [helper.make_node("DecodeImage", ["file"], ["pixels"], domain="com.microsoft.extensions", color_space="rgb")],
    "decode",
    [helper.make_tensor_value_info("file", TensorProto.UINT8, ["bytes"])],
    [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["height", "width", "channels"])])
model = helper.make_model(graph, producer_name="ocr", opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("com.microsoft.extensions", 1)])
model.ir_version = 7
onnx.save(model, str(Path(__file__).parent / "decode.onnx"))
