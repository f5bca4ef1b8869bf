// What handle calls are compared with: HttpClient over HTTP/2 on a unix socket, between two processes, with the same loop around it.
//   server <socket>          echoes bytes, and records as JSON
//   client <port> <socket>   GET /measure?kind=bytes|record&size=256&callers=32&seconds=3, as the Serve program has it
using System.Net;
using System.Net.Sockets;
using Load;
using Microsoft.AspNetCore.Server.Kestrel.Core;

var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, MessageJson.Default));
builder.WebHost.ConfigureKestrel(kestrel =>
{
    // Room for 64 calls of 64 KB, so that windows don't slow them down; the client grows its own.
    kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
    kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
    if (args[0] == "server")
        kestrel.ListenUnixSocket(args[1], listen => listen.Protocols = HttpProtocols.Http2);
    else
        kestrel.Listen(IPAddress.Loopback, int.Parse(args[1]));
});
var app = builder.Build();
if (args[0] == "server")
{
    app.MapPost("/bytes", EchoBytesAsync);
    app.MapPost("/record", (Message message) => message);
}
else
{
    var client = NewClient(args[2]);
    app.MapGet("/measure", (string kind, int size, int callers, double seconds) => ClosedLoop.RunAsync(callers, TimeSpan.FromSeconds(seconds), CallOf(client, kind, size)));
}

app.Run();

static async Task EchoBytesAsync(HttpContext http)
{
    var bytes = new byte[(int)http.Request.ContentLength!.Value];
    await http.Request.Body.ReadExactlyAsync(bytes, http.RequestAborted);
    http.Response.ContentLength = bytes.Length;
    await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
}

static Func<int, ValueTask<int>> CallOf(HttpClient client, string kind, int size)
{
    var bytes = new byte[kind == "bytes" ? size : 0];
    var message = Message.OfSize(kind == "record" ? size : 0);
    return kind switch
    {
        "bytes" => async _ =>
        {
            using var reply = await client.PostAsync("/bytes", new ByteArrayContent(bytes));
            return (await reply.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()).Length == bytes.Length ? 1 : throw new InvalidDataException("The bytes changed.");
        },
        "record" => async _ =>
        {
            using var reply = await client.PostAsJsonAsync("/record", message, MessageJson.Default.Message);
            var echo = await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(MessageJson.Default.Message);
            return echo!.Id == message.Id ? 1 : throw new InvalidDataException("The record changed.");
        },
        _ => throw new ArgumentException($"kind is '{kind}'; it must be bytes or record.", nameof(kind)),
    };
}

static HttpClient NewClient(string socket) => new(new SocketsHttpHandler
{
    UseProxy = false,
    UseCookies = false,
    AllowAutoRedirect = false,
    EnableMultipleHttp2Connections = true,
    InitialHttp2StreamWindowSize = 1024 * 1024,
    ConnectCallback = async (_, cancellationToken) =>
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
        return new NetworkStream(connection, ownsSocket: true);
    },
})
{
    BaseAddress = new Uri("http://back/"),
    DefaultRequestVersion = HttpVersion.Version20,
    DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
};
