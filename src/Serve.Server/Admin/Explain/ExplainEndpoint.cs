using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Server.Admin.Explain;

/// <summary>Says why an application, or one of its deployments, is as it is.</summary>
internal sealed class ExplainEndpoint(ControllerActor controller, AutoscalerLoop autoscaler)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/serve/applications/{name}/explain", ExplainApplication);
        endpoints.MapGet("/api/serve/applications/{name}/explain/{deployment}", ExplainDeployment);
    }

    private Task ExplainApplication(HttpContext context) => Find(context) is { } application
        ? context.Response.WriteAsJsonAsync(Explainer.Explain(application, autoscaler.Decisions, autoscaler.Policies), AdminJson.Default.Explanation)
        : AdminAnswer.RefuseAsync(context, ApplicationEndpoints.Unknown(ApplicationEndpoints.NameOf(context)));

    private Task ExplainDeployment(HttpContext context)
    {
        if (Find(context) is not { } application)
            return AdminAnswer.RefuseAsync(context, ApplicationEndpoints.Unknown(ApplicationEndpoints.NameOf(context)));
        var name = ApplicationEndpoints.NameOf(context, "deployment");
        if (application.Deployments.GetValueOrDefault(name) is { } deployment)
            return context.Response.WriteAsJsonAsync(DeploymentExplainer.Explain(application, deployment, autoscaler.Decisions, autoscaler.Policies?.View(deployment)), AdminJson.Default.DeploymentExplanation);
        var known = application.Deployments.IsEmpty ? "none yet" : string.Join(", ", application.Deployments.Keys.Select(key => $"'{key}'"));
        return AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status404NotFound, $"Application '{application.Name}' has no deployment '{name}'; it has {known}."));
    }

    private ApplicationState? Find(HttpContext context) => controller.State.Applications.GetValueOrDefault(ApplicationEndpoints.NameOf(context));
}
