using System.Diagnostics;
using Serve.Admin;
using Serve.Status;

namespace Serve.Testing;

/// <summary>A real server in one process or in several, on free ports, with its data in a folder of the test: what tests ask of either kind.</summary>
internal abstract class TestServer(string dataFolder) : IAsyncDisposable
{
    private readonly List<IDisposable> _clients = [];

    public string DataFolder { get; } = dataFolder;

    /// <summary>A client of the proxy.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>A client of the controller that started last.</summary>
    public AdminClient Admin { get; private set; } = null!;

    /// <summary>Where that controller listens.</summary>
    public Uri AdminAddress { get; private set; } = null!;

    /// <summary>What its processes have written so far.</summary>
    public abstract string Output { get; }

    /// <summary>Runs a command of the CLI against this server.</summary>
    public Task<CommandResult> CliAsync(params ReadOnlySpan<string> arguments) => CommandProcess.RunAsync([.. arguments, "--address", AdminAddress.ToString()]);

    /// <summary>Writes a document into the data folder, deploys it and waits until its applications run.</summary>
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

    public async Task<ApplicationDetails?> ApplicationAsync(string name = "default") => (await Admin.GetAsync(CancellationToken.None)).Applications.GetValueOrDefault(name);

    public Task<ApplicationDetails> WaitForAsync(ApplicationStatus status, string name = "default") => Eventually.GetAsync(async () =>
        await ApplicationAsync(name) is { } application && application.Status == status ? application : null);

    /// <summary>The processes of a deployment's replicas that are ready.</summary>
    public async Task<IReadOnlyList<int>> ProcessesOfAsync(string deployment, string application = "default") =>
        [.. ((await ApplicationAsync(application))?.Deployments[deployment].Replicas ?? []).Where(replica => replica.State == ReplicaState.RUNNING).Select(replica => replica.Pid!.Value).Order()];

    public virtual ValueTask DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a process is there and is no zombie.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited && !(OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            return false;
        }
    }

    /// <summary>Waits until a process has written its addresses.</summary>
    protected static Task<ServerAddresses> AddressesAsync(CommandProcess process, string dataFolder, string file) => Eventually.GetAsync(() => Task.FromResult(
        process.HasExited
            ? throw new InvalidOperationException($"The process ended:\n{process.Output}")
            : ServerAddresses.Read(dataFolder, file) is { } read && read.Pid == process.Id ? read : null));

    /// <summary>Makes clients for what a process that has just started listens on. Those of a process before it may still be in use.</summary>
    protected void Meet(ServerAddresses addresses)
    {
        if (addresses.Http is { } http)
            _clients.Add(Http = new HttpClient { BaseAddress = http, Timeout = Eventually.Patience });
        if (addresses.Admin is { } admin)
            _clients.Add(Admin = new AdminClient(AdminAddress = admin));
    }
}
