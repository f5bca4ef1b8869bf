using Serve.Specs;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    private static void OnScale(Step step, ScaleDeployment scale)
    {
        var problem = WhyNotScaled(step.State, scale);
        if (problem is null)
            Scale(step, scale);
        step.Emit(new Reply(scale.Ticket, problem));
    }

    private static RequestProblem? WhyNotScaled(ControllerState state, ScaleDeployment scale)
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
            null => new RequestProblem(RequestProblemKind.NotFound, $"Application '{scale.Application}' has no deployment '{scale.Deployment}'; it has {NamesOf(application)}."),
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
        if (deployment.Target.Spec.NumReplicas == scale.NumReplicas)
            return;
        var active = application.Active!;
        var revision = application.Revision + 1;
        application = application with
        {
            Spec = WithReplicas(application.Spec, scale),
            Revision = revision,
            // Where the last submission has failed, an earlier one runs on; it is scaled too, and the failure stays to be seen.
            Active = active with { Spec = WithReplicas(active.Spec, scale), Revision = active.Revision == application.Revision ? revision : active.Revision },
        };
        step.Put(application);
        step.Put(deployment with { Target = deployment.Target with { Spec = deployment.Target.Spec with { NumReplicas = scale.NumReplicas } } });
        step.Emit(new Note(deployment.Id.ToString(), $"revision {revision}: scaled from {deployment.Target.Spec.NumReplicas} to {scale.NumReplicas} replicas", IsProblem: false));
        step.Emit(new WriteApplication(ToRecord(step.State.Applications[application.Name])));
        Reconciler.Reconcile(step, deployment.Id);
    }

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
