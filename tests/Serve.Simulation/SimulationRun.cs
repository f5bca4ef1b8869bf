using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Simulation.Faults;
using Serve.Simulation.Plants;
using Serve.Simulation.World;
using Serve.Status;
using Serve.Testing.Cluster;

namespace Serve.Simulation;

/// <summary>
/// One seed: a cluster is set up, users deploy and things break for a number of steps; then nothing breaks any more, and within a bound
/// of simulated time all that was asked for must run, and after a deletion nothing at all must be left.
/// </summary>
internal sealed class SimulationRun
{
    /// <summary>All attempts of a version that can't start, with their back-offs, fit in it many times over.</summary>
    private static readonly TimeSpan SettleBound = TimeSpan.FromHours(2);

    /// <summary>How long a process may run that no leader knows of: until a lease has ended, and requests have drained.</summary>
    private static readonly TimeSpan LeakBound = TimeSpan.FromMinutes(3);

    private readonly int _steps;
    private readonly SimCluster _cluster;
    private readonly SimUser _user;

    private SimulationRun(int seed, int steps, ClusterSize size, Plant plant, bool keepsTrace)
    {
        _steps = steps;
        _cluster = new SimCluster(seed, plant, keepsTrace);
        _user = new SimUser(_cluster, size);
        var chance = _cluster.Chance;
        var (nodes, cpus, gpus) = (chance.Between(1, size.Nodes), chance.Between(2, 8), chance.Below(3));
        for (var i = 1; i <= nodes; i++)
            _cluster.AddNode($"node{i}", cpus, gpus);
        _cluster.AddController("left");
        _cluster.AddController("right");
    }

    public static SeedResult Run(int seed, int steps, ClusterSize size, Plant plant = Plant.None, bool keepsTrace = false)
    {
        var run = new SimulationRun(seed, steps, size, plant, keepsTrace);
        Exception? failure = null;
        try
        {
            run.Go();
        }
        catch (Exception exception)
        {
            // Whatever it is, the seed is what the reader wants to know.
            failure = exception;
        }

        var cluster = run._cluster;
        return new SeedResult(seed, cluster.Timeline.Steps, cluster.Timeline.Now, cluster.Faults.Counts, cluster.Trace.Hash, failure, failure is null && !keepsTrace ? [] : cluster.Trace.Lines);
    }

    private void Go()
    {
        var mischief = new Mischief(_cluster, _user);
        _cluster.Timeline.After(TimeSpan.FromSeconds(1), _user.Deploy);
        mischief.Begin();
        while (_cluster.Timeline.Steps < _steps)
            _cluster.Step(TimeSpan.MaxValue);
        mischief.End();
        Heal();
        Until(IsAsAsked, "what was asked for is not there");
        Until(IsAllKnown, "processes run that no leader knows of");
        _user.DeleteAll();
        Until(IsNothingLeft, "something is left after all was deleted");
    }

    private void Heal()
    {
        _cluster.Trace.Add("fault", "no more of them");
        _cluster.Faults.End();
        _cluster.Loads.IsKnown = true;
        foreach (var program in _cluster.Programs.All)
        {
            program.DescribeFailure = null;
            program.Reconfigure = static _ => null;
            if (!_user.Hopeless.Contains(program.Version) || _cluster.Chance.OneIn(2))
            {
                _user.Hopeless.Remove(program.Version);
                program.Start = static _ => FakeStart.Ready;
            }
        }

        foreach (var node in _cluster.Nodes)
        {
            node.Reconnect();
            node.Start();
        }

        _cluster.AddNode("spare", cpus: 1000, gpus: 100);
        if (!_user.IsAccepted || _cluster.Leader is not { Term.State: var state } || state.Applications.Values.Any(NeedsItsUser) || _cluster.Faults.Counts[(int)Fault.RefusedSettings] > 0 || _cluster.Chance.OneIn(2))
            _user.Submit();
    }

    /// <summary>Whether its program could not be described, or its settings were refused: that is tried again only when it is submitted again.</summary>
    private static bool NeedsItsUser(ApplicationState application) =>
        application.Failure is not null || application.Job is not null
        || application.Deployments.Values.SelectMany(deployment => deployment.Replicas.Values).Any(replica => replica.Report?.Failure is not null || !replica.IsUpToDate);

