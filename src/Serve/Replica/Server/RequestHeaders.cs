using Microsoft.Net.Http.Headers;
using Serve.Wire;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>The headers of a request, or its trailers: what the user's code never looks at never becomes text.</summary>
internal sealed class RequestHeaders : HeaderTable
{
    /// <summary>Takes the headers that follow the beginning of a head.</summary>
    /// <param name="head">The head; must stay as it is until the table is reset.</param>
    /// <param name="view">Its beginning.</param>
    public void Read(ReadOnlyMemory<byte> head, in HttpRequestHeadView view)
    {
        Use(head);
        if (view.Authority.Length > 0)
            Append(HeaderNames.Host, view.Authority.Start, view.Authority.Length);
        Append(HopHeaders.RequestId, view.RequestId.Start, view.RequestId.Length);
        ReadFrom(head.Span, view.Length);
    }

    /// <summary>Takes what came after the body.</summary>
    public void ReadTrailers(ReadOnlyMemory<byte> trailers)
    {
        Use(trailers);
        ReadFrom(trailers.Span, start: 0);
    }

    private void ReadFrom(ReadOnlySpan<byte> bytes, int start)
    {
        var reader = new HeadReader(bytes[start..]);
        while (!reader.IsAtEnd)
        {
            var number = reader.ReadNumber();
            var name = number == 0 ? NameOf(reader.ReadBytes()) : KnownHeaders.NameOf(number) ?? throw HeadReader.Malformed();
            var value = reader.ReadBytes();
            Append(name, bytes.Length - reader.Left - value.Length, value.Length);
        }
    }
}
