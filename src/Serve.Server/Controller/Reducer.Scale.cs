using Serve.Server.Store.Records;
using Serve.Specs;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    private static void OnScale(Step step, ScaleDeployment scale)
    {
        var problem = WhyNotScaled(step.State, scale, step.Now);
        if (problem is null)
            Scale(step, scale);
        step.Emit(new Reply(scale.Ticket, problem));
    }

    private static RequestProblem? WhyNotScaled(ControllerState state, ScaleDeployment scale, DateTimeOffset now)
    {
        if (state.Applications.GetValueOrDefault(scale.Application) is not { } application)
            return new RequestProblem(RequestProblemKind.NotFound, $"There is no application '{scale.Application}'; there are {Names(state)}.");
        if (application.IsDeleting)
            return new RequestProblem(RequestProblemKind.PreconditionFailed, $"Application '{scale.Application}' is being deleted.");
        // The program that is being asked may have other deployments; what it has is known in a moment.
        if (application.Job is not null)
            return new RequestProblem(RequestProblemKind.Unavailable, $"Revision {application.Revision} of application '{scale.Application}' is just being prepared ({StatusRules.MessageOf(application)}); try again when that is done.");
        return application.Deployments.GetValueOrDefault(scale.Deployment) switch
        {
            not null when scale.IsByScaler && !(application.Active?.Spec ?? application.Spec).IsExternallyScaled => new RequestProblem(
                RequestProblemKind.PreconditionFailed,
                $"Application '{scale.Application}' does not say external_scaler_enabled: true, so no program outside scales it. Set that in its document; an operator scales it with 'serve scale', or with ?manual=true."),
            null => new RequestProblem(RequestProblemKind.NotFound, $"Application '{scale.Application}' has no deployment '{scale.Deployment}'; it has {NamesOf(application)}."),
            { Target.Spec.Autoscaling: { } bounds } when bounds.At(state.Settings.Capacity, now) is var (min, max) && (scale.NumReplicas < min || scale.NumReplicas > max) =>
                new RequestProblem(RequestProblemKind.PreconditionFailed, $"The deployment '{scale.Deployment}' has between {min} and {max} replicas (autoscaling_config); {scale.NumReplicas} is outside."),
            { IsDeleting: true } => new RequestProblem(RequestProblemKind.PreconditionFailed, $"The deployment '{scale.Deployment}' is being deleted."),
            _ => null,
        };
    }

    /// <summary>
    /// A new revision that differs in one number. The program is the same, so it is not asked again, and no replica is touched but those
    /// that come or go.
    /// </summary>
    private static void Scale(Step step, ScaleDeployment scale)
    {
        var application = step.State.Applications[scale.Application];
        var deployment = application.Deployments[scale.Deployment];
        var isUp = scale.NumReplicas > deployment.Target.Spec.NumReplicas;
        if (deployment.Target.Spec.NumReplicas == scale.NumReplicas)
            return;
        if (deployment.Target.Spec.Autoscaling is null)
            application = ReviseScaled(step, application, deployment, scale);
        step.Put(application);
        Move(step, deployment, scale.NumReplicas, isUp ? DeploymentEvent.ScaledUp : DeploymentEvent.ScaledDown);
    }

    /// <summary>From now on there shall be another number of replicas of the same.</summary>
    private static void Move(Step step, DeploymentState deployment, int number, DeploymentEvent? happened)
    {
        step.Put(deployment with
        {
            Target = WithReplicas(step, deployment.Target, number),
            Fallback = deployment.Fallback is { } fallback ? fallback with { Target = WithReplicas(step, fallback.Target, number) } : null,
        });
        if (happened is { } told)
            step.Signal(deployment.Id, told);
        step.Emit(new WriteApplication(ToRecord(step.State.Applications[deployment.Id.Application])));
        Reconciler.Reconcile(step, deployment.Id);
    }

    /// <summary>Of a number that moves within bounds the record has the last; a fixed number is declared, so another one is a revision.</summary>
    private static ApplicationState ReviseScaled(Step step, ApplicationState application, DeploymentState deployment, ScaleDeployment scale)
    {
        var before = application;
        var change = $"scaled {scale.Deployment} from {deployment.Target.Spec.NumReplicas} to {scale.NumReplicas} replicas";
        application = DeclareScaled(step, application, WithReplicas(application.Spec, scale), scale.By, change) with
        {
            // Where the last submission has failed, an earlier one runs on; it is scaled too, and the failure stays to be seen.
            Failure = application.Failure,
            Previous = application.Previous is { } previous ? previous with { Spec = WithReplicas(previous.Spec, scale) } : null,
        };
        return UseScaled(step, application, before, WithReplicas(application.Active!.Spec, scale));
    }

    /// <summary>A new revision. It takes the place of one that was scaled as well, so that a scaler leaves room for the others in the history.</summary>
    private static ApplicationState DeclareScaled(Step step, ApplicationState before, ApplicationSpec spec, string? by, string change)
    {
        var application = Declare(step, spec, by, ChangeKind.Scaled, change);
        if (before.History.GetValueOrDefault(before.Revision) is not { Kind: ChangeKind.Scaled } || before.Previous?.Revision == before.Revision)
            return application;
        step.Emit(new ForgetRevision(before.Name, before.Revision));
        return application with { History = application.History.Remove(before.Revision) };
    }

    /// <summary>What runs is of the new revision, if it was of the one before: the program is the same.</summary>
    private static ApplicationState UseScaled(Step step, ApplicationState application, ApplicationState before, ApplicationSpec spec)
    {
        var active = application.Active! with { Spec = spec };
        if (active.Revision != before.Revision)
            return application with { Active = active };
        active = active with { Revision = application.Revision };
        var wasRunning = before.History.GetValueOrDefault(before.Revision)?.WasRunning == true;
        return Remember(step, application with { Active = active }, application.History[application.Revision] with { Program = active, WasRunning = wasRunning });
    }

    private static DeploymentTarget WithReplicas(Step step, DeploymentTarget target, int number) =>
        target with { Spec = (target.Spec with { NumReplicas = number }).At(step.State.Settings.Capacity, step.Now, number) };

    private static ApplicationSpec WithReplicas(ApplicationSpec spec, ScaleDeployment scale)
    {
        var isNamed = spec.Deployments.Any(options => options.Name == scale.Deployment);
        var deployments = isNamed ? spec.Deployments : spec.Deployments.Append(new DeploymentOptions { Name = scale.Deployment });
        return spec with
        {
            Deployments = [.. deployments.Select(options => options.Name == scale.Deployment ? options with { NumReplicas = scale.NumReplicas } : options)],
        };
    }

    private static string NamesOf(ApplicationState application) =>
        application.Deployments.IsEmpty ? "none" : string.Join(", ", application.Deployments.Keys.Select(name => $"'{name}'"));
}
