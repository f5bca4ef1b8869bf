using System.Text;
using Serve.Testing;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Tests.Sdk.Server;

/// <summary>A request of a test that is under way.</summary>
internal sealed class HopExchange(HopStream stream) : IAsyncDisposable
{
    public HopStream Stream { get; } = stream;

    /// <summary>Waits until the head of the answer is there.</summary>
    public async Task<HopReply> ReadHeadAsync()
    {
        HopAnswer answer;
        do
        {
            answer = await Stream.WaitAnswerAsync().AsTask().WaitAsync(Eventually.Patience);
        }
        while (answer == HopAnswer.Accepted);
        if (answer == HopAnswer.Refused)
            throw new InvalidOperationException($"The request was refused: {Stream.Refusal}.");
        return HopReply.ReadHead(Stream.Head.Span);
    }

    public async Task<HopReply> ReadReplyAsync()
    {
        var head = await ReadHeadAsync();
        var isOneFrame = Stream.IsInlineComplete;
        var body = await ReadToEndAsync();
        return head with { Body = body, IsOneFrame = isOneFrame, Trailers = HopReply.ReadPairs(Stream.Trailers.Span) };
    }

    /// <summary>Reads until there is some text.</summary>
    public async Task<string> ReadTextAsync()
    {
        var result = await Stream.Input.ReadAsync().AsTask().WaitAsync(Eventually.Patience);
        var text = Encoding.UTF8.GetString(result.Buffer);
        Stream.Input.AdvanceTo(result.Buffer.End);
        return text;
    }

    public async Task<byte[]> ReadToEndAsync()
    {
        using var bytes = new MemoryStream();
        await Stream.Input.CopyToAsync(bytes).WaitAsync(Eventually.Patience);
        return bytes.ToArray();
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>An answer as it came over the hop.</summary>
internal sealed record HopReply(int Status, IReadOnlyList<(string Name, string Value)> Headers)
{
    public byte[] Body { get; init; } = [];

    /// <summary>Whether head and body came together.</summary>
    public bool IsOneFrame { get; init; }

    public IReadOnlyList<(string Name, string Value)> Trailers { get; init; } = [];

    public string Text => Encoding.UTF8.GetString(Body);

    public string? this[string header] => Headers.Any(pair => Is(pair, header)) ? string.Join('|', Headers.Where(pair => Is(pair, header)).Select(pair => pair.Value)) : null;

    public static HopReply ReadHead(ReadOnlySpan<byte> bytes)
    {
        var reader = new HeadReader(bytes);
        var head = HttpResponseHead.Read(ref reader);
        return new HopReply(head.Status, ReadPairs(bytes[^reader.Left..]));
    }

    public static IReadOnlyList<(string Name, string Value)> ReadPairs(ReadOnlySpan<byte> bytes)
    {
        var pairs = new List<(string, string)>();
        var reader = new HeadReader(bytes);
        while (!reader.IsAtEnd)
            pairs.Add(reader.ReadHeader());
        return pairs;
    }

    private static bool Is((string Name, string Value) pair, string header) => pair.Name.Equals(header, StringComparison.OrdinalIgnoreCase);
}
