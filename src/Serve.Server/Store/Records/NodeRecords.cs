using System.Collections.Frozen;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serve.Identity;
using Serve.Wire.Control;

namespace Serve.Server.Store.Records;

/// <summary>What a node tells of itself. It lives by the node's lease: gone is down.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Incarnation">Differs each time that the node agent starts: whatever ran before is gone.</param>
/// <param name="Address">The address that other machines reach it under.</param>
/// <param name="Cpus">CPU cores.</param>
/// <param name="Gpus">GPUs.</param>
internal sealed record NodeInfo(string Node, string Incarnation, string Address, double Cpus, int Gpus)
{
    /// <summary>The memory that replicas may reserve.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Amounts of other resources, by name.</summary>
    public IReadOnlyDictionary<string, double> Resources { get; init; } = FrozenDictionary<string, double>.Empty;

    /// <summary>What selectors may ask for.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The node's folder on its disk: two nodes that say they are the same have different ones, and a node's logs lie there.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary>The node's proxy, or null where it has none.</summary>
    public ProxyInfo? Proxy { get; init; }
}

/// <param name="Http">Where it listens for HTTP.</param>
/// <param name="Grpc">Where it listens for gRPC.</param>
/// <param name="HttpOptions">Its options, under the keys of the YAML.</param>
/// <param name="GrpcOptions">Its options for gRPC, under the keys of the YAML.</param>
internal sealed record ProxyInfo(Uri Http, Uri Grpc, JsonObject HttpOptions, JsonObject GrpcOptions);

/// <summary>How to start a program.</summary>
/// <param name="File">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="WorkingDirectory">The folder to start it in.</param>
/// <param name="Version">Changes when the program's files change.</param>
/// <param name="IsKept">Whether the node keeps these very files, so that the command starts the same program later too.</param>
/// <param name="WorkingVersion">Changes when the files of the application's working_dir change; null where it has none.</param>
internal sealed record ProgramCommand(string File, IReadOnlyList<string> Arguments, string WorkingDirectory, string Version, bool IsKept = false, string? WorkingVersion = null);

/// <summary>An order to a node: find out what a program has.</summary>
/// <param name="Application">The application.</param>
/// <param name="Job">Tells this order from earlier ones for the application.</param>
/// <param name="ImportPath">The path of the project, its folder, the .dll or the executable: absolute, or below the working_dir.</param>
/// <param name="EnvVars">The environment to run it in.</param>
/// <param name="WorkingDir">The folder or .zip that it runs in, or null for the folder that it lies in.</param>
/// <param name="Args">The application's arguments to check, or null where they are not known.</param>
internal sealed record DesiredProgram(
    string Application, string Job, string ImportPath, IReadOnlyDictionary<string, string> EnvVars, string? WorkingDir = null, JsonObject? Args = null);

/// <summary>A node's answer to a <see cref="DesiredProgram"/>.</summary>
internal sealed record ProgramReport
{
    public required string Application { get; init; }

    public required string Job { get; init; }

    public required ProgramPhase Phase { get; init; }

    /// <summary>How to start it, where that is known.</summary>
    public ProgramCommand? Command { get; init; }

    public ProgramDescription? Description { get; init; }

    /// <summary>What went wrong, with the last lines of output.</summary>
    public string? Failure { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<ProgramPhase>))]
internal enum ProgramPhase
{
    /// <summary>The project is being built.</summary>
    Building,

    /// <summary>The program is asked what it has.</summary>
    Describing,

    Done,

    Failed,
}

[JsonConverter(typeof(JsonStringEnumConverter<ReplicaGoal>))]
internal enum ReplicaGoal
{
    /// <summary>Run once; report when it ends.</summary>
    Run,

    /// <summary>Finish running requests, then end.</summary>
    Stop,
}

/// <summary>An order to a node: this replica shall run, or end.</summary>
internal sealed record DesiredReplica
{
    public required ReplicaId Replica { get; init; }

    public required ReplicaGoal Goal { get; init; }

    /// <summary>What the replica is made from: program, environment, arguments, resources. Replicas of another version are replaced.</summary>
    public required string Version { get; init; }

    /// <summary>The incarnation of the node that the replica was placed on. A later one finds that the replica is gone.</summary>
    public required string Incarnation { get; init; }

    public required ProgramCommand Program { get; init; }

    public required IReadOnlyDictionary<string, string> EnvVars { get; init; }

    public required JsonObject Args { get; init; }

