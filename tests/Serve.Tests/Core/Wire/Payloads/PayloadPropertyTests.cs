namespace Serve.Tests.Core.Wire.Payloads;

public sealed class PayloadPropertyTests
{
    [Fact]
    public async Task Payload_OfRandomRecords_IsReadAsWhatWasWritten()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var node = Node.Random(new Random(seed), depth: 3);
            var bytes = PayloadBytes.Of(node);
            var read = (await PayloadBytes.ReadAsync<Node>(bytes))!;
            // Written again it is the same, to the byte; what both writers could have left out is compared beside it.
            (PayloadBytes.Of(read)).AsSpan().SequenceEqual(bytes).ShouldBeTrue($"seed {seed}");
            AreSame(node, read).ShouldBeTrue($"seed {seed}");
        }
    }

    private static bool AreSame(Node one, Node other) =>
        one.Text == other.Text
        && one.Real.Equals(other.Real)
        && one.MaybeReal.Equals(other.MaybeReal)
        && one.Time == other.Time
        && (one.Bytes is null ? other.Bytes is null : one.Bytes.AsSpan().SequenceEqual(other.Bytes))
        && one.Tensor?.Data.ToArray().AsSpan().SequenceEqual(other.Tensor!.Data.Span) != false
        && one.Memory.Span.SequenceEqual(other.Memory.Span)
        && one.Tuple.Number == other.Tuple.Number
        && one.Pair?.Text == other.Pair?.Text
        && one.Children?.Count == other.Children?.Count
        && one.Children?.Zip(other.Children!).All(pair => pair.First is null ? pair.Second is null : AreSame(pair.First, pair.Second!)) != false;
}
