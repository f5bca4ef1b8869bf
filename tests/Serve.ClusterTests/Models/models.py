"""A foreign client of the model server's gRPC service, with gRPC's C core. Prints what each scenario saw as one JSON object:

    python3 models.py <host:port>

Messages are written and read by hand, so that nothing but python3-grpcio is needed.
"""
import json
import struct
import sys

import grpc

channel = grpc.insecure_channel(sys.argv[1])
SERVICE = "/inference.GRPCInferenceService/"
PIXELS = struct.pack("<64f", *(i % 16 for i in range(64)))


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(message):
    """Number and content of each field; all that is read here has a length, or is one byte."""
    at = 0
    while at < len(message):
        number, kind = message[at] >> 3, message[at] & 7
        at += 1
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if kind == 2:
            yield number, message[at:at + value]
            at += value
        else:
            yield number, value


def unary(method):
    return channel.unary_unary(SERVICE + method)


def ready(message):
    return str(dict(fields(message)).get(1, 0) == 1).lower()


def request(model="digits", name="", shape=(1, 64), data=PIXELS):
    tensor = field(1, b"pixels") + field(2, b"FP32") + field(3, b"".join(map(varint, shape)))
    return field(1, model.encode()) + (field(3, name.encode()) if name else b"") + field(5, tensor) + field(7, data)


def failure(call, word=""):
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name + (f" {word}" if word and word in error.details() else "" if not word else f" {error.details()}")


def raw():
    scores = next(content for number, content in fields(unary("ModelInfer")(request())) if number == 6)
    return f"{len(scores) // 4} {sum(struct.unpack(f'<{len(scores) // 4}f', scores)):.4f}"


def stream():
    answers = channel.stream_stream(SERVICE + "ModelStreamInfer")(request(name=name) for name in "abc")
    return " ".join(dict(fields(dict(fields(answer))[2]))[3].decode() for answer in answers)


scenarios = {
    "ready": lambda: " ".join(map(ready, (unary("ServerReady")(b""), unary("ModelReady")(field(1, b"digits")), unary("ModelReady")(field(1, b"squares"))))),
    "raw": raw,
    "wrongShape": lambda: failure(lambda: unary("ModelInfer")(request(shape=(1, 3), data=bytes(12))), "pixels"),
    "unknownModel": lambda: failure(lambda: unary("ModelInfer")(request(model="nobody"))),
    "stream": stream,
}


def run(scenario):
    try:
        return scenario()
    except Exception as error:
        return f"failed: {error!r}"


print(json.dumps({name: run(scenario) for name, scenario in scenarios.items()}))
