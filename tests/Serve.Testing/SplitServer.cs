using Serve.Admin;

namespace Serve.Testing;

/// <summary>A real server in two processes on one data folder: a controller, and a node with the workers and the proxy. Either can be killed and started again.</summary>
internal sealed class SplitServer : TestServer
{
    private CommandProcess _controller;
    private CommandProcess _node;

    private SplitServer(string dataFolder, CommandProcess controller, CommandProcess node)
        : base(dataFolder)
    {
        _controller = controller;
        _node = node;
    }

    public ServerAddresses NodeAddresses { get; private set; } = null!;

    public int NodeProcess => _node.Id;

    public override string Output => $"{_controller.Output}\n--- node\n{_node.Output}";

    public static async Task<SplitServer> StartAsync(string dataFolder)
    {
        // Both at once: a node that is there first waits for its controller.
        var node = StartNode(dataFolder);
        var server = new SplitServer(dataFolder, StartController(dataFolder), node);
        await server.MeetControllerAsync();
        await server.MeetNodeAsync();
        return server;
    }

    /// <summary>SIGKILL.</summary>
    public Task KillControllerAsync() => _controller.KillAsync();

    /// <summary>SIGKILL.</summary>
    public Task KillNodeAsync() => _node.KillAsync();

    public async Task StartControllerAgainAsync()
    {
        await _controller.DisposeAsync();
        _controller = StartController(DataFolder);
        await MeetControllerAsync();
    }

    public async Task StartNodeAgainAsync()
    {
        await _node.DisposeAsync();
        _node = StartNode(DataFolder);
        await MeetNodeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _node.DisposeAsync();
        await _controller.DisposeAsync();
    }

    private static CommandProcess StartController(string dataFolder) => CommandProcess.Start("start", "--role", "controller", "--data-dir", dataFolder, "--admin-port", "0");

    private static CommandProcess StartNode(string dataFolder) => CommandProcess.Start("start", "--role", "node", "--data-dir", dataFolder, "--http-port", "0", "--grpc-port", "0");

    private async Task MeetControllerAsync() => Meet(await AddressesAsync(_controller, DataFolder, ServerAddresses.ServerFile));

    private async Task MeetNodeAsync() => Meet(NodeAddresses = await AddressesAsync(_node, DataFolder, ServerAddresses.NodeFile));
}
