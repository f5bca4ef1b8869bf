using Serve.Admin;

namespace Serve.Testing;

/// <summary>A real server in two processes on one data folder: a controller, and a node with the workers and the proxy. Either can be killed and started again.</summary>
internal sealed class SplitServer : IAsyncDisposable
{
    private CommandProcess _controller;
    private CommandProcess _node;

    private SplitServer(string dataFolder, CommandProcess controller, CommandProcess node, ServerAddresses nodeAddresses)
    {
        DataFolder = dataFolder;
        _controller = controller;
        _node = node;
        NodeAddresses = nodeAddresses;
        Http = new HttpClient { BaseAddress = nodeAddresses.Http, Timeout = Eventually.Patience };
    }

    public string DataFolder { get; }

    public ServerAddresses NodeAddresses { get; private set; }

    /// <summary>A client of the proxy.</summary>
    public HttpClient Http { get; private set; }

    public int NodeProcess => _node.Id;

    public static async Task<SplitServer> StartAsync(string dataFolder)
    {
        // Both at once: a node that is there first waits for its controller.
        var node = StartNode(dataFolder);
        var controller = StartController(dataFolder);
        await AddressesAsync(controller, dataFolder, ServerAddresses.ServerFile);
        return new SplitServer(dataFolder, controller, node, await AddressesAsync(node, dataFolder, ServerAddresses.NodeFile));
    }

    /// <summary>A client of the controller that runs now.</summary>
    public AdminClient Admin() => new(ServerAddresses.Read(DataFolder)!.Admin!);

    public Task<CommandResult> CliAsync(params ReadOnlySpan<string> arguments) =>
        CommandProcess.RunAsync([.. arguments, "--address", ServerAddresses.Read(DataFolder)!.Admin!.ToString()]);

    public async Task DeployAsync(string yaml)
    {
        var result = await CliAsync("deploy", WriteDocument(yaml), "--wait");
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"The deploy failed:\n{result}\nThe server wrote:\n{Output}");
    }

    public string WriteDocument(string yaml)
    {
        var path = Path.Combine(DataFolder, "deploy.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }

    /// <summary>What both processes have written.</summary>
    public string Output => $"{_controller.Output}\n--- node\n{_node.Output}";

    public async Task<ApplicationDetails?> ApplicationAsync(string name = "default")
    {
        using var admin = Admin();
        return (await admin.GetAsync(CancellationToken.None)).Applications.GetValueOrDefault(name);
    }

    /// <summary>The processes of a deployment's replicas that are ready.</summary>
    public async Task<IReadOnlyList<int>> ProcessesOfAsync(string deployment) =>
        [.. ((await ApplicationAsync())?.Deployments[deployment].Replicas ?? []).Where(replica => replica.State == ReplicaState.RUNNING).Select(replica => replica.Pid!.Value).Order()];

    /// <summary>SIGKILL.</summary>
    public Task KillControllerAsync() => _controller.KillAsync();

    /// <summary>SIGKILL.</summary>
    public Task KillNodeAsync() => _node.KillAsync();

    public async Task StartControllerAgainAsync()
    {
        await _controller.DisposeAsync();
        _controller = StartController(DataFolder);
        await AddressesAsync(_controller, DataFolder, ServerAddresses.ServerFile);
    }

    public async Task StartNodeAgainAsync()
    {
        await _node.DisposeAsync();
        _node = StartNode(DataFolder);
        NodeAddresses = await AddressesAsync(_node, DataFolder, ServerAddresses.NodeFile);
        Http.Dispose();
        Http = new HttpClient { BaseAddress = NodeAddresses.Http, Timeout = Eventually.Patience };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _node.DisposeAsync();
        await _controller.DisposeAsync();
    }

    private static CommandProcess StartController(string dataFolder) => CommandProcess.Start("start", "--role", "controller", "--data-dir", dataFolder, "--admin-port", "0");

    private static CommandProcess StartNode(string dataFolder) => CommandProcess.Start("start", "--role", "node", "--data-dir", dataFolder, "--http-port", "0", "--grpc-port", "0");

    private static Task<ServerAddresses> AddressesAsync(CommandProcess process, string dataFolder, string file) => Eventually.GetAsync(() => Task.FromResult(
        process.HasExited
            ? throw new InvalidOperationException($"The process ended:\n{process.Output}")
            : ServerAddresses.Read(dataFolder, file) is { } read && read.Pid == process.Id ? read : null));
}
