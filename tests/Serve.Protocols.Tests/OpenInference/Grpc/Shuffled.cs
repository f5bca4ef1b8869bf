using Google.Protobuf;
using Serve.OpenInference.Grpc.Messages;
using Serve.OpenInference.Grpc.Wire;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>A request as other writers may write it: fields in any order, on all levels; entries of one field stay in theirs.</summary>
internal static class Shuffled
{
    public static byte[] Of(ModelInferRequest request, Random random) => Shuffle(request.ToByteArray(), random, level: 0);

    private static byte[] Shuffle(byte[] message, Random random, int level)
    {
        var fields = new List<(int Number, byte[] Bytes)>();
        for (var rest = message.AsSpan(); !rest.IsEmpty;)
        {
            WireField.TryRead(rest, "message", out var field).ShouldBeTrue();
            var bytes = rest[..(int)field.Size].ToArray();
            var nested = (level, field.Number) is (0, 5) or (1, 5);
            fields.Add((field.Number, nested ? Nested(bytes, field, random, level + 1) : bytes));
            rest = rest[(int)field.Size..];
        }

        var keys = Enumerable.Range(0, 16).Select(_ => random.Next()).ToArray();
        return [.. fields.OrderBy(field => keys[field.Number]).SelectMany(field => field.Bytes)];
    }

    private static byte[] Nested(byte[] field, WireField header, Random random, int level) =>
        [.. field.AsSpan(0, header.HeaderSize), .. Shuffle(field[header.HeaderSize..], random, level)];
}
