using Serve.Identity;
using Serve.Routing;
using Serve.Server.Node.Resources;
using Serve.Server.Store.Records;
using Serve.Specs.Observability;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>What the replicas of a node need from it.</summary>
internal sealed class ReplicaEnvironment(
    NodeOptions options, IProcessLauncher launcher, WorkerRegistry registry, LogFolder logs, Func<string, ApplicationRoutes?> routes, Action<ReplicaReport> report, NodeMeter meter, TimeProvider timeProvider)
{
    private const string AgentSocketName = "agent.sock";

    public TimeProvider TimeProvider { get; } = timeProvider;

    public WorkerRegistry Registry { get; } = registry;

    public string AgentSocket { get; } = Path.Combine(options.RunFolder, AgentSocketName);

    public Action<ReplicaReport> Report { get; } = report;

    public NodeMeter Meter { get; } = meter;

    /// <summary>Where replicas push metrics and traces, or null where the environment says.</summary>
    public TelemetrySpec? Telemetry { get; set; }

    /// <summary>Short, because the path of a unix socket has at most 107 bytes.</summary>
    public string SocketOf(ReplicaId replica) => Path.Combine(options.RunFolder, $"{replica.Suffix}.sock");

    public WorkerLog OpenLog(ReplicaId replica) => new(logs.Of(replica), $"{replica.Deployment.Name}{DeploymentId.Separator}{replica.Suffix}", options.OnOutput);

    /// <param name="application">The application.</param>
    /// <param name="isExpected">Whether it is there, though perhaps not known yet.</param>
    public ApplicationRoutes RoutesOf(string application, bool isExpected = true) => routes(application)
        ?? new ApplicationRoutes(application, RoutePrefix: null, Ingress: null, [], isExpected ? null : "it is not deployed.");

    public ReplicaAssignment Assignment(DesiredReplica desired) => new()
    {
        Replica = desired.Replica,
        Socket = SocketOf(desired.Replica),
        Args = desired.Args,
        Settings = desired.Settings,
        Location = options.Location,
        Telemetry = Telemetry,
        Routes = RoutesOf(desired.Replica.Deployment.Application),
    };

    /// <summary>Has a worker take changed settings up.</summary>
    /// <returns>What failed, or null.</returns>
    public async Task<string?> ReconfigureAsync(WorkerLink link, DesiredReplica desired)
    {
        var begin = TimeProvider.GetTimestamp();
        var failure = await link.AskAsync(id => new Reconfigure(id, desired.Settings), CancellationToken.None);
        Meter.OnReconfigured(desired.Replica.Deployment, TimeProvider.GetElapsedTime(begin));
        return failure;
    }

    /// <exception cref="InvalidOperationException">The process can't be started.</exception>
    public ILaunchedProcess Launch(DesiredReplica desired)
    {
        Meter.OnStart(desired.Replica.Deployment);
        File.Delete(SocketOf(desired.Replica));
        var environment = desired.EnvVars.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal);
        environment[ProgramContract.ModeVariable] = ProgramContract.ReplicaMode;
        environment[ProgramContract.AgentVariable] = AgentSocket;
        environment[ProgramContract.ReplicaVariable] = desired.Replica.ToString();
        foreach (var (name, value) in WorkerShares.Environment(desired, options.Name, options.Resources.GpuDevices, Environment.ProcessorCount))
            environment[name] = value;
        var spec = new LaunchSpec(desired.Program.File, desired.Program.Arguments, desired.Program.WorkingDirectory, environment);
        return options.Cgroups is { } cgroups
            ? cgroups.Launch(launcher, spec, desired.Replica.Suffix, desired.AllReserved(options.Name).Where(bundle => bundle.Node == options.Name))
            : launcher.Launch(spec);
    }
}
