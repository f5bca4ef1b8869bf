using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Serve.Testing;

namespace Serve.Tests.Server.Proxy;

/// <summary>gRPC goes through the proxy as it is; only its metadata and its path are looked at.</summary>
public sealed class ProxyGrpcTests : ProxyHarness
{
    [Theory]
    [InlineData("/a.One/Call", null, "one")]
    [InlineData("/b.Two/Call", null, "two")]
    [InlineData("/b.Two/Call", "one", "one")]
    [InlineData("/c.Both/Call", "two", "two")]
    public async Task Call_SeveralApplications_GoesWhereItsMetadataOrItsServiceSays(string path, string? metadata, string expected)
    {
        await ServeAsync(static context => AnswerAsync(context, "one"), "one", "/one", timeout: null, "a.One", "c.Both");
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", prefix: null, timeout: null, "b.Two", "c.Both");
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall(path);
        if (metadata is not null)
            call.Headers.Add("application", metadata);
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe("0");
        (await response.Content.ReadAsStringAsync()).ShouldBe($"{expected} {path}");
    }

    [Theory]
    [InlineData("/c.Both/Call", null, "must name one of the applications one, two")]
    [InlineData("/no.Such/Call", null, "must name one of the applications one, two")]
    [InlineData("/a.One/Call", "three", "no application 'three'")]
    public async Task Call_ThatFindsNoApplication_IsNotFoundAndListsThem(string path, string? metadata, string expected)
    {
        await ServeAsync(static context => AnswerAsync(context, "one"), "one", "/one", timeout: null, "a.One", "c.Both");
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two", "c.Both");
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall(path);
        if (metadata is not null)
            call.Headers.Add("application", metadata);
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe("5");
        Uri.UnescapeDataString(response.Headers.GetValues("grpc-message").Single()).ShouldContain(expected);
    }

