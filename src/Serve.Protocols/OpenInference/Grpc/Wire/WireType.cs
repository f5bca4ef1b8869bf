namespace Serve.OpenInference.Grpc.Wire;

/// <summary>How the value of a field stands in a message of protobuf. Groups (3 and 4) are no part of proto3.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
