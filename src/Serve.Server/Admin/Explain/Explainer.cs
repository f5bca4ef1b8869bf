using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Store.Records;
using Serve.Status;

namespace Serve.Server.Admin.Explain;

/// <summary>Answers what an operator asks of an application: why is it not healthy, why are there so many replicas, what is awaited. Pure.</summary>
internal static class Explainer
{
    public static Explanation Explain(ApplicationState application, DecisionLog? decisions = null, IScalingPolicies? policies = null)
    {
        var status = StatusRules.Of(application);
        return new Explanation
        {
            Application = application.Name,
            Status = status,
            Revision = application.Revision,
            Answers = [new Answer(status == ApplicationStatus.RUNNING ? "Is it well?" : $"Why is it {status}?", WhyStatus(application, status))],
            Deployments = [.. application.Deployments.Values.Select(deployment => DeploymentExplainer.Explain(application, deployment, decisions, policies?.View(deployment)))],
        };
    }

    private static string WhyStatus(ApplicationState application, ApplicationStatus status) => application switch
    {
        { IsDeleting: true } => $"It is being deleted; {Count(application.Deployments.Values.Sum(deployment => deployment.Replicas.Count), "replica")} must finish what they do first.",
        { Job: { } job } => WhyDescribing(application, job),
        { Failure: { } failure, Active: { } active } => $"Revision {application.Revision} can't be used; revision {active.Revision} runs on. {failure}",
        { Failure: { } failure } => $"Revision {application.Revision} can't be used, and there is no earlier one to run. {failure}",
        _ when status == ApplicationStatus.RUNNING => $"Yes: {Count(application.Deployments.Count, "deployment")} of revision {application.Revision}, all healthy.",
        _ => $"Of its deployments {string.Join(", ", NotHealthy(application))}.",
    };

    private static string WhyDescribing(ApplicationState application, ProgramJob job)
    {
        var what = job switch
        {
            { Node: null } => "it waits for a node: none has joined the cluster",
            { Phase: ProgramPhase.Building } => $"node {job.Node} builds {application.Spec.ImportPath}",
            _ => $"node {job.Node} asks {application.Spec.ImportPath} for its deployments",
        };
        var meanwhile = application.Active is { } active ? $" Revision {active.Revision} serves meanwhile." : "";
        return $"Revision {application.Revision}, submitted at {application.DeployedAt:HH:mm:ss} UTC, is being prepared: {what}.{meanwhile}";
    }

    private static IEnumerable<string> NotHealthy(ApplicationState application) =>
        from deployment in application.Deployments.Values
        let status = StatusRules.Of(deployment).Status
        where status != DeploymentStatus.HEALTHY
        select $"{deployment.Id.Name} is {status}";

    public static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";
}
