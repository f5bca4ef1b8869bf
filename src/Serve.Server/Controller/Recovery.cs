using System.Collections.Immutable;
using Serve.Identity;
using Serve.Routing;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Controller;

/// <summary>
/// Rebuilds the controller's state from what its predecessor left in the store, then has the reducer go on from there. What nodes have
/// reported is part of it: a replica that runs must not be taken for one that starts, nor its route away. Pure.
/// </summary>
internal static class Recovery
{
    public static Reduction Load(IReadOnlyList<StoreEntry> entries, long epoch, long maxRequestBodyBytes, DateTimeOffset now, SchedulingOptions? scheduling = null)
    {
        var state = new ControllerState { Epoch = epoch, MaxRequestBodyBytes = maxRequestBodyBytes, Scheduling = scheduling ?? new() };
        if (entries.FirstOrDefault(entry => entry.Key == ClusterKeys.Settings) is { } settings)
            state = state with { Settings = StoreJson.Read<ClusterSettings>(settings.Value) };
        var history = entries.Where(entry => entry.Key.StartsWith(ClusterKeys.Revisions, StringComparison.Ordinal))
            .Select(entry => StoreJson.Read<RevisionRecord>(entry.Value))
            .ToLookup(record => record.Application, ToRevision, StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => entry.Key.StartsWith(ClusterKeys.Applications, StringComparison.Ordinal)))
        {
            var record = StoreJson.Read<ApplicationRecord>(entry.Value);
            var application = ToState(record, history[record.Name], state, now);
            state = state with { Applications = state.Applications.SetItem(application.Name, application) };
        }

        var said = entries.Select(entry => NodeMessages.Read(entry.Key, entry.Value)).ToList();
        var there = said.OfType<NodeSeen>().ToList();
        foreach (var seen in there)
            state = state with { Nodes = state.Nodes.SetItem(seen.Info.Node, Reservation.Empty(seen.Info)) };
        var reports = said.OfType<ReplicaReported>().ToDictionary(message => (message.Node, message.Report.Replica), message => message.Report);
        var orphans = history.Where(revisions => !state.Applications.ContainsKey(revisions.Key));
        var effects = new List<Effect>(orphans.SelectMany(revisions => revisions, (revisions, revision) => new ForgetRevision(revisions.Key, revision.Number)));
        foreach (var entry in entries.Where(entry => entry.Key.StartsWith(ClusterKeys.Nodes, StringComparison.Ordinal)))
        {
            var (node, tail) = ClusterKeys.SplitNode(entry.Key);
            if (tail.StartsWith("desired/programs/", StringComparison.Ordinal))
                effects.Add(new ForgetProgram(node, StoreJson.Read<DesiredProgram>(entry.Value).Application));
            else if (tail.StartsWith("desired/replicas/", StringComparison.Ordinal))
                state = Add(state, node, StoreJson.Read<DesiredReplica>(entry.Value), reports, effects, now);
        }

