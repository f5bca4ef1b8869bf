namespace Serve.Wire.Hop.Heads;

/// <summary>The beginning of the head of an HTTP answer. Its headers follow, up to the head's end.</summary>
/// <param name="Status">For instance 200.</param>
internal readonly record struct HttpResponseHead(int Status)
{
    public void Write(HeadWriter writer) => writer.WriteNumber((ulong)Status);

    /// <exception cref="HopProtocolException">The head can't be read.</exception>
    public static HttpResponseHead Read(ref HeadReader reader) => reader.ReadNumber() is >= 100 and <= 999 and var status
        ? new HttpResponseHead((int)status)
        : throw new HopProtocolException("an answer whose status is none");
}
