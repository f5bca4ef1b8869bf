using Serve.Server.Controller.Scheduling;

namespace Serve.Server.Controller;

/// <param name="State">The next state.</param>
/// <param name="Effects">What must be done before anyone may see it.</param>
internal sealed record Reduction(ControllerState State, IReadOnlyList<Effect> Effects);

/// <summary>
/// The controller's mind: state and message in, state and effects out, and nothing else. It reads no clock, draws no random number and
/// does no I/O, so that the same inputs give the same outputs in production and in simulation.
/// </summary>
internal static partial class Reducer
{
    public static Reduction Reduce(ControllerState state, ControllerMessage message, DateTimeOffset now)
    {
        var step = new Step(state, now);
        Handle(step, message);
        return Finish(step);
    }

    /// <summary>Goes on with a state that was rebuilt: first what nodes have said meanwhile, then whatever is missing or too much.</summary>
    public static Reduction Resume(ControllerState state, IEnumerable<ControllerMessage> messages, DateTimeOffset now)
    {
        var step = new Step(state, now);
        foreach (var message in messages)
            Handle(step, message);
        foreach (var application in step.State.Applications.Keys)
        {
            step.Put(step.State.Applications[application]);
            Reconciler.ReconcileAll(step, application);
        }

        return Finish(step);
    }

    private static void Handle(Step step, ControllerMessage message)
    {
        if (message is ControllerRequest { Precondition: { } precondition } request && precondition.WhyNot(step.State) is { } problem)
        {
            step.Emit(new Reply(request.Ticket, problem));
            return;
        }

        switch (message)
        {
            case Deploy deploy:
                OnDeploy(step, deploy);
                break;
            case RollBack rollBack:
                OnRollBack(step, rollBack);
                break;
            case DeleteApplication delete:
                OnDelete(step, delete);
                break;
            case DeleteEverything delete:
                OnDeleteEverything(step, delete);
                break;
            case ScaleDeployment scale:
                OnScale(step, scale);
                break;
            case Autoscale scale:
                OnAutoscale(step, scale);
                break;
            case NodeSeen seen:
                OnNodeSeen(step, seen);
                break;
            case NodeGone gone:
                OnNodeGone(step, gone);
                break;
            case ReplicaReported reported:
                OnReplicaReported(step, reported);
                break;
            case ProgramReported reported:
                OnProgramReported(step, reported);
                break;
            case Compact:
                OnCompact(step);
                break;
            case Tick:
                OnTick(step);
                break;
            default:
                throw new ArgumentException($"The controller knows no message {message.GetType().Name}.", nameof(message));
        }
    }

    private static Reduction Finish(Step step)
    {
        if (step.State.Emptying is not null)
            CheckCompaction(step);
        foreach (var application in step.Touched)
            Reconciler.Finish(step, application);
        return new Reduction(step.State, step.Effects);
    }

    private static void OnTick(Step step)
    {
        GiveUpAbsentNodes(step);
        while (!step.State.Wakeups.IsEmpty && step.State.Wakeups.Min.At <= step.Now)
        {
            var due = step.State.Wakeups.Min;
            step.State = step.State with { Wakeups = step.State.Wakeups.Remove(due) };
            Reconciler.Reconcile(step, due.Deployment);
        }
    }

    /// <summary>Room has become free: deployments that waited for it try again, where one of the nodes can be what they waited for.</summary>
    private static void RetryUnplaced(Step step, IReadOnlyList<string> freed)
    {
        foreach (var id in step.State.Unplaced)
        {
            // Where two versions may have replicas that wait, only one of the two refusals is kept.
            if (step.State.Find(id) is not { PlacementProblem: { } refusal, Fallback: null }
                || freed.Any(name => step.State.Nodes.TryGetValue(name, out var node) && Scheduler.MayHelp(node, refusal.Request)))
                Reconciler.Reconcile(step, id);
        }
    }
}
