using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Server.Admin.Load;

/// <summary>What deployments have to do, and how their numbers of replicas follow it.</summary>
internal sealed class LoadEndpoints(ControllerActor controller, AutoscalerLoop autoscaler)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(AdminClient.LoadPath, GetAll);
        endpoints.MapGet("/api/v1/applications/{name}/deployments/{deployment}/autoscaling", GetOne);
    }

    private Task GetAll(HttpContext context)
    {
        var state = controller.State;
        var only = context.Request.Query["application"].ToString();
        if (only.Length > 0 && !state.Applications.ContainsKey(only))
            return AdminAnswer.RefuseAsync(context, ApplicationEndpoints.Unknown(only));
        var deployments = state.Applications.Values.Where(application => only.Length == 0 || application.Name == only).SelectMany(application => application.Deployments.Values);
        var load = new ClusterLoad(
            LoadDetailsBuilder.ToSeconds(controller.Now),
            [.. deployments.Select(deployment => LoadDetailsBuilder.Load(deployment, autoscaler.Load, autoscaler.Decisions.Last(deployment.Id)))]);
        return context.Response.WriteAsJsonAsync(load, AdminJson.Default.ClusterLoad);
    }

    private Task GetOne(HttpContext context)
    {
        var (name, deployment) = (ApplicationEndpoints.NameOf(context), ApplicationEndpoints.NameOf(context, "deployment"));
        if (controller.State.Applications.GetValueOrDefault(name) is not { } application)
            return AdminAnswer.RefuseAsync(context, ApplicationEndpoints.Unknown(name));
        return application.Deployments.GetValueOrDefault(deployment) is { } found
            ? context.Response.WriteAsJsonAsync(LoadDetailsBuilder.Autoscaling(found, autoscaler), AdminJson.Default.AutoscalingDetails)
            : AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status404NotFound, $"Application '{name}' has no deployment '{deployment}'; it has {string.Join(", ", application.Deployments.Keys.Select(key => $"'{key}'"))}."));
    }
}
