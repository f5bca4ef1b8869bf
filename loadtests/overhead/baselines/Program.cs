// The contestants to compare with, one for each first argument:
//   kestrel <port>              bare Kestrel with the endpoints
//   backend <socket>            the same over HTTP/2 on a unix socket, for the forwarder
//   forwarder <port> <socket>   YARP's forwarder and nothing else
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Overhead;
using Yarp.ReverseProxy.Forwarder;

var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddHttpForwarder();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, MessageJson.Default));
builder.WebHost.ConfigureKestrel(kestrel =>
{
    if (args[0] == "backend")
        kestrel.ListenUnixSocket(args[1], listen => listen.Protocols = HttpProtocols.Http2);
    else
        kestrel.Listen(IPAddress.Loopback, int.Parse(args[1]));
});
var app = builder.Build();
if (args[0] == "forwarder")
    Forward(app, args[2]);
else
    Endpoints.Map(app);
app.Run();

static void Forward(WebApplication app, string socket)
{
    var client = new HttpMessageInvoker(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        EnableMultipleHttp2Connections = true,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
            return new NetworkStream(connection, ownsSocket: true);
        },
    });
    var config = new ForwarderRequestConfig { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
    app.Run(async context => await forwarder.SendAsync(context, "http://backend/", client, config, HttpTransformer.Default));
}