    [Fact]
    public async Task OwnServices_OfServe_SayHowItIsAndWhatItServes()
    {
        await ServeAsync(static context => AnswerAsync(context, "one"), "one", "/one");
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two");
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        (await CallAsync("/ray.serve.RayServeAPIService/Healthz")).ShouldBe("\0\0\0\0\u0009\n\asuccess");
        (await CallAsync("/ray.serve.RayServeAPIService/ListApplications")).ShouldBe("\0\0\0\0\n\n\u0003one\n\u0003two");
        (await CallAsync("/grpc.health.v1.Health/Check")).ShouldBe("\0\0\0\0\u0002\b\u0001");

        async Task<string> CallAsync(string path)
        {
            using var call = GrpcCall(path);
            using var response = await http.SendAsync(call);
            GrpcStatusOf(response).ShouldBe("0");
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Theory]
    [InlineData("b.Two", "0", "\0\0\0\0\u0002\b\u0001")]
    [InlineData("no.Such", "5", "")]
    public async Task OwnHealth_OfAService_IsThatOfItsApplication(string service, string status, string answer)
    {
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two");
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/grpc.health.v1.Health/Check", HealthRequest(service));
        using var response = await http.SendAsync(call);
        (GrpcStatusOf(response), await response.Content.ReadAsStringAsync()).ShouldBe((status, answer));
    }

    [Fact]
    public async Task OwnHealth_Watched_TellsEachChangeOfTheRoutes()
    {
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/grpc.health.v1.Health/Watch", HealthRequest("b.Two"));
        using var response = await http.SendAsync(call, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Patience);
        await using var answers = await response.Content.ReadAsStreamAsync();
        (await NextAsync()).ShouldBe(3);
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two");
        (await NextAsync()).ShouldBe(1);

        async Task<int> NextAsync()
        {
            var message = new byte[7];
            await answers.ReadExactlyAsync(message).AsTask().WaitAsync(Eventually.Patience);
            return message[6];
        }
    }

    [Theory]
    [InlineData(null, "\0\0\0\0\u0002\b\u0001")]
    [InlineData("two", "two /grpc.health.v1.Health/Check")]
    public async Task OwnHealth_OfAnApplicationThatMapsIt_IsAskedOnlyWhereItIsNamed(string? metadata, string answer)
    {
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two", "grpc.health.v1.Health");
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/grpc.health.v1.Health/Check", HealthRequest("b.Two"));
        if (metadata is not null)
            call.Headers.Add("application", metadata);
        using var response = await http.SendAsync(call);
        (await response.Content.ReadAsStringAsync()).ShouldBe(answer);
    }

    [Fact]
    public async Task OwnHealth_WatchedWhenTheProxyEnds_IsNotServingAndUnavailable()
    {
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two");
        var proxy = await StartAsync();
        using var http = ClientOf(proxy.GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/grpc.health.v1.Health/Watch", HealthRequest("b.Two"));
        using var response = await http.SendAsync(call, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Patience);
        var end = proxy.DisposeAsync();
        (await response.Content.ReadAsByteArrayAsync().WaitAsync(Eventually.Patience)).ShouldBe([0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 2, 8, 2]);
        GrpcStatusOf(response).ShouldBe("14");
        await end;
    }

    /// <summary>Field 1 is the service; 15 is known to nobody.</summary>
    [Theory]
    [InlineData("7801" + "0A05622E54776F" + "7A0161", "0", null)]
    [InlineData("0A05622E54776F7A05", "3", null)]
    [InlineData("compressed", "12", "identity")]
    public async Task OwnHealth_OfAMessageThatIsNotPlain_IsReadOrRefused(string message, string status, string? accepted)
    {
        await ServeAsync(static context => AnswerAsync(context, "two"), "two", "/two", timeout: null, "b.Two");
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        byte[] frame = message == "compressed" ? [1, 0, 0, 0, 1, 1] : [0, 0, 0, 0, (byte)(message.Length / 2), .. Convert.FromHexString(message)];
        using var call = GrpcCall("/grpc.health.v1.Health/Check", new ByteArrayContent(frame));
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe(status);
        (response.Headers.TryGetValues("grpc-accept-encoding", out var encodings) ? encodings.Single() : null).ShouldBe(accepted);
    }

    [Fact]
    public async Task OwnHealth_ByHttp11_MustUpgrade()
    {
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var call = GrpcCall("/grpc.health.v1.Health/Check");
        call.Version = HttpVersion.Version11;
        using var response = await http.SendAsync(call);
        response.StatusCode.ShouldBe(HttpStatusCode.UpgradeRequired);
    }

    [Fact]
    public async Task Call_CutOffInTheMiddle_EndsWithAStatus()
    {
        await ServeAsync(static async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/pkg.Service/Call");
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe("14");
    }

    [Fact]
    public async Task OwnServices_BeforeAControllerHasSpoken_AreUnavailable()
    {
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/ray.serve.RayServeAPIService/Healthz");
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe("14");
    }

    [Fact]
    public async Task Call_RequestIdInItsMetadata_ComesBackInTheTrailers()
    {
        await ServeAsync(static context => AnswerAsync(context, context.Request.Headers["x-request-id"].ToString()));
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/pkg.Service/Call");
        call.Headers.Add("request_id", "mine");
        using var response = await http.SendAsync(call);
        (await response.Content.ReadAsStringAsync()).ShouldBe("mine /pkg.Service/Call");
        response.TrailingHeaders.GetValues("request_id").ShouldBe(["mine"]);
    }

    [Fact]
    public async Task Call_BothWaysAtOnce_EachMessageGoesThroughAtOnce()
    {
        await ServeAsync(static async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.FlushAsync();
            var buffer = new byte[64];
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
                await context.Response.Body.FlushAsync();
            }

            context.Response.AppendTrailer("grpc-status", "0");
        });
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        var content = new PushedContent();
        using var call = GrpcCall("/pkg.Chat/Talk", content);
        using var response = await http.SendAsync(call, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Patience);
        await using var answers = await response.Content.ReadAsStreamAsync();
        foreach (var message in new[] { "one", "two", "three" })
        {
            content.Push(message);
            var buffer = new byte[message.Length];
            await answers.ReadExactlyAsync(buffer).AsTask().WaitAsync(Eventually.Patience);
            Encoding.ASCII.GetString(buffer).ShouldBe(message);
        }

        content.End();
        (await answers.ReadAsync(new byte[1])).ShouldBe(0);
        GrpcStatusOf(response).ShouldBe("0");
    }

    /// <summary>A HealthCheckRequest in its frame.</summary>
    private static ByteArrayContent HealthRequest(string service) => new([0, 0, 0, 0, (byte)(service.Length + 2), 0x0A, (byte)service.Length, .. Encoding.ASCII.GetBytes(service)]);

    private static async Task AnswerAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.WriteAsync($"{text} {context.Request.Path}");
        context.Response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>A body of which the test sends one piece after the other.</summary>
    private sealed class PushedContent : HttpContent
    {
        private readonly Channel<string> _pieces = Channel.CreateUnbounded<string>();

        public PushedContent() => Push("");

        public void Push(string piece) => _pieces.Writer.TryWrite(piece);

        public void End() => _pieces.Writer.Complete();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await foreach (var piece in _pieces.Reader.ReadAllAsync())
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(piece));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
