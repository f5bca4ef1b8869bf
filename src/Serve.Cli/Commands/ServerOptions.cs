using System.CommandLine;
using System.Net;
using Serve.Server.Hosting;
using Serve.Specs;
using Serve.Telemetry.Logs;

namespace Serve.Cli.Commands;

/// <summary>The options of the commands that start a server. What is not given comes from the document, or is the default.</summary>
internal sealed class ServerOptions
{
    private const int DefaultAdminPort = 8265;

    private readonly Option<string?> _host = new("--host") { Description = "The IP address that the proxy listens on. Default 127.0.0.1." };
    private readonly Option<int?> _httpPort = Port("--http-port", "The port for HTTP. Default 8000; 0 takes a free one.");
    private readonly Option<int?> _grpcPort = Port("--grpc-port", "The port for gRPC. Default 9000; 0 takes a free one.");
    private readonly Option<int?> _adminPort = Port("--admin-port", $"The port of the admin API, on loopback. Default {DefaultAdminPort}; 0 takes a free one.");
    private readonly Option<string> _metricsHost = new("--metrics-host") { Description = "The IP address of --metrics-port. Default 127.0.0.1.", DefaultValueFactory = static _ => IPAddress.Loopback.ToString() };
    private readonly Option<int?> _metricsPort = Port("--metrics-port", "A port of its own for /metrics, which the admin API has too; 0 takes a free one. A node without an admin API takes one in any case.");
    private readonly Option<string?> _dataFolder = new("--data-dir") { Description = "The folder for what must survive the server: applications, programs, logs." };

    private readonly Option<bool> _json = new("--json") { Description = "When the server is up, print where it listens as one line of JSON." };

    private readonly PlacementOptions _placement = new();

    /// <summary>The data folder of a server that is not told otherwise.</summary>
    public static string DefaultDataFolder { get; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "serve");

    public IEnumerable<Option> All => [_host, _httpPort, _grpcPort, _adminPort, _metricsHost, _metricsPort, _dataFolder, .. _placement.All, _json];

    /// <summary>Whether a program reads our output.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>The data folder that the command line names, or null.</summary>
    public string? DataFolder(ParseResult parsed) => parsed.GetValue(_dataFolder);

    /// <exception cref="CommandException">The host is no address.</exception>
    public ServeServerOptions Build(ParseResult parsed, ServeConfig config, string dataFolder, LogControl log, Action<string, string>? onOutput)
    {
        var host = parsed.GetValue(_host) ?? config.HttpOptions.Host;
        if (host != HttpOptions.Localhost && !IPAddress.TryParse(host, out _))
            throw new CommandException(ExitCode.Usage, $"'{host}' is neither an IP address nor localhost.");
        return new ServeServerOptions
        {
            DataFolder = dataFolder,
            HasProxy = config.ProxyLocation != ProxyLocation.Disabled,
            Http = config.HttpOptions with { Host = host, Port = parsed.GetValue(_httpPort) ?? config.HttpOptions.Port },
            Grpc = config.GrpcOptions with { Port = parsed.GetValue(_grpcPort) ?? config.GrpcOptions.Port },
            AdminHost = IPAddress.Loopback.ToString(),
            AdminPort = parsed.GetValue(_adminPort) ?? DefaultAdminPort,
            Node = _placement.Node(parsed),
            Cgroup = _placement.Cgroup(parsed),
            Scheduling = _placement.Scheduling(parsed),
            MetricsAddress = MetricsAddress(parsed),
            Log = log,
            OnOutput = onOutput,
        };
    }

    private IPEndPoint? MetricsAddress(ParseResult parsed)
    {
        var host = parsed.GetValue(_metricsHost)!;
        if (!IPAddress.TryParse(host, out var address))
            throw new CommandException(ExitCode.Usage, $"--metrics-host: '{host}' is no IP address.");
        return parsed.GetValue(_metricsPort) is { } port ? new IPEndPoint(address, port) : null;
    }

    private static Option<int?> Port(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > 65535)
                result.AddError($"{name} must be between 0 and 65535.");
        });
        return option;
    }
}
