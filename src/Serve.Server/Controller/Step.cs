using Serve.Identity;
using Serve.Server.Controller.Scheduling;

namespace Serve.Server.Controller;

/// <summary>One step of the reducer while it is made: the state so far and the effects so far. Lives only inside <see cref="Reducer.Reduce"/>.</summary>
internal sealed class Step(ControllerState state, DateTimeOffset now)
{
    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);

    public ControllerState State { get; set; } = state;

    public DateTimeOffset Now { get; } = now;

    public List<Effect> Effects { get; } = [];

    public void Emit(Effect effect) => Effects.Add(effect);

    /// <summary>The applications that the step changed.</summary>
    public IReadOnlySet<string> Touched => _touched;

    public void Put(ApplicationState application)
    {
        _touched.Add(application.Name);
        State = State with { Applications = State.Applications.SetItem(application.Name, application) };
    }

    public void Put(NodeState node) => State = State with { Nodes = State.Nodes.SetItem(node.Info.Node, node) };

    public void Put(DeploymentState deployment)
    {
        var application = State.Applications[deployment.Id.Application];
        Put(application with { Deployments = application.Deployments.SetItem(deployment.Id.Name, deployment) });
    }

    /// <summary>Tells a deployment's status what has happened.</summary>
    public void Signal(DeploymentId id, DeploymentEvent happened)
    {
        if (State.Find(id) is not { } deployment)
            return;
        var condition = deployment.Condition.After(happened, Now);
        if (!ReferenceEquals(condition, deployment.Condition))
            Put(deployment with { Condition = condition });
    }

    public long NextNumber()
    {
        var number = State.NextNumber;
        State = State with { NextNumber = number + 1 };
        return number;
    }

    public void WakeAt(DateTimeOffset at, DeploymentId deployment) => State = State with { Wakeups = State.Wakeups.Add(new Wakeup(at, deployment)) };

    public void SetUnplaced(DeploymentId deployment, bool isUnplaced) => State = State with
    {
        Unplaced = isUnplaced ? State.Unplaced.Add(deployment) : State.Unplaced.Remove(deployment),
    };
}