        foreach (var entry in entries.Where(entry => entry.Key.StartsWith(ClusterKeys.Routes, StringComparison.Ordinal)))
            state = AddRoutes(state, entry, effects);
        var gone = state.Nodes.Keys.Except(there.Select(seen => seen.Info.Node), StringComparer.Ordinal).Select(node => new NodeGone(node));
        var resumed = Reducer.Resume(state, [.. gone, .. there, .. said.OfType<ReplicaReported>(), .. said.OfType<ProgramReported>()], now);
        return resumed with { Effects = [.. effects, .. resumed.Effects] };
    }

    private static Revision ToRevision(RevisionRecord record)
    {
        var spec = ToSpec(record.Spec);
        var program = record is { Command: { } command, Description: { } description } ? new ActiveApplication(record.Number, spec, command, description) : null;
        return new Revision(record.Number, spec, record.At, record.By, record.Kind, record.Change, program, record.WasRunning);
    }

    private static ActiveApplication? ToActive(ActiveProgram? program) =>
        program is null ? null : new ActiveApplication(program.Revision, ToSpec(program.Spec), program.Command, program.Description);

    private static ApplicationState ToState(ApplicationRecord record, IEnumerable<Revision> history, ControllerState cluster, DateTimeOffset now)
    {
        var application = new ApplicationState
        {
            Name = record.Name,
            Spec = ToSpec(record.Spec),
            Revision = record.Revision,
            DeployedAt = record.DeployedAt,
            IsDeleting = record.IsDeleting,
            Active = ToActive(record.Active),
            Previous = ToActive(record.Previous),
            History = history.ToImmutableSortedDictionary(revision => revision.Number, revision => revision),
        };
        if (application.Active is not null)
            application = Reducer.Activate(application, cluster, record.Counts, now);

        // The last submission was not described yet: the next node that appears is asked again.
        return record.IsDeleting || record.Active?.Revision == record.Revision
            ? application
            : application with { Job = new ProgramJob($"{cluster.Epoch}-0", Node: null, ProgramPhase.Building) };
    }

    /// <summary>What was published is written again only where it is not so any more.</summary>
    private static ControllerState AddRoutes(ControllerState state, StoreEntry entry, List<Effect> effects)
    {
        var (name, deployment) = ClusterKeys.SplitRoutes(entry.Key);
        if (state.Applications.GetValueOrDefault(name) is not { } application)
        {
            effects.Add(deployment is null ? new ForgetRoutes(name) : new ForgetDeploymentRoutes(new DeploymentId(name, deployment)));
            return state;
        }

        application = deployment is null
            ? application with { PublishedRoutes = entry.Value }
            : AddRoles(application, deployment, entry.Value) with { PublishedDeployments = application.PublishedDeployments.SetItem(deployment, entry.Value) };
        return state with { Applications = state.Applications.SetItem(name, application) };
    }

    /// <summary>Who is ready and was in no route stood by, or became ready when no controller was there: it can be given either role.</summary>
    private static ApplicationState AddRoles(ApplicationState application, string name, byte[] routes)
    {
        if (application.Deployments.GetValueOrDefault(name) is not { Target.Spec.Standbys: > 0 } deployment)
            return application;
        var serving = StoreJson.Read<DeploymentRoutes>(routes).Replicas.Select(route => route.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var replica in deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Running && !serving.Contains(replica.Id.ToString())))
            deployment = deployment with { Replicas = deployment.Replicas.SetItem(replica.Id, replica with { IsStandby = true }) };
        return application with { Deployments = application.Deployments.SetItem(name, deployment) };
    }

    private static ApplicationSpec ToSpec(System.Text.Json.Nodes.JsonObject json) =>
        ConfigBinder.Bind<ApplicationSpec>(ConfigNode.FromJson(System.Text.Json.JsonSerializer.SerializeToElement(json))).Value;

    private static ControllerState Add(
        ControllerState state, string node, DesiredReplica desired, Dictionary<(string Node, ReplicaId Replica), ReplicaReport> reports, List<Effect> effects, DateTimeOffset now)
    {
        var id = desired.Replica;
        if (state.Applications.GetValueOrDefault(id.Deployment.Application) is not { } application)
        {
            // It was deleted while the node was away, and may run there still.
            application = ApplicationState.RemainsOf(id.Deployment.Application, now);
            effects.Add(new WriteApplication(Reducer.ToRecord(application)));
        }

        var replica = ToReplica(node, desired, reports.GetValueOrDefault((node, id)), application.DeployedAt);
        var deployment = application.Deployments.GetValueOrDefault(id.Deployment.Name) ?? DeploymentState.RemainsOf(id.Deployment, desired, now);
        deployment = deployment with
        {
            Replicas = deployment.Replicas.Add(id, replica),
            HasRun = deployment.HasRun || (replica.Phase == ReplicaPhase.Running && replica.Version == deployment.Target.Version),
        };
        application = application with { Deployments = application.Deployments.SetItem(deployment.Id.Name, deployment) };
        var nodes = Reservation.NodesOf(replica).Where(name => !state.Nodes.ContainsKey(name)).Aggregate(state.Nodes, (table, name) => table.SetItem(name, Reservation.Empty(Missing(name))));
        return state with
        {
            Applications = state.Applications.SetItem(application.Name, application),
            Nodes = Reservation.Book(nodes, replica),
        };
    }

    private static ReplicaState ToReplica(string node, DesiredReplica desired, ReplicaReport? report, DateTimeOffset deployedAt)
    {
        var isRunning = report?.Phase == ReplicaReportPhase.Running;
        return new ReplicaState
        {
            Id = desired.Replica,
            Phase = desired.Goal == ReplicaGoal.Stop ? ReplicaPhase.Stopping : isRunning ? ReplicaPhase.Running : ReplicaPhase.Starting,
            Node = node,
            CreatedAt = report?.StartedAt ?? deployedAt,
            RunningSince = isRunning ? report!.StartedAt : null,
            Report = isRunning ? report : null,
            Desired = desired,
        };
    }

    /// <summary>A node that has orders and is not there.</summary>
    private static NodeInfo Missing(string node) => new(node, Incarnation: "", Address: "", Cpus: 0, Gpus: 0);
}
