"""A foreign client of the test program's gRPC service, with gRPC's C core. Prints what each scenario saw as one JSON object:

    python3 client.py <host:port> <journal folder>

Messages are written by hand, so that nothing but python3-grpcio is needed: field 1 is a text (0A) or a number (08), field 2 bytes (12).
"""
import json
import os
import sys
import time

import grpc

target, journal = sys.argv[1:]
channel = grpc.insecure_channel(target, options=[("grpc.max_send_message_length", -1)])
SERVICE = "/test.parts.v1.Parts/"


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value):
    return b"\x0a" + varint(len(value)) + value.encode()


def data(value):
    return b"\x12" + varint(len(value)) + value


def number(value):
    return b"\x08" + varint(value & 0xFFFFFFFFFFFFFFFF) if value else b""


def read_number(message):
    value = 0
    for shift, byte in enumerate(message[1:]):
        value |= (byte & 0x7F) << 7 * shift
    return value


def unary(method, service=SERVICE):
    return channel.unary_unary(service + method)


def failure(call, more=lambda error: ""):
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name + more(error)


def seen(key, what):
    while not os.path.exists(f"{journal}/{key}.{what}"):
        time.sleep(0.02)


def chat():
    answers = []

    def messages():
        yield text("one")
        while not answers:
            time.sleep(0.01)
        yield text("two")

    for part in channel.stream_stream(SERVICE + "Chat")(messages()):
        answers.append(part[2:].decode())
    return " ".join(answers)


def metadata():
    _, call = unary("Echo").with_call(text("a"), metadata=[("x-back", "green"), ("x-back-bin", b"\x00\xff")])
    return " ".join(f"{found['x-back']} {found['x-back-bin'].hex()}" for found in map(dict, (call.initial_metadata(), call.trailing_metadata())))


def cancel():
    call = unary("Hold").future(text("cancel-python"))
    seen("cancel-python", "parts-started")
    call.cancel()
    try:
        call.result()
    except grpc.FutureCancelledError:
        return call.code().name


def health():
    check = unary("Check", "/grpc.health.v1.Health/")
    status = {1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
    known = status[read_number(check(text("test.parts.v1.Parts")))]
    unknown = failure(lambda: check(text("no.Such")))
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(text("no.Such"))
    first = status[read_number(next(watch))]
    watch.cancel()
    return f"{known} {unknown} {first}"


def details(error):
    trailers = dict(error.trailing_metadata())
    return f" {error.details()} {str(b'test.parts.v1.Number' in trailers['grpc-status-details-bin']).lower()}"


scenarios = {
    "unary": lambda: unary("Echo")(text("hello"))[2:].decode(),
    "large": lambda: str(len(unary("Echo")(data(b"\x07" * 3_000_000))) - len(b"\x12" + varint(3_000_000))),
    "clientStream": lambda: str(read_number(channel.stream_unary(SERVICE + "Sum")(number(i) for i in range(1, 1001)))),
    "serverStream": lambda: " ".join(str(read_number(one)) for one in channel.unary_stream(SERVICE + "Count")(number(5))),
    "chat": chat,
    "metadata": metadata,
    "requestId": lambda: dict(unary("Echo").with_call(text("a"), metadata=[("request_id", "mine")])[1].trailing_metadata())["request_id"],
    "deadline": lambda: failure(lambda: unary("Hold")(text("deadline-python"), timeout=1)),
    "cancel": cancel,
    "gzip": lambda: str(len(unary("Echo")(text("a" * 1000), compression=grpc.Compression.Gzip)) - 3),
    "limit": lambda: failure(lambda: unary("Echo")(data(bytes(5_000_000)))),
    "details": lambda: failure(lambda: unary("Fail")(number(9)), details),
    "exception": lambda: failure(lambda: unary("Fail")(number(-1)), lambda error: f" {str('secret' in error.details()).lower()}"),
    "serveException": lambda: failure(lambda: unary("Fail")(number(-2)), lambda error: f" {error.details()}"),
    "missing": lambda: failure(lambda: unary("Missing")(b"")),
    "health": health,
}


def run(scenario):
    try:
        return scenario()
    except Exception as error:
        return f"failed: {error!r}"


print(json.dumps({name: run(scenario) for name, scenario in scenarios.items()}))
