namespace Serve.Wire.Hop.Heads;

/// <summary>Where a text stands in the bytes of a head.</summary>
internal readonly record struct HeadText(int Start, int Length)
{
    /// <summary>Its bytes, in UTF-8.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> head) => head.Slice(Start, Length);
}
