using System.Net.Sockets;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Core.Wire.Hop;

/// <summary>A peer that breaks the protocol is cut off with a reason, and nobody else suffers.</summary>
public sealed class BrokenPeerTests
{
    public static TheoryData<string, byte[][]> Breaches => new()
    {
        { "does not begin with the greeting", [RawPeer.Hello(magic: 1)] },
        { "speaks version 9", [RawPeer.Hello(version: 9)] },
        { "does not begin with the greeting", [RawPeer.Open(1)] },
        { "a frame of 1000000 bytes", [RawPeer.Hello(), [.. RawPeer.Number(1_000_000), 2, 0, 0, 0, 1, 0, 0, 0]] },
        { "unknown type 99", [RawPeer.Hello(), [0, 0, 0, 0, 99, 0, 0, 0, 1, 0, 0, 0]] },
        { "unknown flags", [RawPeer.Hello(), [0, 0, 0, 0, 2, 8, 0, 0, 1, 0, 0, 0]] },
        { "OPEN of unknown kind", [RawPeer.Hello(), RawPeer.Open(1, kind: (HopKind)7)] },
        { "OPEN of unknown kind", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Open, 1, [1, 0, 0])] },
        { "head of 500 bytes is out of bounds", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Open, 1, [1, 0, 0, 0, .. RawPeer.Number(500), 1, 2, 3])] },
        { "head of -1 bytes", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Open, 1, [1, 0, 0, 0, .. RawPeer.Number(-1)])] },
        { "out of bounds", [RawPeer.Hello(), RawPeer.Open(1, inline: new byte[HopLimits.MaxInline + 1])] },
        { "OPEN of stream 4 after one of stream 4", [RawPeer.Hello(), RawPeer.Open(4), RawPeer.Open(4)] },
        { "OPEN of stream 3 after one of stream 4", [RawPeer.Hello(), RawPeer.Open(4), RawPeer.Open(3)] },
        { "Accept", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Accept, 1, new byte[4])] },
        { "Notice", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Notice, 0, [0])] },
        { "DATA on stream 1 after its end", [RawPeer.Hello(), RawPeer.Open(1), RawPeer.Frame(HopFrameType.Data, 1, [1])] },
        { "TRAILERS on stream 1 after its end", [RawPeer.Hello(), RawPeer.Open(1), RawPeer.Frame(HopFrameType.Trailers, 1, [1], isEnd: true)] },
        { "Data frame of 65537 bytes", [RawPeer.Hello(), RawPeer.Open(1, isComplete: false), RawPeer.Frame(HopFrameType.Data, 1, new byte[HopLimits.MaxData + 1])] },
        { "window of stream 1", [RawPeer.Hello(), RawPeer.Open(1, isComplete: false), .. Enumerable.Repeat(RawPeer.Frame(HopFrameType.Data, 1, new byte[HopLimits.MaxData]), 9)] },
        { "WINDOW that opens nothing", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Window, 0, RawPeer.Number(0))] },
        { "WINDOWs for more bytes", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Window, 0, RawPeer.Number(1))] },
        { "WINDOWs for more bytes than were sent on stream 1", [RawPeer.Hello(), RawPeer.Open(1, isComplete: false), RawPeer.Frame(HopFrameType.Window, 1, RawPeer.Number(9))] },
        { "a RESET of 0 bytes", [RawPeer.Hello(), RawPeer.Frame(HopFrameType.Reset, 1, [])] },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task Listener_PeerBreaksTheProtocol_IsCutOffWithTheReason(string reason, byte[][] frames)
    {
        var wait = new TaskCompletionSource();
        await using var pair = new HopPair(_ => wait.Task);
        using var peer = RawPeer.Connect(pair.SocketPath);
        foreach (var frame in frames)
            await peer.TrySendAsync(frame);
        (await peer.ReadGoodbyeAsync()).ShouldNotBeNull().ShouldContain(reason);
        await AssertServesAsync(pair);
    }

    [Theory]
    [InlineData("a frame of 67305985 bytes", new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })]
    [InlineData("must not send", new byte[] { 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0 })]
    public async Task Client_PeerBreaksTheProtocol_StreamsAreLost(string reason, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        using var listener = ListenRaw(folder, out var path);
        await using var client = new HopClient(path, new NoEvents());
        var opening = client.OpenAsync(HopKind.Call, new byte[1], default, isComplete: true, CancellationToken.None);
        using var peer = new RawPeer(await listener.AcceptAsync());
        await using var call = await opening;
        if (bytes[4] == 2)
            await peer.SendAsync(RawPeer.Hello());
        await peer.TrySendAsync(bytes);

        (await Should.ThrowAsync<HopResetException>(async () => await call.WaitAnswerAsync())).Message.ShouldContain(reason);
    }

    /// <summary>What no test thought of: bytes at random, and right conversations with a few bytes changed, from both ends.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Listener_FuzzedPeers_GoesOnServing(int seed)
    {
        const int Peers = 150;
        var random = new Random(seed);
        await using var pair = new HopPair(EchoAsync);
        for (var i = 0; i < Peers; i++)
        {
            using var peer = RawPeer.Connect(pair.SocketPath);
            await peer.TrySendAsync(i % 3 == 0 ? RandomBytes(random) : Mutate(random, ClientConversation(random)));
        }

        await AssertServesAsync(pair);
        await Eventually.TrueAsync(() => pair.Failures.All(failure => failure is HopResetException or HopProtocolException or ServeException));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Client_FuzzedPeers_FailsEachCallAndGoesOn(int seed)
    {
        const int Peers = 150;
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        using var listener = ListenRaw(folder, out var path);
        for (var i = 0; i < Peers; i++)
        {
            await using var client = new HopClient(path, new NoEvents());
            var opening = client.OpenAsync(HopKind.Call, new byte[10], default, isComplete: false, CancellationToken.None);
            using var peer = new RawPeer(await listener.AcceptAsync());
            await using var call = await opening;
            await peer.TrySendAsync(i % 3 == 0 ? RandomBytes(random) : Mutate(random, ServerConversation(random)));
            peer.Dispose();
            try
            {
                while (await call.WaitAnswerAsync() == HopAnswer.Accepted)
                {
                }

                await call.Input.CopyToAsync(Stream.Null);
            }
            catch (HopResetException)
            {
            }
        }
    }

    private static async Task EchoAsync(HopStream stream)
    {
        await using (stream)
        {
            stream.SendHead(stream.Head.Span, stream.InlineBody.Span, isComplete: stream.IsInlineComplete);
            if (!stream.IsInlineComplete)
                await stream.Input.CopyToAsync(Stream.Null);
            await stream.CompleteAsync();
        }
    }

    private static async Task AssertServesAsync(HopPair pair)
    {
        pair.Serve = EchoAsync;
        await using var call = await pair.OpenAsync(new byte[] { 1, 2, 3 });
        (await call.WaitAnswerAsync()).ShouldBe(HopAnswer.Answered);
        call.Head.ToArray().ShouldBe([1, 2, 3]);
    }

    private static byte[] ClientConversation(Random random) =>
    [
        .. RawPeer.Hello(),
        .. RawPeer.Open(1, new byte[random.Next(100)], new byte[random.Next(1000)], isComplete: false),
        .. RawPeer.Frame(HopFrameType.Data, 1, new byte[random.Next(5000)]),
        .. RawPeer.Frame(HopFrameType.Ping, 0, []),
        .. RawPeer.Open(2, new byte[random.Next(100)]),
        .. RawPeer.Frame(HopFrameType.Data, 1, new byte[random.Next(5000)], isEnd: true),
        .. RawPeer.Open(3, isComplete: false),
        .. RawPeer.Frame(HopFrameType.Reset, 3, [1, 65, 66]),
    ];

    private static byte[] ServerConversation(Random random) =>
    [
        .. RawPeer.Hello(),
        .. RawPeer.Frame(HopFrameType.Notice, 0, [0]),
        .. RawPeer.Frame(HopFrameType.Accept, 1, new byte[4]),
        .. RawPeer.Frame(HopFrameType.Head, 1, [0, 0, 0, 0, .. RawPeer.Number(3), 1, 2, 3, .. new byte[random.Next(1000)]]),
        .. RawPeer.Frame(HopFrameType.Data, 1, new byte[random.Next(5000)]),
        .. RawPeer.Frame(HopFrameType.Window, 1, RawPeer.Number(0)),
        .. RawPeer.Frame(HopFrameType.Trailers, 1, [1, 2, 3], isEnd: true),
    ];

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(1, 3000)];
        random.NextBytes(bytes);
        // Some get past the greeting.
        return random.Next(2) == 0 ? bytes : [.. RawPeer.Hello(), .. bytes];
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        for (var i = random.Next(1, 6); i > 0; i--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static Socket ListenRaw(TemporaryFolder folder, out string path)
    {
        path = Path.Combine(folder.Path, "raw.sock");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }
}
