using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Status;
using Serve.Wire.Control;

namespace Serve.Testing.Cluster;

/// <summary>What may go wrong in a scenario.</summary>
internal sealed record Faults
{
    public static readonly Faults None = new();

    public static readonly Faults All = new() { Crashes = true, Nodes = true, Controller = true, Mail = true, FailingStarts = true };

    /// <summary>Replicas crash and fall ill.</summary>
    public bool Crashes { get; init; }

    /// <summary>Nodes start anew, go and come back.</summary>
    public bool Nodes { get; init; }

    /// <summary>The controller dies.</summary>
    public bool Controller { get; init; }

    /// <summary>Reports come late, twice, in another order, or not at all until they are sent again.</summary>
    public bool Mail { get; init; }

    /// <summary>New versions may be unable to start, to be described, or to take settings up.</summary>
    public bool FailingStarts { get; init; }
}

/// <summary>A cluster to which things happen at random, the same for the same seed.</summary>
internal sealed class RandomScenario(int seed, Faults faults)
{
    private static readonly string[] Names = ["a", "b", "c"];

    private readonly Random _random = new(seed);
    private readonly List<string> _trace = [];
    private IReadOnlyList<ApplicationSpec> _document = [];
    private int _versions;

    public FakeCluster Cluster { get; private set; } = null!;

    /// <summary>Looks at the cluster after each step.</summary>
    public Action<FakeCluster> AfterStep { get; set; } = static _ => { };

