using System.Diagnostics;
using Serve.Admin;
using Serve.Status;

namespace Serve.Testing;

/// <summary>A real server: <c>serve start</c> in a process of its own, on free ports, with its data in a folder of the test.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private readonly CommandProcess _process;

    private ServeProcess(CommandProcess process, string dataFolder, ServerAddresses addresses)
    {
        _process = process;
        DataFolder = dataFolder;
        Addresses = addresses;
        Http = new HttpClient { BaseAddress = addresses.Http, Timeout = Eventually.Patience };
        Admin = new AdminClient(addresses.Admin!);
    }

    public string DataFolder { get; }

    public ServerAddresses Addresses { get; }

    /// <summary>A client of the proxy.</summary>
    public HttpClient Http { get; }

    public AdminClient Admin { get; }

    /// <summary>What the server has written so far.</summary>
    public string Output => _process.Output;

    /// <param name="dataFolder">The folder for its data.</param>
    /// <param name="options">More options of <c>serve start</c>.</param>
    public static async Task<ServeProcess> StartAsync(string dataFolder, params string[] options)
    {
        var process = CommandProcess.Start(["start", "--data-dir", dataFolder, "--http-port", "0", "--grpc-port", "0", "--admin-port", "0", .. options]);
        var addresses = await Eventually.GetAsync(() => Task.FromResult(
            process.HasExited
                ? throw new InvalidOperationException($"The server ended:\n{process.Output}")
                : ServerAddresses.Read(dataFolder) is { } read && read.Pid == process.Id ? read : null));
        return new ServeProcess(process, dataFolder, addresses);
    }

    /// <summary>Runs a command of the CLI against this server.</summary>
    public Task<CommandResult> CliAsync(params ReadOnlySpan<string> arguments) => CommandProcess.RunAsync([.. arguments, "--address", Addresses.Admin!.ToString()]);

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
        [.. (await ApplicationAsync(application))!.Deployments[deployment].Replicas.Where(replica => replica.State == ReplicaState.RUNNING).Select(replica => replica.Pid!.Value)];

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Admin.Dispose();
        await _process.DisposeAsync();
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
}
