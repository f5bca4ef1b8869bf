using System.Collections.Immutable;
using Serve.Admin;
using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;

namespace Serve.Server.Admin.Events;

/// <summary>Says what changed between two states of the controller. Pure; what both share costs nothing.</summary>
internal static class EventLog
{
    public static IReadOnlyList<ServeEvent> Diff(ControllerState before, ControllerState after, DateTimeOffset now)
    {
        var events = new List<ServeEvent>();
        foreach (var (name, old, current) in Changes(before.Nodes, after.Nodes, StringComparer.Ordinal))
            events.AddRange(OfNode(name, old, current));
        foreach (var (name, old, current) in Changes(before.Applications, after.Applications, StringComparer.Ordinal))
            events.AddRange(OfApplication(name, (old, before), (current, after)));
        var time = now.ToUnixTimeMilliseconds() / 1000.0;
        return [.. events.Select(one => one with { TimeS = time })];
    }

    public static ServeEvent Of(PolicyNotice notice, DateTimeOffset now) => Of(notice.Failure is null ? EventType.PolicyRecovered : EventType.PolicyFailed) with
    {
        TimeS = now.ToUnixTimeMilliseconds() / 1000.0,
        Application = notice.Application,
        Deployment = notice.Deployment,
        Message = notice.Failure is { } failure ? $"{notice.Policy}: {failure}" : notice.Policy,
    };

    private static IEnumerable<ServeEvent> OfNode(string name, NodeState? old, NodeState? current)
    {
        if (old?.Info.Incarnation == current?.Info.Incarnation)
            yield break;
        if (old is not null)
            yield return Of(EventType.NodeLeft) with { Node = name, Message = current is null ? "" : "it was started anew" };
        if (current is not null)
            yield return Of(EventType.NodeJoined) with { Node = name, Message = $"{current.Info.Cpus} CPUs, {current.Info.Gpus} GPUs" };
    }

    private static IEnumerable<ServeEvent> OfApplication(string name, (ApplicationState? Application, ControllerState State) old, (ApplicationState? Application, ControllerState State) current)
    {
        foreach (var one in current.Application is { } application ? OfRevisions(old.Application, application) : [])
            yield return one;
        foreach (var (deployment, oldOne, currentOne) in Changes(DeploymentsOf(old.Application), DeploymentsOf(current.Application), StringComparer.Ordinal))
        {
            foreach (var one in OfDeployment((oldOne, old.State), (currentOne, current.State)))
                yield return one with { Application = name, Deployment = deployment };
        }

        var (from, to) = (old.Application is null ? null : StatusRules.Of(old.Application).ToString(), current.Application is null ? null : StatusRules.Of(current.Application).ToString());
        if (from != to)
            yield return Of(EventType.ApplicationStatus, from, to) with { Application = name, Message = current.Application is null ? "" : StatusRules.MessageOf(current.Application) };
    }

    /// <summary>Each revision that came in between.</summary>
    private static IEnumerable<ServeEvent> OfRevisions(ApplicationState? old, ApplicationState current)
    {
        // Numbers start again for an application that was gone.
        var last = old is null || old.Revision > current.Revision ? 0 : old.Revision;
        return from revision in current.History.Values
               where revision.Number > last
               select Of(revision.Kind == ChangeKind.RolledBack ? EventType.RolledBack : EventType.RevisionSubmitted) with
               {
                   Application = current.Name,
                   Revision = revision.Number,
                   By = revision.By,
                   Message = revision.Change,
               };
    }

    private static IEnumerable<ServeEvent> OfDeployment((DeploymentState? Deployment, ControllerState State) old, (DeploymentState? Deployment, ControllerState State) current)
    {
        foreach (var (id, oldOne, currentOne) in Changes(ReplicasOf(old.Deployment), ReplicasOf(current.Deployment), Comparer<ReplicaId>.Default))
        {
            var (was, now) = (StateOf(oldOne, old.State), StateOf(currentOne, current.State));
            if (was != now)
                yield return Of(EventType.ReplicaState, was, now) with { Replica = id.ToString(), Node = (currentOne ?? oldOne)!.Node, Message = (currentOne ?? oldOne)!.Report?.Failure ?? "" };
        }

        var (from, to) = (old.Deployment?.Condition, current.Deployment?.Condition);
        if (from?.Status != to?.Status || from?.Trigger != to?.Trigger)
            yield return Of(EventType.DeploymentStatus, from?.Status.ToString(), to?.Status.ToString()) with { Message = current.Deployment is null ? "" : StatusRules.Of(current.Deployment).Message };
    }

    /// <summary>The state of a replica; one that stands by is told apart from one that serves, since between the two something happens to requests.</summary>
    private static string? StateOf(Controller.ReplicaState? replica, ControllerState state) => replica switch
    {
        null => null,
        { Phase: ReplicaPhase.Running, IsStandby: true, IsUpToDate: true } => "STANDBY",
        _ => ApplicationDetailsBuilder.StateOf(replica, state).ToString(),
    };

    /// <summary>The entries of two sorted maps that are not the very same, in order. Both are walked once.</summary>
    private static IEnumerable<(TKey Key, TValue? Old, TValue? Current)> Changes<TKey, TValue>(IReadOnlyDictionary<TKey, TValue> before, IReadOnlyDictionary<TKey, TValue> after, IComparer<TKey> comparer)
        where TKey : notnull
        where TValue : class
    {
        if (ReferenceEquals(before, after))
            yield break;
        using var old = before.GetEnumerator();
        using var current = after.GetEnumerator();
        var (hasOld, hasCurrent) = (old.MoveNext(), current.MoveNext());
        while (hasOld || hasCurrent)
        {
            var order = !hasOld ? 1 : !hasCurrent ? -1 : comparer.Compare(old.Current.Key, current.Current.Key);
            if (order < 0)
                yield return (old.Current.Key, old.Current.Value, null);
            else if (order > 0)
                yield return (current.Current.Key, null, current.Current.Value);
            else if (!ReferenceEquals(old.Current.Value, current.Current.Value))
                yield return (old.Current.Key, old.Current.Value, current.Current.Value);
            if (order <= 0)
                hasOld = old.MoveNext();
            if (order >= 0)
                hasCurrent = current.MoveNext();
        }
    }

    private static ImmutableSortedDictionary<string, DeploymentState> DeploymentsOf(ApplicationState? application) =>
        application?.Deployments ?? ImmutableSortedDictionary.Create<string, DeploymentState>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<ReplicaId, Controller.ReplicaState> ReplicasOf(DeploymentState? deployment) =>
        deployment?.Replicas ?? ImmutableSortedDictionary<ReplicaId, Controller.ReplicaState>.Empty;

    private static ServeEvent Of(EventType type, string? from = null, string? to = null) => new() { TimeS = 0, Type = type, From = from, To = to };
}
