using System.Collections.Immutable;
using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Wire.Control;

namespace Serve.Server.Controller;

/// <summary>Everything that the controller knows. Immutable: each step makes the next one, and anyone may read any of them.</summary>
internal sealed record ControllerState
{
    /// <summary>Grows with each leader; makes ids unique.</summary>
    public required long Epoch { get; init; }

    /// <summary>The number that the next replica or job of this epoch gets.</summary>
    public long NextNumber { get; init; } = 1;

    /// <summary>What the proxies accept, told to each worker.</summary>
    public required long MaxRequestBodyBytes { get; init; }

    /// <summary>What holds for all applications.</summary>
    public ClusterSettings Settings { get; init; } = new();

    public ImmutableSortedDictionary<string, ApplicationState> Applications { get; init; } =
        ImmutableSortedDictionary.Create<string, ApplicationState>(StringComparer.Ordinal);

    public NodeTable Nodes { get; init; } = NodeTable.Empty;

    public SchedulingOptions Scheduling { get; init; } = new();

    /// <summary>Nodes that are gone from sight with replicas: they may still run there, and come back with their node.</summary>
    public ImmutableSortedDictionary<string, AbsentNode> Absent { get; init; } =
        ImmutableSortedDictionary.Create<string, AbsentNode>(StringComparer.Ordinal);

    /// <summary>Deployments to look at again at a time of their own.</summary>
    public ImmutableSortedSet<Wakeup> Wakeups { get; init; } = [];

    /// <summary>The node whose replicas move away, or null.</summary>
    public string? Emptying { get; init; }

    /// <summary>No node is emptied before this time.</summary>
    public DateTimeOffset? NextCompactionAt { get; init; }

    /// <summary>Deployments with replicas for which no node has room.</summary>
    public ImmutableSortedSet<DeploymentId> Unplaced { get; init; } = [];

    public DeploymentState? Find(DeploymentId id) => Applications.GetValueOrDefault(id.Application)?.Deployments.GetValueOrDefault(id.Name);
}

internal readonly record struct Wakeup(DateTimeOffset At, DeploymentId Deployment) : IComparable<Wakeup>
{
    public int CompareTo(Wakeup other)
    {
        var byTime = At.CompareTo(other.At);
        return byTime != 0 ? byTime : Deployment.CompareTo(other.Deployment);
    }
}

internal sealed record ApplicationState
{
    public required string Name { get; init; }

    /// <summary>What was submitted last.</summary>
    public required ApplicationSpec Spec { get; init; }

    public required long Revision { get; init; }

    public required DateTimeOffset DeployedAt { get; init; }

    public bool IsDeleting { get; init; }

    /// <summary>What the replicas run or shall run: the last submission whose program could be described.</summary>
    public ActiveApplication? Active { get; init; }

    /// <summary>What they ran before, and keep running until <see cref="Active"/> is there as a whole.</summary>
    public ActiveApplication? Previous { get; init; }

    /// <summary>The last changes of what was declared, by number.</summary>
    public ImmutableSortedDictionary<long, Revision> History { get; init; } = ImmutableSortedDictionary<long, Revision>.Empty;

    /// <summary>The order to describe the submitted program, while it is under way.</summary>
    public ProgramJob? Job { get; init; }

    /// <summary>Why the submitted program can't be used, or null.</summary>
    public string? Failure { get; init; }

    public ImmutableSortedDictionary<string, DeploymentState> Deployments { get; init; } =
        ImmutableSortedDictionary.Create<string, DeploymentState>(StringComparer.Ordinal);

    /// <summary>Those of its deployments that are to go, to look after them without looking at all.</summary>
    public ImmutableSortedSet<string> Leaving { get; init; } = [];

    /// <summary>One of its deployments that was not there yet when somebody looked: while it is not, the others need no look.</summary>
    public string? Awaited { get; init; }

    /// <summary>What was published last of its routes beside those of its deployments, as written to the store.</summary>
    public byte[]? PublishedRoutes { get; init; }

    /// <summary>The routes of its deployments that were published last.</summary>
    public ImmutableSortedDictionary<string, byte[]> PublishedDeployments { get; init; } = ImmutableSortedDictionary.Create<string, byte[]>(StringComparer.Ordinal);

    /// <summary>An application that is gone, with replicas that are not gone yet.</summary>
    public static ApplicationState RemainsOf(string name, DateTimeOffset now) => new()
    {
        Name = name,
        Spec = new ApplicationSpec { Name = name, RoutePrefix = null },
        Revision = 0,
        DeployedAt = now,
        IsDeleting = true,
    };
}

/// <param name="Id">Tells it from earlier orders.</param>
/// <param name="Node">Who does it, or null while no node is there.</param>
/// <param name="Phase">How far it is.</param>
internal sealed record ProgramJob(string Id, string? Node, ProgramPhase Phase);

internal sealed record ActiveApplication(long Revision, ApplicationSpec Spec, ProgramCommand Command, ProgramDescription Description);

/// <param name="Number">Its number; numbers grow and are not used again.</param>
/// <param name="Spec">What was declared.</param>
/// <param name="At">When.</param>
/// <param name="By">Who did it, where the client said so.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Change">The same for people.</param>
/// <param name="Program">Its program, once that could be described.</param>
/// <param name="WasRunning">Whether all its replicas were ready once.</param>
internal sealed record Revision(long Number, ApplicationSpec Spec, DateTimeOffset At, string? By, ChangeKind Kind, string Change, ActiveApplication? Program = null, bool WasRunning = false);

