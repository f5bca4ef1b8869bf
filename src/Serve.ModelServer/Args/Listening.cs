using Serve.Wire.Control;

namespace Serve.ModelServer.Args;

/// <summary>
/// Where the program listens when it serves by itself and nothing says so (<c>--urls</c>, <c>Kestrel:Endpoints</c>): HTTP on port 8000 and gRPC on port 9000 of this machine, as a server does.
/// Without TLS one port can't tell the two apart. <c>--host</c>, <c>--http-port</c> and <c>--grpc-port</c> change that.
/// </summary>
internal static class Listening
{
    private const string Host = "host";
    private const string HttpPort = "http-port";
    private const string GrpcPort = "grpc-port";

    /// <summary>Its options.</summary>
    public static IReadOnlyList<string> Names { get; } = [Host, HttpPort, GrpcPort];

    public static void Add(ConfigurationManager configuration, string[] args)
    {
        var options = new ConfigurationBuilder().AddCommandLine(args).Build();
        if (Environment.GetEnvironmentVariable(ProgramContract.ModeVariable) is { Length: > 0 } || configuration["urls"] is not null || configuration.GetSection("Kestrel:Endpoints").Exists())
            return;
        var host = options[Host] ?? "127.0.0.1";
        configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Kestrel:Endpoints:Http:Url"] = $"http://{host}:{options[HttpPort] ?? "8000"}",
            ["Kestrel:Endpoints:Grpc:Url"] = $"http://{host}:{options[GrpcPort] ?? "9000"}",
            ["Kestrel:Endpoints:Grpc:Protocols"] = "Http2",
        });
    }
}
