using Serve.Identity;
using Serve.Server.Controller;
using Serve.Simulation.Faults;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Testing.Cluster;
using Serve.Wire.Control;

namespace Serve.Simulation.World;

/// <summary>Whoever deploys: changes programs and documents at random, and in the end wants one of them for certain.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="size">How much to ask for.</param>
internal sealed class SimUser(SimCluster cluster, ClusterSize size)
{
    private static readonly string[] Names = ["a", "b", "c"];

    private int _versions;
    private int _asked;
    private int _accepted;

    /// <summary>What shall run.</summary>
    public IReadOnlyList<ApplicationSpec> Document { get; private set; } = [];

    /// <summary>The versions that can never start.</summary>
    public HashSet<string> Hopeless { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a controller has said that it will be so.</summary>
    public bool IsAccepted => _accepted == _asked;

    public void Deploy()
    {
        Document = [.. Names.Where(_ => cluster.Chance.Below(3) > 0).Select(RandomApplication)];
        Submit();
    }

    public void DeleteOne()
    {
        var name = cluster.Chance.Pick(Names);
        Document = [.. Document.Where(spec => spec.Name != name)];
        Ask(ticket => new DeleteApplication(ticket, name), isWhole: false);
    }

    public void DeleteAll()
    {
        Document = [];
        Submit();
    }

    /// <summary>Whoever decides how many replicas there are wants another number somewhere, mostly where it moves within bounds; sometimes none.</summary>
    public void Scale()
    {
        if (Document.Count == 0)
            return;
        var (application, replicas) = (cluster.Chance.Pick(Document).Name, cluster.Chance.OneIn(3) ? 0 : cluster.Chance.Between(1, size.Replicas));
        if (cluster.Controllers.Where(controller => controller.Term is not null).ToList() is { Count: > 0 } leaders)
            cluster.Chance.Pick(leaders).Ask(ticket => new ScaleDeployment(ticket, application, "Api", replicas), static _ => { });
    }

    /// <summary>Whoever sends requests sends more of them, or fewer, or none.</summary>
    public void ChangeLoad()
    {
        var deployment = new DeploymentId(cluster.Chance.Pick(Names), "Api");
        var requests = cluster.Chance.OneIn(3) ? 0 : cluster.Chance.Between(1, 2 * size.Replicas);
        cluster.Loads.Set(deployment, requests);
        cluster.Loads.IsKnown = !cluster.Chance.OneIn(4);
        cluster.Trace.Add("load", $"{deployment} has {requests} requests{(cluster.Loads.IsKnown ? "" : ", and a node has not said so yet")}");
    }

    /// <summary>Submits the document, again where nobody has said yes to it.</summary>
    public void Submit() => Ask(ticket => new Deploy(ticket, Document, IsWhole: true), isWhole: true);

    private void Ask(Func<Ticket, ControllerRequest> request, bool isWhole)
    {
        var number = ++_asked;
        if (cluster.Controllers.Where(controller => controller.Term is not null).ToList() is not { Count: > 0 } leaders)
            return;
        cluster.Chance.Pick(leaders).Ask(request, problem =>
        {
            // A part says nothing of what was asked before and never answered.
            if (problem is null or { Kind: RequestProblemKind.NotFound } && (isWhole || _accepted == number - 1))
                _accepted = Math.Max(_accepted, number);
        });
    }

    private ApplicationSpec RandomApplication(string name)
    {
        var old = Document.FirstOrDefault(spec => spec.Name == name);
        if (old is null || cluster.Chance.OneIn(2))
            cluster.Programs.Put($"/{name}", RandomProgram(name));
        if (old is not null && cluster.Chance.OneIn(3))
            return old;
        DeploymentOptions[] overrides = cluster.Chance.OneIn(2)
            ? []
            :
            [
                new DeploymentOptions
                {
                    Name = "Api",
                    NumReplicas = cluster.Chance.OneIn(3) ? cluster.Chance.Between(1, size.Replicas) : null,
                    StandbyReplicas = cluster.Chance.OneIn(2) ? cluster.Chance.Between(0, 2) : null,
                    MaxOngoingRequests = cluster.Chance.Between(1, 3),
                    StartupTimeout = TimeSpan.FromSeconds(20),
                    GracefulShutdownTimeout = TimeSpan.FromSeconds(cluster.Chance.Between(0, 15)),
                },
            ];
        return FakeCluster.App(name, $"/{name}", overrides: [.. overrides.Select(options => options.NumReplicas is null ? options with { Autoscaling = RandomBounds() } : options)]);
    }

    private FakeProgram RandomProgram(string name)
    {
        var deployments = new List<DeploymentDescription> { FakeProgram.Ingress("Api", cluster.Chance.Between(1, size.Replicas), cpus: RandomCpus()) };
        if (cluster.Chance.OneIn(2))
            deployments.Add(FakeProgram.Deployment("Model", cluster.Chance.Between(1, 3), RandomCpus(), gpus: cluster.Nodes.All(node => node.Gpus == 0) ? 0 : cluster.Chance.Pick([0, 0.3, 0.5, 1, 2])));
        if (cluster.Chance.OneIn(3))
            deployments.Add(FakeProgram.Deployment("Extra", cpus: 0));
        var program = FakeProgram.Of($"{name}-v{++_versions}", deployments);
        if (cluster.Faults.Strikes(Fault.FailingStart, 0.1))
        {
            program.Start = static _ => FakeStart.Fails;
            Hopeless.Add(program.Version);
        }
        else if (cluster.Faults.Strikes(Fault.FailingStart, 0.1))
        {
            program.Start = _ => cluster.Chance.OneIn(2) ? FakeStart.Fails : FakeStart.Ready;
        }
        else if (cluster.Faults.Strikes(Fault.HangingStart, 0.1))
        {
            program.Start = static _ => FakeStart.Hangs;
        }

        if (cluster.Faults.Strikes(Fault.DescribeFailure, 0.1))
            program.DescribeFailure = "no luck";
        if (cluster.Faults.Strikes(Fault.RefusedSettings, 0.1))
            program.Reconfigure = static _ => "not these";
        return program;
    }

    private AutoscalingOptions RandomBounds()
    {
        var min = cluster.Chance.Between(0, 2);
        return new AutoscalingOptions
        {
            MinReplicas = min,
            InitialReplicas = cluster.Chance.OneIn(3) ? min + 1 : null,
            MaxReplicas = cluster.Chance.Between(min + 1, size.Replicas + 2),
            TargetOngoingRequests = 1,
            LookBackPeriod = TimeSpan.FromSeconds(5),
            UpscaleDelay = TimeSpan.FromSeconds(cluster.Chance.Between(0, 3)),
            DownscaleDelay = TimeSpan.FromSeconds(cluster.Chance.Between(0, 6)),
        };
    }

    private double RandomCpus() => cluster.Chance.Pick([0, 0.25, 0.5, 1, 1.5]);
}