internal sealed record DeploymentState
{
    public required DeploymentId Id { get; init; }

    /// <summary>What its replicas shall be.</summary>
    public required DeploymentTarget Target { get; init; }

    public required DeploymentCondition Condition { get; init; }

    /// <summary>What its replicas were before, until one of <see cref="Target"/> has become ready: until then, what is lost comes back as it was.</summary>
    public Fallback? Fallback { get; init; }

    /// <summary>Whether it shall be gone: its application is deleted, or its program no longer has it.</summary>
    public bool IsDeleting { get; init; }

    public ImmutableSortedDictionary<ReplicaId, ReplicaState> Replicas { get; init; } = ImmutableSortedDictionary<ReplicaId, ReplicaState>.Empty;

    /// <summary>Failed starts and early crashes in a row.</summary>
    public int Failures { get; init; }

    /// <summary>What the last of them said.</summary>
    public string? LastFailure { get; init; }

    /// <summary>The last start, where it failed, or null: what requests are told that find no replica before the next one.</summary>
    public FailedStart? FailedStart { get; init; }

    /// <summary>No replica is started before this time.</summary>
    public DateTimeOffset? NextStartAt { get; init; }

    /// <summary>When its bounds change that depend on the hour, where standbys are to fit between them; null where that was not looked up yet.</summary>
    public DateTimeOffset? BoundsUntil { get; init; }

    /// <summary>Whether a replica of the target's version has ever become ready.</summary>
    public bool HasRun { get; init; }

    /// <summary>Why a replica has no node, or null.</summary>
    public PlacementRefusal? PlacementProblem { get; init; }

    /// <summary>A deployment that its application no longer has, with a replica that is on its way out.</summary>
    public static DeploymentState RemainsOf(DeploymentId id, DesiredReplica desired, DateTimeOffset now) => new()
    {
        Id = id,
        Condition = DeploymentCondition.Begin(now).After(DeploymentEvent.Deleted, now),
        IsDeleting = true,
        Target = new DeploymentTarget(
            new DeploymentSpec { Name = id.Name, MaxOngoingRequests = desired.Settings.MaxOngoingRequests },
            IsIngress: false,
            desired.Version,
            desired.Settings,
            desired.SettingsHash,
            desired.Program,
            desired.EnvVars,
            desired.Args),
    };
}

/// <param name="At">When it failed.</param>
/// <param name="Cause">Why, in one line.</param>
internal sealed record FailedStart(DateTimeOffset At, string Cause)
{
    private const int MaxLength = 500;

    /// <summary>The lines of a log that stand below the reason of a failure are the operator's, not for those who send requests.</summary>
    public static FailedStart Of(ReplicaReport report, DateTimeOffset now)
    {
        var reason = (report.Failure ?? "it ended.").AsSpan();
        var line = reason[..(reason.IndexOf('\n') is >= 0 and var end ? end : reason.Length)].TrimEnd();
        return new FailedStart(now, line.Length <= MaxLength ? line.ToString() : $"{line[..MaxLength]}…");
    }
}

/// <param name="Target">What the replicas are.</param>
/// <param name="Failures">Failed starts and early crashes in a row.</param>
/// <param name="NextStartAt">None is started before this time.</param>
internal sealed record Fallback(DeploymentTarget Target, int Failures = 0, DateTimeOffset? NextStartAt = null);

/// <param name="Spec">The options of the deployment.</param>
/// <param name="IsIngress">Whether it takes requests from outside.</param>
/// <param name="Version">Changes when its replicas must be replaced.</param>
/// <param name="Settings">What its replicas take up in place.</param>
/// <param name="SettingsHash">Changes when the settings change.</param>
/// <param name="Command">How to start a replica.</param>
/// <param name="EnvVars">The environment of a replica.</param>
/// <param name="Args">The application's arguments.</param>
internal sealed record DeploymentTarget(
    DeploymentSpec Spec,
    bool IsIngress,
    string Version,
    ReplicaSettings Settings,
    string SettingsHash,
    ProgramCommand Command,
    IReadOnlyDictionary<string, string> EnvVars,
    System.Text.Json.Nodes.JsonObject Args);

internal enum ReplicaPhase
{
    Starting,

    Running,

    /// <summary>It was told to end and is out of the route table.</summary>
    Stopping,
}

internal sealed record ReplicaState
{
    public required ReplicaId Id { get; init; }

    public required ReplicaPhase Phase { get; init; }

    /// <summary>The order that its node has.</summary>
    public required DesiredReplica Desired { get; init; }

    public required string Node { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it became ready.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>What its node said last.</summary>
    public ReplicaReport? Report { get; init; }

    public string Version => Desired.Version;

    /// <summary>Whether it is ready and in no route, to serve at once when it is needed.</summary>
    public bool IsStandby { get; init; }

    public bool IsServing => Phase == ReplicaPhase.Running && !IsStandby;

    /// <summary>Whether another takes its place, so that its node becomes free.</summary>
    public bool IsMoving { get; init; }

    /// <summary>Whether it has taken up the settings of its order.</summary>
    public bool IsUpToDate => Report?.SettingsHash == Desired.SettingsHash;
}
