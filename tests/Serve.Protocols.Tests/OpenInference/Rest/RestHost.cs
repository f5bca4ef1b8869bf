using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.OpenInference;
using Serve.Tensors;
using Serve.Testing;

namespace Serve.Protocols.Tests.OpenInference.Rest;

/// <summary>The protocol over REST as a client meets it: on a real socket. Fails a test whose requests leave memory rented.</summary>
internal sealed class RestHost : IAsyncDisposable
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    private readonly WebApplication _app;
    private readonly long _rentedBefore = NativeMemoryPool.Shared.RentedBytes;

    private RestHost(WebApplication app, EchoServer server, TestLog log)
    {
        _app = app;
        Server = server;
        Log = log;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = new HttpClient { BaseAddress = Address, Timeout = Eventually.Patience };
    }

    public EchoServer Server { get; }

    public TestLog Log { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public static async Task<RestHost> StartAsync(OpenInferenceOptions? options = null, long? maxBody = null)
    {
        var server = new EchoServer();
        var log = new TestLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            if (maxBody is not null)
                kestrel.Limits.MaxRequestBodySize = maxBody;
        });
        builder.Services.AddSingleton(server);
        var app = builder.Build();
        app.MapOpenInferenceRest<EchoServer>(options);
        await app.StartAsync();
        return new RestHost(app, server, log);
    }

    public async Task<Answer> GetAsync(string path) => await Answer.ReadAsync(await Http.GetAsync(path));

    public async Task<Answer> PostAsync(string path, string json) => await Answer.ReadAsync(await Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json")));

    public Task<Answer> InferAsync(string json, string model = "echo") => PostAsync($"/v2/models/{model}/infer", json);

    /// <summary>Sends JSON with bytes behind it.</summary>
    public Task<Answer> InferBinaryAsync(string json, byte[] blobs, string? headerLength = null, string model = "echo") =>
        PostBytesAsync($"/v2/models/{model}/infer", [.. Encoding.UTF8.GetBytes(json), .. blobs], headerLength ?? $"{Encoding.UTF8.GetByteCount(json)}");

    public async Task<Answer> PostBytesAsync(string path, byte[] body, string? headerLength, string? contentEncoding = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (headerLength is not null)
            content.Headers.Add(HeaderLength, headerLength);
        if (contentEncoding is not null)
            content.Headers.ContentEncoding.Add(contentEncoding);
        return await Answer.ReadAsync(await Http.PostAsync(path, content));
    }

    public Task MemoryIsBackAsync() => Eventually.TrueAsync(() => NativeMemoryPool.Shared.RentedBytes <= _rentedBefore);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await MemoryIsBackAsync();
        }
        finally
        {
            Http.Dispose();
            await _app.DisposeAsync();
        }
    }

    internal sealed record Answer(HttpStatusCode Status, byte[] Body, HttpResponseMessage Message)
    {
        public string Text => Encoding.UTF8.GetString(Body);

        /// <summary>The JSON before the bytes.</summary>
        public string Head => Encoding.UTF8.GetString(Body.AsSpan(0, int.Parse(Message.Headers.Concat(Message.Content.Headers).Single(header => header.Key == HeaderLength).Value.Single())));

        public byte[] Blobs => Body[Encoding.UTF8.GetByteCount(Head)..];

        public static async Task<Answer> ReadAsync(HttpResponseMessage message) => new(message.StatusCode, await message.Content.ReadAsByteArrayAsync(), message);

        public Answer ShouldBe(HttpStatusCode status, string text)
        {
            Text.ShouldBe(text);
            Status.ShouldBe(status);
            return this;
        }

        public void ShouldBeOk(string text) => ShouldBe(HttpStatusCode.OK, text);

        public void ShouldFail(HttpStatusCode status, params ReadOnlySpan<string> parts)
        {
            Status.ShouldBe(status, Text);
            var error = System.Text.Json.JsonDocument.Parse(Body).RootElement.GetProperty("error").GetString()!;
            foreach (var part in parts)
                error.ShouldContain(part);
        }
    }
}
