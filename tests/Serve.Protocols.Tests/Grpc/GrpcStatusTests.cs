using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Serve.Grpc;
using Serve.Protocols.Tests.Grpc.Protos;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>How calls end, and what travels beside their messages.</summary>
public sealed class GrpcStatusTests : IAsyncLifetime
{
    private const string Echo = "/test.grpc.Probe/Echo";
    private const string Chat = "/test.grpc.Probe/Chat";

    private readonly ProbeService _service = new();
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(static app => app.MapGrpcService<ProbeService>(), services => services.AddSingleton(_service));

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task Metadata_BothWays_Travels()
    {
        _service.OnEcho = static async (request, context) =>
        {
            var bytes = context.RequestHeaders.GetValueBytes("x-data-bin")!;
            await context.WriteResponseHeadersAsync(new Metadata { { "x-colour", context.RequestHeaders.GetValue("X-Colour")! }, { "x-back-bin", bytes } });
            context.ResponseTrailers.Add("x-end", "done");
            context.ResponseTrailers.Add("x-end-bin", [0xFF, 0]);
            return request;
        };
        var reply = await _host.CallAsync(Echo, new Text { Value = "a" }, ("x-colour", "green"), ("x-data-bin", "AAEC_w".Replace('_', '/')));
        reply.Single(Text.Parser).Value.ShouldBe("a");
        (reply.Headers["x-colour"], reply.Headers["x-back-bin"]).ShouldBe(("green", "AAEC/w=="));
        (reply.Trailers["x-end"], reply.Trailers["x-end-bin"]).ShouldBe(("done", "/wA="));
    }

    [Fact]
    public async Task Metadata_TwiceInOneHeader_AreTwoEntries()
    {
        _service.OnEcho = static (_, context) => Task.FromResult(new Text { Value = string.Join(' ', context.RequestHeaders.GetAll("x-data-bin").Select(entry => entry.ValueBytes[0])) });
        (await _host.CallAsync(Echo, new Text(), ("x-data-bin", "AQ==,Ag"))).Single(Text.Parser).Value.ShouldBe("1 2");
    }

    [Fact]
    public async Task Metadata_ThatIsNotBase64_IsInvalidArgumentAndNamed()
    {
        _service.OnEcho = static (request, context) => Task.FromResult(new Text { Value = context.RequestHeaders.Count.ToString() });
        var reply = await _host.CallAsync(Echo, new Text(), ("x-data-bin", "!"));
        reply.Status.ShouldBe(StatusCode.InvalidArgument);
        reply.Detail.ShouldContain("x-data-bin");
    }

    [Fact]
    public async Task Headers_SentTwice_AreRefused()
    {
        _service.OnEcho = static async (request, context) =>
        {
            await context.WriteResponseHeadersAsync([]);
            await Should.ThrowAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
            return request;
        };
        (await _host.CallAsync(Echo, new Text())).Status.ShouldBe(StatusCode.OK);
    }

    [Fact]
    public async Task RpcException_WithTrailers_IsATrailersOnlyAnswer()
    {
        _service.OnEcho = static (_, _) => throw new RpcException(new RpcStatus(StatusCode.FailedPrecondition, "100 % größer\n\u20ac"), new Metadata { { "x-why", "because" } });
        var reply = await _host.CallAsync(Echo, new Text());
        (reply.Status, reply.Detail, reply.IsTrailersOnly, reply.Find("x-why")).ShouldBe((StatusCode.FailedPrecondition, "100 % größer\n\u20ac", true, "because"));
        reply.Headers["grpc-message"].ShouldBe("100 %25 gr%C3%B6%C3%9Fer%0A%E2%82%AC");
    }

    [Fact]
    public async Task RpcException_WithWordsThatGrowOverTheBound_AreCutAtALetter()
    {
        _service.OnEcho = static (_, _) => throw new RpcException(new RpcStatus(StatusCode.NotFound, new string('\u20AC', 4000)));
        var reply = await _host.CallAsync(Echo, new Text());
        reply.Headers["grpc-message"].Length.ShouldBe(4095);
        reply.Detail.ShouldBe(new string('\u20AC', 455));
    }

