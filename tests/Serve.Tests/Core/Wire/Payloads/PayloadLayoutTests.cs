using System.Net.Sockets;
using Serve.Testing;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

public sealed class PayloadLayoutTests
{
    /// <summary>Written by hand from the description in <see cref="Payload"/>.</summary>
    private static readonly byte[] Expected =
    [
        0x2B, 0, 0, 0, // 43 bytes of JSON
        2, 0, 0, 0, // 2 buffers
        4, 0, 0, 0, 0, 0, 0, 0, // the first of 4 bytes
        8, 0, 0, 0, 0, 0, 0, 0, // the second of 8 bytes
        .. """["x",0,{"buffer":1,"shape":[1,2]},null,1.5]"""u8,
        1, 0, 0xFF, 0xFF, // 1, −1
        0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, // 1.0, −2.0
    ];

    private static readonly Type[] Types = [typeof(string), typeof(short[]), typeof(Tensor<float>), typeof(string), typeof(double)];

    [Fact]
    public async Task Write_Arguments_HaveTheDocumentedLayout()
    {
        var bytes = await PayloadBytes.OfArgumentsAsync(
            ("x", Types[0]), (new short[] { 1, -1 }, Types[1]), (new Tensor<float>(new float[] { 1, -2 }, 1, 2), Types[2]), (null, Types[3]), (1.5, Types[4]));
        bytes.ShouldBe(Expected);
    }

    [Fact]
    public async Task Read_DocumentedLayout_IsUnderstood()
    {
        var arguments = await PayloadReader.ReadArgumentsAsync(new MemoryStream(Expected), Types, CancellationToken.None);
        arguments[0].ShouldBe("x");
        arguments[1].ShouldBe(new short[] { 1, -1 });
        ((Tensor<float>)arguments[2]!).Data.ToArray().ShouldBe([1f, -2f]);
        arguments[3].ShouldBeNull();
        arguments[4].ShouldBe(1.5);
    }

    [Fact]
    public async Task Write_ItemOfAStream_HasItsKindInFront() =>
        (await PayloadBytes.WriteAsync(Payload.OfValue(7, typeof(int)), StreamItem.Item)).ShouldBe([1, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'7']);

    [Fact]
    public async Task Write_BuffersOfWideNumbers_GoThroughASocketAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        var endPoint = new UnixDomainSocketEndPoint(folder.File("s"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(endPoint);
        using var server = await listener.AcceptAsync();

        // Large enough to be sent in many parts, each pinned in the middle of the array.
        var sent = Enumerable.Range(0, 1_000_000).Select(number => (long)number << 20).ToArray();
        await using var to = new NetworkStream(client);
        await using var from = new NetworkStream(server);
        using var payload = Payload.OfValue(sent, typeof(long[]));
        var writing = payload.WriteToAsync(to, kind: null, CancellationToken.None).AsTask();
        var received = await PayloadReader.ReadValueAsync<long[]>(from, CancellationToken.None);
        await writing;
        received.AsSpan().SequenceEqual(sent).ShouldBeTrue();
    }
}
