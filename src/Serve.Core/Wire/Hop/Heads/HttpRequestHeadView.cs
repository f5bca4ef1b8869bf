namespace Serve.Wire.Hop.Heads;

/// <summary>
/// A <see cref="HttpRequestHead"/> as it lies in its bytes, for who may not need all of its texts, or has had them before. The headers
/// begin at <see cref="Length"/>.
/// </summary>
internal readonly record struct HttpRequestHeadView
{
    public required string Method { get; init; }

    public required string Scheme { get; init; }

    public required string Protocol { get; init; }

    public required HeadText Authority { get; init; }

    public required HeadText Target { get; init; }

    /// <summary>Empty where the application is served at the root.</summary>
    public required HeadText RoutePrefix { get; init; }

    public required HeadText RequestId { get; init; }

    /// <summary>Empty where the address is not known.</summary>
    public required HeadText ClientAddress { get; init; }

    public required int ClientPort { get; init; }

    public required long? RemainingMilliseconds { get; init; }

    public required bool IsUpgrade { get; init; }

    public int Length { get; private init; }

    /// <exception cref="HopProtocolException">The head can't be read.</exception>
    public static HttpRequestHeadView Read(ReadOnlySpan<byte> head)
    {
        var reader = new HeadReader(head);
        var view = new HttpRequestHeadView
        {
            Method = CommonTexts.Read(ref reader),
            Scheme = CommonTexts.Read(ref reader),
            Protocol = CommonTexts.Read(ref reader),
            Authority = ReadPlace(ref reader, head),
            Target = ReadPlace(ref reader, head),
            RoutePrefix = ReadPlace(ref reader, head),
            RequestId = ReadPlace(ref reader, head),
            ClientAddress = ReadPlace(ref reader, head),
            ClientPort = (int)reader.ReadNumber(),
            RemainingMilliseconds = reader.ReadNumber() is > 0 and var remaining ? (long)(remaining - 1) : null,
            IsUpgrade = reader.ReadNumber() != 0,
        };
        return view with { Length = head.Length - reader.Left };
    }

    private static HeadText ReadPlace(ref HeadReader reader, ReadOnlySpan<byte> head)
    {
        var bytes = reader.ReadBytes();
        return new HeadText(head.Length - reader.Left - bytes.Length, bytes.Length);
    }
}
