using Serve.Identity;
using Serve.Server.Store.Records;
using Serve.Specs.Placement;

namespace Serve.Server.Controller;

/// <summary>Writes of an application's routes what has become different. Work goes with what a step touched, not with the size of the application.</summary>
internal static class RoutePublisher
{
    /// <param name="step">The step.</param>
    /// <param name="application">The application as the step leaves it.</param>
    /// <param name="touched">The deployments to look at, or null for all.</param>
    public static ApplicationState Publish(Step step, ApplicationState application, IReadOnlySet<string>? touched)
    {
        var published = application.PublishedDeployments;
        var names = touched ?? application.Deployments.Keys.Union(published.Keys, StringComparer.Ordinal);
        var gone = new List<string>();
        var mayChangeIngress = touched is null;
        foreach (var name in names)
        {
            if (!application.Deployments.TryGetValue(name, out var deployment))
            {
                gone.Add(name);
                continue;
            }

            mayChangeIngress |= deployment.Target.IsIngress;
            var routes = StoreJson.Write(RouteTableBuilder.Build(deployment, node => step.State.Nodes.TryGetValue(node, out var state) ? LabelRules.ZoneOf(state.Info.Labels) : null));
            if (published.TryGetValue(name, out var before) && before.AsSpan().SequenceEqual(routes))
                continue;
            published = published.SetItem(name, routes);
            step.Emit(new WriteDeploymentRoutes(deployment.Id, routes));
        }

        // A new ingress is named when its routes are there, and a deployment's routes go when nothing names it.
        if (mayChangeIngress || gone.Count > 0)
            application = PublishOwn(step, application);
        foreach (var name in gone.Where(published.ContainsKey))
            step.Emit(new ForgetDeploymentRoutes(new DeploymentId(application.Name, name)));
        return application with { PublishedDeployments = published.RemoveRange(gone) };
    }

    /// <summary>Takes all routes of an application away.</summary>
    public static void Withdraw(Step step, ApplicationState application)
    {
        step.Emit(new ForgetRoutes(application.Name));
        foreach (var name in application.PublishedDeployments.Keys)
            step.Emit(new ForgetDeploymentRoutes(new DeploymentId(application.Name, name)));
    }

    private static ApplicationState PublishOwn(Step step, ApplicationState application)
    {
        var routes = StoreJson.Write(RouteTableBuilder.Build(application));
        if (application.PublishedRoutes is { } before && before.AsSpan().SequenceEqual(routes))
            return application;
        step.Emit(new WriteRoutes(application.Name, routes));
        return application with { PublishedRoutes = routes };
    }
}