    [Fact]
    public async Task Headers_WithTheWantedEncoding_DoNotSendThat()
    {
        _service.OnEcho = static async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "grpc-internal-encoding-request", "gzip" }, { "x-other", "a" } });
            return request;
        };
        var reply = await _host.CallAsync(Echo, new Text { Value = "a" }, ("grpc-accept-encoding", "gzip"));
        (reply.Find("x-other"), reply.Find("grpc-encoding"), reply.Find("grpc-internal-encoding-request")).ShouldBe(("a", "gzip", null));
    }

    [Fact]
    public async Task RpcException_AfterAMessage_IsInTheTrailers()
    {
        _service.OnChat = static async (_, responses, _) =>
        {
            await responses.WriteAsync(new Text { Value = "one" });
            throw new RpcException(new RpcStatus(StatusCode.Aborted, "then"));
        };
        var reply = await _host.CallAsync(Chat, []);
        (reply.Status, reply.IsTrailersOnly, reply.Messages.Count).ShouldBe((StatusCode.Aborted, false, 1));
    }

    [Fact]
    public async Task Details_OfAnError_TravelAsAStatusMessage()
    {
        _service.OnEcho = static (_, _) => throw GrpcStatusDetails.ToException(StatusCode.InvalidArgument, "two things", new Text { Value = "first" }, new Number { Value = 2 });
        var reply = await _host.CallAsync(Echo, new Text());
        reply.Status.ShouldBe(StatusCode.InvalidArgument);
        var bytes = Convert.FromBase64String(reply.Find("grpc-status-details-bin")!);
        // google.rpc.Status: code = 1, message = 2, details = 3.
        bytes[..2].ShouldBe([0x08, 3]);
        Encoding.UTF8.GetString(bytes).ShouldContain("type.googleapis.com/test.grpc.Number");
    }

    [Fact]
    public async Task ServeException_OfTheService_HasItsStatusAndWords()
    {
        _service.OnEcho = static (_, _) => throw new ServeException(ServeError.TooLarge, "too many pixels");
        var reply = await _host.CallAsync(Echo, new Text());
        (reply.Status, reply.Detail).ShouldBe((StatusCode.ResourceExhausted, "too many pixels"));
    }

    [Fact]
    public async Task OtherException_OfTheService_IsInternalWithoutItsWords()
    {
        _service.OnEcho = static (_, _) => throw new InvalidOperationException("a secret");
        var reply = await _host.CallAsync(Echo, new Text());
        (reply.Status, reply.IsTrailersOnly).ShouldBe((StatusCode.Internal, true));
        reply.Detail.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Null_OfTheService_IsCancelled()
    {
        _service.OnEcho = static (_, _) => Task.FromResult<Text>(null!);
        (await _host.CallAsync(Echo, new Text())).Status.ShouldBe(StatusCode.Cancelled);
    }

    [Fact]
    public async Task Status_SetByTheService_Stands()
    {
        _service.OnEcho = static (request, context) =>
        {
            context.Status = new RpcStatus(StatusCode.NotFound, "not here");
            return Task.FromResult(request);
        };
        var reply = await _host.CallAsync(Echo, new Text());
        (reply.Status, reply.Detail, reply.Messages.Count).ShouldBe((StatusCode.NotFound, "not here", 0));
    }

    [Fact]
    public async Task Trailer_ThatCanNotBeSent_IsInternalAndNamed()
    {
        _service.OnEcho = static (request, context) =>
        {
            context.ResponseTrailers.Add("x-wrong", "größer");
            return Task.FromResult(request);
        };
        var reply = await _host.CallAsync(Echo, new Text());
        reply.Status.ShouldBe(StatusCode.Internal);
        reply.Detail.ShouldContain("x-wrong");
    }

    [Fact]
    public async Task Write_WhileAnotherIsUnderWay_IsRefused()
    {
        var error = "";
        _service.OnChat = async (_, responses, _) =>
        {
            // More than a connection's window, so that it waits for its reader.
            var first = responses.WriteAsync(new Text { Data = Google.Protobuf.ByteString.CopyFrom(new byte[3_000_000]) });
            error = (await Should.ThrowAsync<InvalidOperationException>(() => responses.WriteAsync(new Text()))).Message;
            await first;
        };
        await using var stream = await RawStream.OpenAsync(_host, Chat);
        stream.Complete();
        (await stream.FinishAsync()).Status.ShouldBe(StatusCode.OK);
        error.ShouldContain("await each WriteAsync");
    }

    [Theory]
    [InlineData("application/grpc+proto", 200)]
    [InlineData("application/grpc; charset=utf-8", 200)]
    [InlineData("application/json", 415)]
    [InlineData("application/grpc-web", 415)]
    public async Task ContentType_OfARequest_IsChecked(string type, int status) =>
        (await _host.CallAsync(Echo, new Text(), ("content-type", type))).Http.ShouldBe(status);

    [Fact]
    public async Task Http1_Request_IsToldToUpgrade()
    {
        await using var host = await GrpcHost.StartAsync(static app => app.MapGrpcService<ProbeService>(), services => services.AddSingleton(_service), HttpProtocols.Http1);
        using var client = new HttpClient();
        using var content = new ByteArrayContent([]);
        content.Headers.ContentType = new("application/grpc");
        using var response = await client.PostAsync(new Uri(host.Address, Echo), content);
        ((int)response.StatusCode).ShouldBe(426);
    }
}
