using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>A number that shall change.</summary>
/// <param name="Deployment">The deployment.</param>
/// <param name="Decision">Why.</param>
internal sealed record ScalingChange(DeploymentId Deployment, ScalingDecision Decision);

/// <summary>
/// One leader's autoscaler, round by round. It looks at the deployments whose load or state has changed and at those whose time has come,
/// and at no others. It has no thread and no mailbox of its own, so that a simulation can run it.
/// </summary>
internal sealed class AutoscalerRounds(ILoadView load, IScalingPolicies? policies = null)
{
    /// <summary>The time between two rounds.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<DeploymentId, DeploymentScaler> _scalers = [];
    private readonly PriorityQueue<DeploymentId, DateTimeOffset> _due = new();
    private readonly HashSet<DeploymentId> _toLook = [];
    private ControllerState? _seen;

    /// <summary>What was decided, to be asked for by any thread.</summary>
    public DecisionLog Decisions { get; } = new();

    /// <returns>What shall change; each is handed in once and <see cref="Answered"/> before there is another one of that deployment.</returns>
    public IReadOnlyList<ScalingChange> Next(ControllerState state, DateTimeOffset now)
    {
        TakeState(state);
        foreach (var id in load.TakeChanged())
        {
            if (!_scalers.TryGetValue(id, out var scaler))
                continue;
            scaler.NoteChange(now);
            _toLook.Add(id);
        }

        while (_due.TryPeek(out var due, out var at) && at <= now)
        {
            _due.Dequeue();
            if (!_scalers.TryGetValue(due, out var scaler) || at < scaler.QueuedFor)
                continue;
            scaler.QueuedFor = DateTimeOffset.MaxValue;
            if (scaler.NextLook <= now)
                _toLook.Add(due);
            else
                Queue(due, scaler);
        }

        var changes = new List<ScalingChange>();
        foreach (var id in _toLook)
        {
            if (Look(state, id, now) is { } change)
                changes.Add(change);
        }

        _toLook.Clear();
        return changes;
    }

    /// <summary>The controller has taken a change up, or has refused it because things are different by now.</summary>
    public void Answered(DeploymentId deployment)
    {
        if (!_scalers.TryGetValue(deployment, out var scaler))
            return;
        scaler.IsAsking = false;
        _toLook.Add(deployment);
    }

    private ScalingChange? Look(ControllerState state, DeploymentId id, DateTimeOffset now)
    {
        if (!_scalers.TryGetValue(id, out var scaler) || scaler.IsAsking || state.Find(id) is not { Target.Spec.Autoscaling: not null } deployment)
            return null;
        var decision = scaler.Look(deployment, state.Settings.Capacity, now);
        Decisions.Note(id, decision);
        Queue(id, scaler);
        if (decision.After == decision.Before)
            return null;
        scaler.IsAsking = true;
        return new ScalingChange(id, decision);
    }

    /// <summary>Each deployment stands in the queue once, or where its time has come nearer, a few times.</summary>
    private void Queue(DeploymentId id, DeploymentScaler scaler)
    {
        if (scaler.NextLook >= scaler.QueuedFor)
            return;
        scaler.QueuedFor = scaler.NextLook;
        _due.Enqueue(id, scaler.NextLook);
    }

    /// <summary>Finds the deployments that are not what they were. What has not changed is the very same object.</summary>
    private void TakeState(ControllerState state)
    {
        if (ReferenceEquals(state, _seen))
            return;
        var isOtherCapacity = _seen?.Settings.Capacity != state.Settings.Capacity;
        foreach (var (name, application) in state.Applications)
        {
            var before = _seen?.Applications.GetValueOrDefault(name);
            if (!isOtherCapacity && ReferenceEquals(application, before))
                continue;
            foreach (var deployment in application.Deployments.Values)
            {
                if (isOtherCapacity || !ReferenceEquals(deployment, before?.Deployments.GetValueOrDefault(deployment.Id.Name)))
                    Take(deployment);
            }
        }

        foreach (var gone in _scalers.Keys.Where(id => state.Find(id) is not { IsDeleting: false, Target.Spec.Autoscaling: not null }).ToList())
        {
            _scalers.Remove(gone);
            Decisions.Forget(gone);
        }

        _seen = state;
    }

    private void Take(DeploymentState deployment)
    {
        if (deployment is not { IsDeleting: false, Target.Spec.Autoscaling: not null })
            return;
        if (!_scalers.ContainsKey(deployment.Id))
            _scalers.Add(deployment.Id, new DeploymentScaler(deployment.Id, load, policies));
        _toLook.Add(deployment.Id);
    }
}
