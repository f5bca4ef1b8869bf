using Serve.Status;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    /// <summary>
    /// The number moves within its bounds, which is no new revision. What was decided a moment ago holds only where nothing has changed
    /// meanwhile that it was decided from; else the next round decides anew.
    /// </summary>
    private static void OnAutoscale(Step step, Autoscale scale)
    {
        var problem = WhyNotAutoscaled(step, scale);
        if (problem is null)
        {
            var deployment = step.State.Find(scale.Deployment)!;
            Move(step, deployment, scale.To, WhatIsTold(deployment, scale));
            step.Emit(new Note(scale.Deployment.ToString(), $"from {scale.From} to {scale.To} replicas ({scale.Rule})", IsProblem: false));
        }

        step.Emit(new Reply(scale.Ticket, problem));
    }

    /// <summary>Whoever waits for a deploy wants to hear how that ends: until its version has run once, the status is that of the deploy.</summary>
    private static DeploymentEvent? WhatIsTold(DeploymentState deployment, Autoscale scale) => deployment switch
    {
        { HasRun: false, Condition.Status: DeploymentStatus.UPDATING } => null,
        _ => scale.To > scale.From ? DeploymentEvent.AutoscaledUp : DeploymentEvent.AutoscaledDown,
    };

    private static RequestProblem? WhyNotAutoscaled(Step step, Autoscale scale)
    {
        if (step.State.Applications.GetValueOrDefault(scale.Deployment.Application) is not { IsDeleting: false } || step.State.Find(scale.Deployment) is not { IsDeleting: false } deployment)
            return new RequestProblem(RequestProblemKind.NotFound, $"There is no deployment '{scale.Deployment}' that could be scaled.");
        if (deployment.Target.Spec is not { Autoscaling: { } bounds, NumReplicas: var number })
            return new RequestProblem(RequestProblemKind.PreconditionFailed, $"The deployment '{scale.Deployment}' has a fixed number of replicas.");
        var (min, max) = bounds.At(step.State.Settings.Capacity, step.Now);
        if (number != scale.From)
            return new RequestProblem(RequestProblemKind.Conflict, $"The deployment '{scale.Deployment}' has {number} replicas by now, not {scale.From}.");
        return scale.To >= min && scale.To <= max
            ? null
            : new RequestProblem(RequestProblemKind.PreconditionFailed, $"The deployment '{scale.Deployment}' has between {min} and {max} replicas by now; {scale.To} is outside.");
    }
}