    public required ReplicaSettings Settings { get; init; }

    /// <summary>Changes when <see cref="Settings"/> change.</summary>
    public required string SettingsHash { get; init; }

    public required TimeSpan StartupTimeout { get; init; }

    public required TimeSpan HealthCheckPeriod { get; init; }

    public required TimeSpan HealthCheckTimeout { get; init; }

    public required int HealthCheckFailureThreshold { get; init; }

    public required TimeSpan GracefulShutdownWaitLoop { get; init; }

    public required TimeSpan GracefulShutdownTimeout { get; init; }

    /// <summary>The CPU cores that it reserves, in steps of 1/10000.</summary>
    public required long CpuUnits { get; init; }

    /// <summary>The share of each of <see cref="Gpus"/> that it reserves, in steps of 1/10000.</summary>
    public required long GpuUnits { get; init; }

    /// <summary>The indexes of the GPUs that it may use.</summary>
    public required IReadOnlyList<int> Gpus { get; init; }

    /// <summary>The memory that it reserves, in 1/10000 of a byte.</summary>
    public long MemoryUnits { get; init; }

    /// <summary>What it reserves of other resources, in steps of 1/10000.</summary>
    public IReadOnlyDictionary<string, long> CustomUnits { get; init; } = FrozenDictionary<string, long>.Empty;

    /// <summary>What it reserves beside the above: the other bundles of its placement group, on its own node and on others.</summary>
    public IReadOnlyList<ReservedBundle> Reserves { get; init; } = [];

    /// <summary>All that it reserves, its own part first.</summary>
    public IEnumerable<ReservedBundle> AllReserved(string node) =>
        Reserves.Prepend(new ReservedBundle { Node = node, CpuUnits = CpuUnits, MemoryUnits = MemoryUnits, GpuUnits = GpuUnits, Gpus = Gpus, CustomUnits = CustomUnits });
}

/// <summary>A part of a node that is kept for a replica. Amounts are in steps of 1/10000.</summary>
internal sealed record ReservedBundle
{
    public required string Node { get; init; }

    public long CpuUnits { get; init; }

    public long MemoryUnits { get; init; }

    /// <summary>The share of each of <see cref="Gpus"/>.</summary>
    public long GpuUnits { get; init; }

    /// <summary>The indexes of the GPUs.</summary>
    public IReadOnlyList<int> Gpus { get; init; } = [];

    public IReadOnlyDictionary<string, long> CustomUnits { get; init; } = FrozenDictionary<string, long>.Empty;
}

[JsonConverter(typeof(JsonStringEnumConverter<ReplicaReportPhase>))]
internal enum ReplicaReportPhase
{
    Starting,

    Running,

    Draining,

    /// <summary>The process is gone.</summary>
    Stopped,
}

/// <summary>What a node reports of a replica.</summary>
internal sealed record ReplicaReport
{
    public required ReplicaId Replica { get; init; }

    public required ReplicaReportPhase Phase { get; init; }

    /// <summary>Grows with each report of the replica: an earlier one that comes late is known by it.</summary>
    public long Number { get; init; }

    /// <summary>How far a start has come.</summary>
    public StartPhase StartPhase { get; init; }

    /// <summary>How long the phases of its start took that are over, in order.</summary>
    public IReadOnlyList<PhaseTime> StartTimes { get; init; } = [];

    public int? ProcessId { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Where it takes requests.</summary>
    public string? Address { get; init; }

    /// <summary>The settings that it has taken up.</summary>
    public string? SettingsHash { get; init; }

    /// <summary>Why it ended, or why it could not take up its settings, with the last lines of its log; null where all is well.</summary>
    public string? Failure { get; init; }

    public ReplicaEnd End { get; init; }
}

/// <param name="Phase">A phase of a replica's start.</param>
/// <param name="Seconds">How long it took; of <see cref="StartPhase.FirstRequest"/> how long the replica worked on that request.</param>
internal sealed record PhaseTime(StartPhase Phase, double Seconds);

/// <summary>How a replica ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplicaEnd>))]
internal enum ReplicaEnd
{
    /// <summary>It has not ended, or it was asked to.</summary>
    None,

    /// <summary>It never became ready.</summary>
    StartFailed,

    /// <summary>Its process ended by itself.</summary>
    Crashed,

    /// <summary>It failed its health checks.</summary>
    Unhealthy,

    /// <summary>Its node agent was started anew.</summary>
    Lost,
}
