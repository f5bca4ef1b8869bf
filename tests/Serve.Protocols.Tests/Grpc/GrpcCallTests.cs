using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Protocols.Tests.Grpc.Protos;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>Calls of every kind to a generated service.</summary>
public sealed class GrpcCallTests : IAsyncLifetime
{
    private readonly ProbeService _service = new();
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(static app => app.MapGrpcService<ProbeService>(), services => services.AddSingleton(_service));

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task Unary_AMessage_IsAnswered()
    {
        var reply = await _host.CallAsync("/test.grpc.Probe/Echo", new Text { Value = "hello" });
        reply.Single(Text.Parser).Value.ShouldBe("hello");
        (reply.Headers["Content-Type"], reply.IsTrailersOnly).ShouldBe(("application/grpc", false));
    }

    [Fact]
    public async Task Unary_AnEmptyMessage_IsAnswered() => (await _host.CallAsync("/test.grpc.Probe/Echo", new Text())).Single(Text.Parser).ShouldBe(new Text());

    [Fact]
    public async Task Unary_ALargeMessage_ComesBackWhole()
    {
        var data = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(data);
        var reply = await _host.CallAsync("/test.grpc.Probe/Echo", new Text { Data = Google.Protobuf.ByteString.CopyFrom(data) });
        reply.Single(Text.Parser).Data.ToByteArray().ShouldBe(data);
    }

    [Fact]
    public async Task ClientStreaming_Messages_AreAnsweredOnce() =>
        (await _host.CallAsync("/test.grpc.Probe/Sum", Enumerable.Range(1, 100).Select(i => new Number { Value = i }))).Single(Number.Parser).Value.ShouldBe(5050);

    [Fact]
    public async Task ClientStreaming_NoMessage_IsAnswered() => (await _host.CallAsync("/test.grpc.Probe/Sum", [])).Single(Number.Parser).Value.ShouldBe(0);

    [Fact]
    public async Task ServerStreaming_AMessage_IsAnsweredInOrder()
    {
        var reply = await _host.CallAsync("/test.grpc.Probe/Count", new Number { Value = 100 });
        reply.Status.ShouldBe(StatusCode.OK);
        reply.Messages.Select(message => Number.Parser.ParseFrom(message).Value).ShouldBe(Enumerable.Range(0, 100).Select(i => (long)i));
    }

    [Fact]
    public async Task Duplex_Messages_AreAnsweredEach()
    {
        var reply = await _host.CallAsync("/test.grpc.Probe/Chat", [new Text { Value = "a" }, new Text { Value = "b" }]);
        reply.Status.ShouldBe(StatusCode.OK);
        reply.Messages.Select(message => Text.Parser.ParseFrom(message).Value).ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData("/test.grpc.Probe/Missing")]
    [InlineData("/test.grpc.Probe/NotInTheProto")]
    [InlineData("/test.grpc.Other/Echo")]
    public async Task Method_ThatIsNotThere_IsUnimplemented(string method) => (await _host.CallAsync(method, new Text())).Status.ShouldBe(StatusCode.Unimplemented);

    [Theory]
    [InlineData("/a/b")]
    [InlineData("/test.grpc.Probe/Missing")]
    public async Task Get_OfAPathThatNobodyMaps_IsNotFound(string path)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_host.Address, path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