    private static bool HasRefusedSettings(ApplicationState application) =>
        application.Deployments.Values.SelectMany(deployment => deployment.Replicas.Values).Any(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: false, Report.Failure: not null });

    private void Until(Func<string?> whatIsMissing, string problem)
    {
        var end = _cluster.Timeline.Now + SettleBound;
        var next = _cluster.Timeline.Now;
        string? missing = null;
        while (_cluster.Timeline.Now < end)
        {
            if (_cluster.Timeline.Now >= next)
            {
                next = _cluster.Timeline.Now + TimeSpan.FromSeconds(1);
                if ((missing = whatIsMissing()) is null)
                    return;
                // A refusal of settings may have been on its way when they were submitted again.
                if ((!_user.IsAccepted || (_cluster.Leader is { Term.State: var state } && state.Applications.Values.Any(HasRefusedSettings))) && _cluster.Timeline.Now.Seconds % 30 == 0)
                    _user.Submit();
            }

            if (!_cluster.Step(end))
                break;
        }

        throw new Violation("settle", $"{SettleBound} after the last fault {problem}: {missing}");
    }

    /// <summary>Every application runs, or has failed and says why.</summary>
    private string? IsAsAsked()
    {
        if (!_user.IsAccepted)
            return "nobody has accepted the document";
        if (_cluster.Leader is not { Term.State: var state })
            return "nobody leads";
        if (!state.Applications.Keys.SequenceEqual(_user.Document.Select(spec => spec.Name).Order(StringComparer.Ordinal)))
            return $"{string.Join(", ", state.Applications.Keys)} are there";
        foreach (var application in state.Applications.Values)
        {
            var status = StatusRules.Of(application);
            var message = StatusRules.MessageOf(application);
            // What had no replicas at first was deployed, and is ill only since its load has come.
            if (status is ApplicationStatus.DEPLOY_FAILED or ApplicationStatus.UNHEALTHY && message.Length > 0 && CanNotStart(application))
                continue;
            if (status != ApplicationStatus.RUNNING)
                return $"'{application.Name}' is {status}: {message}";
            if (application.Deployments.Values.Select(WhyNotFollowing).FirstOrDefault(why => why is not null) is { } why)
                return why;
        }

        return null;
    }

    /// <summary>What has a number that follows the load has as many as the load needs, give or take what noise is worth.</summary>
    private string? WhyNotFollowing(DeploymentState deployment)
    {
        if (deployment.Target.Spec is not { Autoscaling: { } bounds, NumReplicas: var number })
            return null;
        var requests = _cluster.Loads.RequestsOf(deployment.Id);
        var (least, most) = (Math.Clamp(requests, bounds.MinReplicas, bounds.MaxReplicas), Math.Clamp((int)Math.Ceiling(requests * 1.2), bounds.MinReplicas, bounds.MaxReplicas));
        return number >= least && number <= most ? null : $"{deployment.Id} has {number} replicas for {requests} requests";
    }

    private bool CanNotStart(ApplicationState application) =>
        application.Active is { } active && _user.Hopeless.Contains(active.Command.Version);

    /// <summary>No process runs that nobody will ever stop, and none is missing.</summary>
    private string? IsAllKnown()
    {
        if (_cluster.Leader is not { Term.State: var state })
            return "nobody leads";
        var known = state.Applications.Values.SelectMany(application => application.Deployments.Values).SelectMany(deployment => deployment.Replicas.Values).ToDictionary(replica => replica.Id);
        var unknown = _cluster.Alive.Where(process => !known.ContainsKey(process.Order.Replica)).ToList();
        foreach (var process in unknown)
        {
            process.UnknownSince ??= _cluster.Timeline.Now;
            if (_cluster.Timeline.Now - process.UnknownSince > LeakBound)
                throw new Violation("leak", $"{process.Order.Replica} runs and no leader knows of it");
        }

        var alive = _cluster.Alive.Select(process => process.Order.Replica).ToHashSet();
        var missing = known.Values.Where(replica => replica.Phase == ReplicaPhase.Running && !alive.Contains(replica.Id)).ToList();
        return unknown.Count + missing.Count == 0 ? null : $"{string.Join(", ", unknown.Select(process => process.Order.Replica))} unknown, {string.Join(", ", missing.Select(replica => replica.Id))} missing";
    }

    private string? IsNothingLeft()
    {
        if (!_user.IsAccepted)
            return "nobody has accepted the deletion";
        if (_cluster.Leader is not { Term.State: var state })
            return "nobody leads";
        if (!state.Applications.IsEmpty || !state.Wakeups.IsEmpty || !state.Unplaced.IsEmpty)
            return $"{state.Applications.Count} applications, {state.Wakeups.Count} wakeups, {state.Unplaced.Count} unplaced deployments";
        if (_cluster.Alive.FirstOrDefault() is { } process)
            return $"{process.Order.Replica} runs";
        var infos = _cluster.Nodes.Select(node => ClusterKeys.Info(node.Name)).ToHashSet(StringComparer.Ordinal);
        var left = _cluster.Store.Memory.Entries().Select(entry => entry.Key)
            .Where(key => !infos.Contains(key) && key != ClusterKeys.Leader && !key.StartsWith(ClusterKeys.Epochs, StringComparison.Ordinal)).ToList();
        return left.Count == 0 ? null : $"{string.Join(", ", left)} in the store";
    }
}