    /// <summary>Lets things happen, then repairs everything and waits for the cluster to come to rest.</summary>
    /// <exception cref="InvalidOperationException">Something is wrong; the message has the seed and the last steps.</exception>
    public async Task RunAsync(int steps)
    {
        try
        {
            Cluster = await FakeCluster.StartAsync(_random.Next(1, 4), cpus: _random.Next(2, 9), gpus: _random.Next(3));
            await DeployAsync();
            for (var i = 0; i < steps; i++)
            {
                await StepAsync();
                CheckNodes();
                AfterStep(Cluster);
            }

            await HealAsync();
            CheckResult();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}: {exception.Message}\n{string.Join('\n', _trace.TakeLast(40))}\n{exception.StackTrace}", exception);
        }
    }

    private Task StepAsync() => _random.Next(100) switch
    {
        < 45 => DeliverAsync(),
        < 80 => WorkAsync(),
        < 88 => PassAsync(),
        < 92 => DeployAsync(),
        < 95 when faults.Crashes => CrashAsync(),
        < 97 when faults.Nodes => ShakeNodeAsync(),
        < 99 when faults.Controller => RestartControllerAsync(),
        _ => DeleteAsync(),
    };

    private async Task DeliverAsync()
    {
        var batch = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => PickMail()).OfType<ControllerMessage>().Distinct().ToList();
        _trace.Add($"deliver {string.Join(", ", batch.Select(Describe))}");
        var again = faults.Mail && _random.Next(8) == 0 ? batch.OfType<ReplicaReported>().ToList() : [];
        await Cluster.DeliverAsync(batch);
        Cluster.Mail.AddRange(again);
        if (faults.Mail && _random.Next(15) == 0 && Cluster.Mail.OfType<ReplicaReported>().FirstOrDefault() is { } lost)
        {
            _trace.Add($"lose {Describe(lost)}");
            Cluster.Mail.Remove(lost);
        }
    }

    /// <summary>Of what nodes say about themselves the oldest, of reports any.</summary>
    private ControllerMessage? PickMail()
    {
        var mail = Cluster.Mail;
        if (mail.Count == 0)
            return null;
        var picked = mail[faults.Mail ? _random.Next(mail.Count) : 0];
        return picked is NodeSeen or NodeGone ? mail.First(message => message is NodeSeen or NodeGone) : picked;
    }

    private Task WorkAsync()
    {
        var possible = Cluster.Nodes.Values.SelectMany(node => node.NextSteps()).ToList();
        if (possible.Count > 0)
            possible[_random.Next(possible.Count)]();
        _trace.Add("work");
        return Task.CompletedTask;
    }

    private Task PassAsync()
    {
        var time = TimeSpan.FromSeconds(Math.Pow(10, (_random.NextDouble() * 3) - 1));
        _trace.Add($"pass {time}");
        Cluster.Clock.Advance(time);
        return Cluster.DeliverAsync();
    }

    private async Task DeployAsync()
    {
        var applications = Names.Where(_ => _random.Next(3) > 0).Select(RandomApplication).ToList();
        _trace.Add($"deploy {string.Join("; ", applications.Select(Describe))}");
        _document = applications;
        await Cluster.DeployAsync(applications);
    }

    private ApplicationSpec RandomApplication(string name)
    {
        if (_random.Next(2) == 0 || _document.All(spec => spec.Name != name))
            Cluster.Programs.Put($"/{name}", RandomProgram(name));
        DeploymentOptions[] overrides = _random.Next(2) == 0
            ? []
            : [new DeploymentOptions { Name = "Api", NumReplicas = _random.Next(1, 5), MaxOngoingRequests = _random.Next(1, 4), StartupTimeout = TimeSpan.FromSeconds(20) }];
        return FakeCluster.App(name, $"/{name}", overrides: overrides);
    }

    private FakeProgram RandomProgram(string name)
    {
        var deployments = new List<DeploymentDescription> { FakeProgram.Ingress("Api", _random.Next(1, 4), cpus: RandomCpus()) };
        if (_random.Next(2) == 0)
            deployments.Add(FakeProgram.Deployment("Model", _random.Next(1, 3), RandomCpus(), gpus: Cluster.Nodes.Values.All(node => node.Gpus == 0) ? 0 : new[] { 0, 0.3, 0.5, 1, 2 }[_random.Next(5)]));
        if (_random.Next(3) == 0)
            deployments.Add(FakeProgram.Deployment("Extra", cpus: 0));
        var program = FakeProgram.Of($"{name}-v{++_versions}", deployments);
        if (!faults.FailingStarts)
            return program;
        var badness = _random.Next(8);
        var draw = new Random(_random.Next());
        program.Start = badness switch
        {
            0 => static _ => FakeStart.Fails,
            1 => static _ => FakeStart.Hangs,
            2 => _ => (FakeStart)draw.Next(3),
            _ => program.Start,
        };
        if (badness == 3)
            program.DescribeFailure = "no luck";
        if (badness == 4)
            program.Reconfigure = static _ => "not these";
        return program;

        double RandomCpus() => new[] { 0, 0.25, 0.5, 1, 1.5 }[_random.Next(5)];
    }

    private Task CrashAsync()
    {
        var victims = Cluster.Alive.Where(worker => worker.Report.Phase == ReplicaReportPhase.Running).ToList();
        if (victims.Count == 0)
            return Task.CompletedTask;
        var victim = victims[_random.Next(victims.Count)].Desired.Replica;
        var node = Cluster.Nodes.Values.Single(node => node.Workers.Any(worker => worker.Desired.Replica == victim));
        _trace.Add($"crash {victim}");
        if (_random.Next(3) == 0)
            node.Sicken(victim);
        else
            node.Crash(victim);
        return Task.CompletedTask;
    }

    private Task ShakeNodeAsync()
    {
        var node = Cluster.Nodes.Values.ElementAt(_random.Next(Cluster.Nodes.Count));
        var mustLose = node.IsUp && _random.Next(2) == 0;
        _trace.Add($"{(mustLose ? "lose" : "start")} {node.Name}");
        if (mustLose)
            node.Lose();
        else
            node.Start();
        return Task.CompletedTask;
    }

    private Task RestartControllerAsync()
    {
        _trace.Add("restart the controller");
        return Cluster.RestartControllerAsync();
    }

    private async Task DeleteAsync()
    {
        var name = Names[_random.Next(Names.Length)];
        _trace.Add($"delete {name}");
        _document = [.. _document.Where(spec => spec.Name != name)];
        await Cluster.DeleteAsync(name);
    }

    private async Task HealAsync()
    {
        foreach (var program in Cluster.Programs.All)
        {
            program.Start = static _ => FakeStart.Ready;
            program.Reconfigure = static _ => null;
            program.DescribeFailure = null;
        }

        foreach (var node in Cluster.Nodes.Values.Where(node => !node.IsUp))
            node.Start();
        foreach (var node in Cluster.Nodes.Values)
            node.ReportAgain();
        Cluster.AddNode("spare", cpus: 100, gpus: 20);
        _trace.Add("heal");
        await Cluster.PassAsync(TimeSpan.FromMinutes(5));
        if (Cluster.State.Applications.Values.Any(NeedsItsUser))
        {
            _trace.Add("submit again");
            await Cluster.DeployAsync(_document);
            await Cluster.PassAsync(TimeSpan.FromMinutes(5));
        }
    }

    /// <summary>Whether its program could not be described, or its settings were refused: that is tried again only when it is submitted again.</summary>
    private static bool NeedsItsUser(ApplicationState application) =>
        application.Failure is not null || application.Deployments.Values.SelectMany(deployment => deployment.Replicas.Values).Any(replica => replica.Report?.Failure is not null);

    /// <summary>No node runs more than it has, and no replica runs twice.</summary>
    private void CheckNodes()
    {
        foreach (var node in Cluster.Nodes.Values)
        {
            var alive = node.Workers.Where(worker => worker.IsAlive).ToList();
            if (alive.Sum(worker => worker.Desired.CpuUnits) > ResourceAmount.From(node.Cpus).Units)
                throw new InvalidOperationException($"{node.Name} runs more than its {node.Cpus} CPUs.");
            for (var gpu = 0; gpu < node.Gpus; gpu++)
            {
                if (alive.Where(worker => worker.Desired.Gpus.Contains(gpu)).Sum(worker => worker.Desired.GpuUnits) > ResourceAmount.UnitsPerOne)
                    throw new InvalidOperationException($"GPU {gpu} of {node.Name} is used more than once.");
            }
        }

        var ids = Cluster.Alive.Select(worker => worker.Desired.Replica).ToList();
        if (ids.Distinct().Count() < ids.Count)
            throw new InvalidOperationException("A replica runs twice.");
    }

    /// <summary>What was asked for runs, and nothing else is anywhere.</summary>
    private void CheckResult()
    {
        CheckNodes();
        Require(Cluster.State.Applications.Keys.SequenceEqual(_document.Select(spec => spec.Name).Order(StringComparer.Ordinal)), "other applications are there than asked for");
        foreach (var application in Cluster.State.Applications.Values)
        {
            Require(StatusRules.Of(application) == ApplicationStatus.RUNNING, $"'{application.Name}' is {StatusRules.Of(application)}: {StatusRules.MessageOf(application)}");
            foreach (var deployment in application.Deployments.Values)
                Require(Cluster.Routed(application.Name, deployment.Id.Name).Count == deployment.Target.Spec.NumReplicas, $"{deployment.Id} has another number of replicas in its routes");
        }

        var known = Cluster.State.Applications.Values.SelectMany(application => application.Deployments.Values).SelectMany(deployment => deployment.Replicas.Keys).ToHashSet();
        Require(known.SetEquals(Cluster.Alive.Select(worker => worker.Desired.Replica)), "processes are left that the controller does not know");
        var statuses = Cluster.Nodes.Keys.SelectMany(node => Cluster.Store.Read<ReplicaReport>($"{ClusterKeys.Nodes}{node}/status/replicas/")).Select(report => report.Replica);
        Require(known.SetEquals(statuses), "statuses are left in the store");
        var programs = Cluster.Store.Entries(ClusterKeys.Nodes).Where(entry => entry.Key.Contains("/programs/", StringComparison.Ordinal)).Select(entry => entry.Key).ToList();
        Require(programs.Count == 0, $"{string.Join(", ", programs)} are left in the store");
        Require(Cluster.State.Wakeups.IsEmpty && Cluster.State.Unplaced.IsEmpty, "something still waits");
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
            throw new InvalidOperationException($"At rest, {problem}.");
    }

    private static string Describe(ControllerMessage message) => message switch
    {
        ReplicaReported reported => $"{reported.Report.Replica} {reported.Report.Phase} {reported.Report.End}",
        ProgramReported reported => $"{reported.Report.Application} {reported.Report.Job} {reported.Report.Phase}",
        NodeSeen seen => $"{seen.Info.Incarnation} seen",
        NodeGone gone => $"{gone.Node} gone",
        _ => message.ToString(),
    };

    private string Describe(ApplicationSpec spec) => $"{spec.Name} v{_versions} {string.Join(',', spec.Deployments.Select(options => $"{options.Name}×{options.NumReplicas}"))}";
}
