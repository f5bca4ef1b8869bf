using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serve.Wire.Hop;

namespace Serve.Benchmarks;

/// <summary>The other process of <see cref="HopBenchmark"/>: echoes over the hop, and over HTTP/2.</summary>
internal static class HopPeer
{
    public static string HopSocket(string folder) => Path.Combine(folder, "hop.sock");

    public static string Http2Socket(string folder) => Path.Combine(folder, "http2.sock");

    /// <summary>Runs until the input ends.</summary>
    public static async Task RunAsync(string folder)
    {
        await using var listener = HopListener.Listen(HopSocket(folder), new EchoHandler());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
            kestrel.ListenUnixSocket(Http2Socket(folder), static listen => listen.Protocols = HttpProtocols.Http2);
        });
        await using var app = builder.Build();
        app.Run(EchoAsync);
        await app.StartAsync();
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
    }

    private static async Task EchoAsync(HttpContext http)
    {
        var bytes = new byte[(int)http.Request.ContentLength!.Value];
        await http.Request.Body.ReadExactlyAsync(bytes, http.RequestAborted);
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private sealed class EchoHandler : IHopHandler
    {
        public int Load => 0;

        public void OnOpen(HopStream stream) => ThreadPool.UnsafeQueueUserWorkItem(static stream => _ = AnswerAsync(stream), stream, preferLocal: false);

        private static async Task AnswerAsync(HopStream stream)
        {
            await using var ended = stream;
            stream.SendHead(stream.Head.Span, stream.InlineBody.Span, isComplete: true);
        }
    }
}
