using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Protocols.Tests.Grpc.Protos;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>Frames, compression and limits; well-formed and not.</summary>
public sealed class GrpcMessageTests : IAsyncLifetime
{
    private const string Echo = "/test.grpc.Probe/Echo";
    private const int Limit = 10_000;

    private readonly ProbeService _service = new();
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(static app => app.MapGrpcService<ProbeService>(), services =>
    {
        services.AddGrpc(static options => options.MaxReceiveMessageSize = 1).AddServiceOptions<ProbeService>(static options =>
        {
            options.MaxReceiveMessageSize = Limit;
            options.MaxSendMessageSize = 2 * Limit;
            options.ResponseCompressionAlgorithm = "gzip";
        });
        services.AddSingleton(_service);
    });

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    public static TheoryData<string, byte[], StatusCode> Malformed() => new()
    {
        { Echo, [], StatusCode.Unimplemented },
        { Echo, [0, 0, 0], StatusCode.Internal },
        { Echo, [0, 0, 0, 0, 2, 10], StatusCode.Internal },
        { Echo, [2, 0, 0, 0, 0], StatusCode.Internal },
        { Echo, [1, 0, 0, 0, 0], StatusCode.Internal },
        { Echo, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], StatusCode.Unimplemented },
        { Echo, [0, 0xFF, 0xFF, 0xFF, 0xFF], StatusCode.ResourceExhausted },
        { Echo, [0, 0x7F, 0xFF, 0xFF, 0xFF], StatusCode.ResourceExhausted },
        { Echo, [0, 0, 0, 0, 1, 10], StatusCode.InvalidArgument },
        { "/test.grpc.Probe/Sum", [0, 0, 0, 0, 0, 0, 0], StatusCode.Internal },
        { "/test.grpc.Probe/Chat", [0, 0, 0, 0, 1, 10], StatusCode.InvalidArgument },
        { "/test.grpc.Probe/Count", [], StatusCode.Unimplemented },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Frames_ThatAreWrong_AreRefused(string method, byte[] body, StatusCode expected)
    {
        var reply = await _host.CallRawAsync(method, body);
        (reply.Http, reply.Status).ShouldBe((200, expected), reply.Detail);
        reply.Detail.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(Echo)]
    [InlineData("/test.grpc.Probe/Sum")]
    [InlineData("/test.grpc.Probe/Chat")]
    public async Task Frames_WithBytesChangedAtRandom_EndWithAStatus(string method)
    {
        const int Rounds = 100;
        var random = new Random(method.Length);
        var text = new Text { Value = "some text", Data = ByteString.CopyFrom(1, 2, 3) }.ToByteArray();
        for (var round = 0; round < Rounds; round++)
        {
            byte[] body = [.. RawFrames.Frame(text), .. RawFrames.Frame(RawFrames.Gzip(text), flag: 1)];
            for (var change = random.Next(4); change >= 0; change--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            var reply = await _host.CallRawAsync(method, body[..random.Next(body.Length + 1)], ("grpc-encoding", "gzip"));
            reply.Status.ShouldNotBeNull($"round {round}");
        }
    }

    [Fact]
    public async Task Request_OverTheLimit_NamesSizeLimitAndOption()
    {
        var reply = await _host.CallAsync(Echo, new Text { Data = ByteString.CopyFrom(new byte[Limit]) });
        reply.Status.ShouldBe(StatusCode.ResourceExhausted);
        reply.Detail.ShouldBe($"A message of the request may have {Limit} bytes, but has 10003; MaxReceiveMessageSize is the limit.");
    }

    [Fact]
    public async Task Response_OverTheLimit_IsResourceExhausted()
    {
        _service.OnEcho = static (_, _) => Task.FromResult(new Text { Data = ByteString.CopyFrom(new byte[2 * Limit]) });
        var reply = await _host.CallAsync(Echo, new Text());
        (reply.Status, reply.Messages.Count).ShouldBe((StatusCode.ResourceExhausted, 0));
        reply.Detail.ShouldContain("MaxSendMessageSize");
    }

    [Fact]
    public async Task Response_OverTheLimitAfterAnother_EndsWithAStatusAfterThat()
    {
        _service.OnChat = static async (_, responses, _) =>
        {
            await responses.WriteAsync(new Text { Value = "one" });
            await responses.WriteAsync(new Text { Data = ByteString.CopyFrom(new byte[2 * Limit]) });
        };
        var reply = await _host.CallAsync("/test.grpc.Probe/Chat", []);
        (reply.Status, reply.Messages.Count).ShouldBe((StatusCode.ResourceExhausted, 1));
    }

    [Fact]
    public async Task Request_ByGzip_IsRead()
    {
        var frame = RawFrames.Frame(RawFrames.Gzip(new Text { Value = new string('a', 1000) }.ToByteArray()), flag: 1);
        (await _host.CallRawAsync(Echo, frame, ("grpc-encoding", "gzip"))).Single(Text.Parser).Value.Length.ShouldBe(1000);
    }

    [Fact]
    public async Task Request_ByGzipWithAPlainMessage_IsRead() =>
        (await _host.CallAsync(Echo, new Text { Value = "a" }, ("grpc-encoding", "gzip"))).Single(Text.Parser).Value.ShouldBe("a");

    [Fact]
    public async Task Request_ThatGrowsOverTheLimit_IsResourceExhausted()
    {
        var bomb = RawFrames.Frame(RawFrames.Gzip(new byte[5_000_000]), flag: 1);
        bomb.Length.ShouldBeLessThan(Limit);
        (await _host.CallRawAsync(Echo, bomb, ("grpc-encoding", "gzip"))).Status.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Request_ThatIsNoGzip_IsInternal() =>
        (await _host.CallRawAsync(Echo, RawFrames.Frame([1, 2, 3], flag: 1), ("grpc-encoding", "gzip"))).Status.ShouldBe(StatusCode.Internal);

    [Fact]
    public async Task Request_WithTheFlagAndTheEncodingIdentity_IsInternal()
    {
        var frame = RawFrames.Frame(new Text { Value = "a" }.ToByteArray(), flag: 1);
        (await _host.CallRawAsync(Echo, frame, ("grpc-encoding", "identity"))).Status.ShouldBe(StatusCode.Internal);
    }

    [Fact]
    public async Task Request_ByAnUnknownEncoding_IsUnimplementedAndTellsTheKnown()
    {
        var reply = await _host.CallAsync(Echo, new Text(), ("grpc-encoding", "br"));
        (reply.Status, reply.Find("grpc-accept-encoding")).ShouldBe((StatusCode.Unimplemented, "identity,gzip"));
        reply.Detail.ShouldContain("'br'");
    }

    [Fact]
    public async Task Response_ToAClientThatTakesGzip_IsCompressed()
    {
        var reply = await _host.CallAsync(Echo, new Text { Value = new string('a', 1000) }, ("grpc-accept-encoding", "identity, gzip"));
        reply.Headers["grpc-encoding"].ShouldBe("gzip");
        var (flag, message) = RawFrames.Split(reply.Body).ShouldHaveSingleItem();
        (flag, message.Length < 100, Text.Parser.ParseFrom(RawFrames.Unzip(message)).Value.Length).ShouldBe(((byte)1, true, 1000));
    }

    [Fact]
    public async Task Response_ToAClientThatDoesNot_IsPlain()
    {
        var reply = await _host.CallAsync(Echo, new Text { Value = "a" }, ("grpc-accept-encoding", "identity,deflate"));
        reply.Find("grpc-encoding").ShouldBeNull();
        reply.Single(Text.Parser).Value.ShouldBe("a");
    }

    [Fact]
    public async Task Response_WithNoCompress_IsPlain()
    {
        _service.OnChat = static async (requests, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
            await responses.WriteAsync(new Text { Value = "plain" });
            responses.WriteOptions = null;
            await responses.WriteAsync(new Text { Value = "compressed" });
        };
        var reply = await _host.CallAsync("/test.grpc.Probe/Chat", [], ("grpc-accept-encoding", "gzip"));
        RawFrames.Split(reply.Body).Select(frame => frame.Flag).ShouldBe([(byte)0, (byte)1]);
    }
}
