using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Controller;

/// <summary>Rebuilds the controller's state from what its predecessor left in the store. Pure.</summary>
internal static class Recovery
{
    public static Reduction Load(IReadOnlyList<StoreEntry> entries, long epoch, long maxRequestBodyBytes)
    {
        var state = new ControllerState { Epoch = epoch, MaxRequestBodyBytes = maxRequestBodyBytes };
        var effects = new List<Effect>();
        foreach (var entry in Below(entries, ClusterKeys.Applications))
        {
            var application = ToState(StoreJson.Read<ApplicationRecord>(entry.Value), maxRequestBodyBytes, epoch);
            state = state with { Applications = state.Applications.SetItem(application.Name, application) };
        }

        foreach (var entry in Below(entries, ClusterKeys.Nodes))
        {
            var (node, tail) = ClusterKeys.SplitNode(entry.Key);
            if (tail.StartsWith("desired/programs/", StringComparison.Ordinal))
                effects.Add(new ForgetProgram(node, StoreJson.Read<DesiredProgram>(entry.Value).Application));
            else if (tail.StartsWith("desired/replicas/", StringComparison.Ordinal))
                state = Add(state, node, StoreJson.Read<DesiredReplica>(entry.Value), effects);
        }

        return new Reduction(state, effects);
    }

    private static IEnumerable<StoreEntry> Below(IReadOnlyList<StoreEntry> entries, string prefix) =>
        entries.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal));

    private static ApplicationState ToState(ApplicationRecord record, long maxRequestBodyBytes, long epoch)
    {
        var application = new ApplicationState
        {
            Name = record.Name,
            Spec = ToSpec(record.Spec),
            Revision = record.Revision,
            DeployedAt = record.DeployedAt,
            IsDeleting = record.IsDeleting,
        };
        if (record.Active is { } active)
        {
            application = Reducer.Activate(
                application with { Active = new ActiveApplication(active.Revision, ToSpec(active.Spec), active.Command, active.Description) }, maxRequestBodyBytes);
        }

        // The last submission was not described yet: the next node that appears is asked again.
        return record.IsDeleting || record.Active?.Revision == record.Revision
            ? application
            : application with { Job = new ProgramJob($"{epoch}-0", Node: null, ProgramPhase.Building) };
    }

    private static ApplicationSpec ToSpec(System.Text.Json.Nodes.JsonObject json) =>
        ConfigBinder.Bind<ApplicationSpec>(ConfigNode.FromJson(System.Text.Json.JsonSerializer.SerializeToElement(json))).Value;

    /// <summary>A replica is there until its node says otherwise; a node that has not spoken yet has no room for more.</summary>
    private static ControllerState Add(ControllerState state, string node, DesiredReplica desired, List<Effect> effects)
    {
        var id = desired.Replica;
        if (state.Applications.GetValueOrDefault(id.Deployment.Application) is not { } application)
        {
            effects.Add(new ForgetReplica(node, id));
            return state;
        }

        var replica = new ReplicaState
        {
            Id = id,
            Phase = desired.Goal == ReplicaGoal.Stop ? ReplicaPhase.Stopping : ReplicaPhase.Starting,
            Node = node,
            CreatedAt = application.DeployedAt,
            Desired = desired,
        };
        var deployment = application.Deployments.GetValueOrDefault(id.Deployment.Name) ?? Orphan(id.Deployment, desired);
        deployment = deployment with { Replicas = deployment.Replicas.Add(id, replica) };
        application = application with { Deployments = application.Deployments.SetItem(deployment.Id.Name, deployment) };
        var nodeState = state.Nodes.GetValueOrDefault(node)
            ?? Reservation.Empty(new NodeInfo(node, Incarnation: "", Address: "", Cpus: 0, Gpus: 0));
        return state with
        {
            Applications = state.Applications.SetItem(application.Name, application),
            Nodes = state.Nodes.SetItem(node, Reservation.Book(nodeState, replica)),
        };
    }

    /// <summary>A deployment that its program no longer has, with a replica that was on its way out.</summary>
    private static DeploymentState Orphan(Identity.DeploymentId id, DesiredReplica desired) => new()
    {
        Id = id,
        IsDeleting = true,
        Target = new DeploymentTarget(
            new DeploymentSpec { Name = id.Name }, IsIngress: false, desired.Version, desired.Settings, desired.SettingsHash, desired.Program, desired.EnvVars, desired.Args),
    };
}
