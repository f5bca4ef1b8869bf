using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Testing;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>A web server on loopback with gRPC services, and a client of raw bytes for it.</summary>
internal sealed class GrpcHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private GrpcHost(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address, Timeout = Eventually.Patience };
    }

    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<GrpcHost> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? services = null, HttpProtocols protocols = HttpProtocols.Http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        services?.Invoke(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new GrpcHost(app);
    }

    /// <summary>Calls a method with messages, each in a frame of its own.</summary>
    public Task<RawReply> CallAsync(string method, IEnumerable<IMessage> messages, params (string Name, string Value)[] headers) =>
        CallRawAsync(method, [.. messages.SelectMany(static message => RawFrames.Frame(message.ToByteArray()))], headers);

    public Task<RawReply> CallAsync(string method, IMessage message, params (string Name, string Value)[] headers) => CallAsync(method, [message], headers);

    /// <summary>Calls a method with these bytes.</summary>
    public async Task<RawReply> CallRawAsync(string method, byte[] body, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(method, new ByteArrayContent(body), CancellationToken.None, headers);
        var answer = await response.Content.ReadAsByteArrayAsync();
        return RawReply.Of(response, answer);
    }

    /// <summary>Begins a call; it goes on when the headers of the answer are there.</summary>
    public Task<HttpResponseMessage> SendAsync(string method, HttpContent content, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, method) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        content.Headers.ContentType ??= new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.ParseAdd("trailers");
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
                content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }

        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
