using Serve.Admin;

namespace Serve.Testing;

/// <summary>A real server in one process: <c>serve start</c>, or <c>serve run</c>.</summary>
internal sealed class ServeProcess : TestServer
{
    private readonly CommandProcess _process;

    private ServeProcess(CommandProcess process, string dataFolder, ServerAddresses addresses)
        : base(dataFolder)
    {
        _process = process;
        Addresses = addresses;
        Meet(addresses);
    }

    public ServerAddresses Addresses { get; }

    public override string Output => _process.Output;

    /// <param name="dataFolder">The folder for its data.</param>
    /// <param name="options">More options of <c>serve start</c>.</param>
    public static async Task<ServeProcess> StartAsync(string dataFolder, params string[] options)
    {
        var process = CommandProcess.Start(["start", "--data-dir", dataFolder, "--http-port", "0", "--grpc-port", "0", "--admin-port", "0", .. options]);
        return new ServeProcess(process, dataFolder, await AddressesAsync(process, dataFolder, ServerAddresses.ServerFile));
    }

    /// <summary><c>serve run</c> of a document: the server and its applications are there.</summary>
    public static async Task<ServeProcess> RunAsync(string dataFolder, string yaml)
    {
        var document = Path.Combine(dataFolder, "run.yaml");
        await File.WriteAllTextAsync(document, yaml);
        var process = CommandProcess.Start("run", document, "--quiet", "--data-dir", dataFolder, "--http-port", "0", "--grpc-port", "0", "--admin-port", "0");
        await Eventually.TrueAsync(() => process.HasExited || process.Output.Contains("Ctrl-C stops everything", StringComparison.Ordinal));
        return new ServeProcess(process, dataFolder, await AddressesAsync(process, dataFolder, ServerAddresses.ServerFile));
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _process.DisposeAsync();
    }
}
