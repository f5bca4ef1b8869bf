using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Controller;

/// <summary>Makes the parts of a controller's state for tests of pure functions.</summary>
internal static class States
{
    public const string Old = "old";
    public const string Current = "current";

    public static readonly DeploymentId Api = new("shop", "Api");
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly ReplicaSettings Settings = new(100, 1024, UserConfig: null);
    private static readonly ProgramCommand Command = new("/p", [], "/", "v1");

    public static ReplicaState AReplica(long number, ReplicaPhase phase, string version = Current, DeploymentId? deployment = null, string settings = "s", string? failure = null)
    {
        var id = new ReplicaId(deployment ?? Api, 1, number);
        return new ReplicaState
        {
            Id = id,
            Phase = phase,
            Node = "node1",
            CreatedAt = Now,
            Desired = new DesiredReplica
            {
                Replica = id,
                Goal = phase == ReplicaPhase.Stopping ? ReplicaGoal.Stop : ReplicaGoal.Run,
                Version = version,
                Incarnation = "1",
                Program = Command,
                EnvVars = new Dictionary<string, string>(),
                Args = [],
                Settings = Settings,
                SettingsHash = "s",
                StartupTimeout = TimeSpan.FromMinutes(1),
                HealthCheckPeriod = TimeSpan.FromSeconds(10),
                HealthCheckTimeout = TimeSpan.FromSeconds(10),
                HealthCheckFailureThreshold = 3,
                GracefulShutdownWaitLoop = TimeSpan.Zero,
                GracefulShutdownTimeout = TimeSpan.FromSeconds(20),
                CpuUnits = ResourceAmount.UnitsPerOne,
                GpuUnits = 0,
                Gpus = [],
            },
            Report = phase == ReplicaPhase.Running
                ? new ReplicaReport { Replica = id, Phase = ReplicaReportPhase.Running, Address = $"/run/{number}.sock", SettingsHash = settings, Failure = failure, ProcessId = 4242, StartedAt = Now }
                : null,
        };
    }

    public static DeploymentState Deployment(int wanted, params IEnumerable<ReplicaState> replicas) => Deployment(Api, wanted, replicas);

    public static DeploymentState Deployment(DeploymentId id, int wanted, params IEnumerable<ReplicaState> replicas) => new()
    {
        Id = id,
        Condition = DeploymentCondition.Begin(Now),
        Target = new DeploymentTarget(
            new DeploymentSpec { Name = id.Name, NumReplicas = wanted }, IsIngress: id.Name == "Api", Current, Settings, "s", Command, new Dictionary<string, string>(), new JsonObject()),
        Replicas = replicas.ToImmutableSortedDictionary(replica => replica.Id, replica => replica),
    };

    public static ApplicationState Application(params IEnumerable<DeploymentState> deployments)
    {
        var spec = new ApplicationSpec { Name = "shop", ImportPath = "/p", RoutePrefix = "/shop" };
        var all = deployments.ToList();
        return new ApplicationState
        {
            Name = "shop",
            Spec = spec,
            Revision = 3,
            DeployedAt = Now,
            Active = new ActiveApplication(3, spec, Command, new ProgramDescription(1, [.. all.Select(Describe)])),
            Deployments = all.ToImmutableSortedDictionary(deployment => deployment.Id.Name, deployment => deployment),
        };
    }

    public static NodeState NewNode(string name, double cpus, double usedCpus = 0, params IReadOnlyList<double> usedGpus) => new()
    {
        Info = new NodeInfo(name, "1", Address: "", cpus, usedGpus.Count),
        UsedCpus = ResourceAmount.From(usedCpus),
        UsedGpus = [.. usedGpus.Select(ResourceAmount.From)],
    };

    private static DeploymentDescription Describe(DeploymentState deployment) => new(
        deployment.Id.Name,
        $"Test.{deployment.Id.Name}",
        deployment.Target.IsIngress,
        new JsonObject { ["name"] = deployment.Id.Name },
        Methods: [],
        Handles: [],
        Routes: deployment.Target.IsIngress ? [new RouteDescription("GET", "/hello")] : []);
}
