using System.Collections.Concurrent;
using Serve.Routing;

namespace Serve.Handles;

/// <summary>Finds the routers of the deployments that this process's handles call, of its own application and of others.</summary>
/// <param name="routes">The route table.</param>
/// <param name="own">The application that this process is part of.</param>
/// <param name="watch">Asks for the routes of another application, which then come to the table and are kept up to date; null where there is nobody to ask.</param>
/// <param name="timeProvider">The clock of calls.</param>
internal sealed class HandleRoutes(RouteTableFeed routes, string own, Action<string>? watch, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, bool> _watched = new(StringComparer.Ordinal);
    private volatile Found? _last;

    /// <summary>The application that this process is part of.</summary>
    public string Own { get; } = own;

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>Waits until the application's routes are known, the first time.</summary>
    /// <exception cref="DeploymentUnavailableException">There is no such deployment.</exception>
    public ValueTask<DeploymentRouter> FindAsync(string application, string deployment, CancellationToken cancellationToken)
    {
        if (FindKnown(application) is not { } known)
            return WaitAsync(application, deployment, cancellationToken);
        return ValueTask.FromResult(known.Find(deployment) ?? throw Missing(known, deployment));
    }

    /// <summary>The router of a deployment that is known, or null.</summary>
    public DeploymentRouter? FindKnown(string application, string deployment) => FindKnown(application)?.Find(deployment);

    private ApplicationRouter? FindKnown(string application)
    {
        var table = routes.Current;
        var found = _last;
        if (found is not null && found.Table == table && found.Application.Name == application)
            return found.Application;
        if (table.Applications.GetValueOrDefault(application) is { } known)
            _last = found = new Found(table, known);
        else
            found = null;
        return found?.Application;
    }

    private async ValueTask<DeploymentRouter> WaitAsync(string application, string deployment, CancellationToken cancellationToken)
    {
        if (application != Own)
        {
            if (watch is null)
                throw new DeploymentUnavailableException($"There is no application '{application}': a program that serves by itself has only its own deployments.");
            if (_watched.TryAdd(application, true))
                watch(application);
        }

        var known = await routes.WhenKnownAsync(application).WaitAsync(cancellationToken);
        return known.Find(deployment) ?? throw Missing(known, deployment);
    }

    private static DeploymentUnavailableException Missing(ApplicationRouter application, string deployment) => new(application.Routes switch
    {
        { UnavailableReason: { } reason, Deployments.Count: 0 } => $"Application '{application.Name}' is not available: {reason}",
        { Deployments: { Count: > 0 } others } => $"Application '{application.Name}' has no deployment '{deployment}'; it has {string.Join(", ", others.Select(other => $"'{other.Name}'"))}.",
        _ => $"Application '{application.Name}' has no deployment '{deployment}'.",
    });

    private sealed record Found(RouteTable Table, ApplicationRouter Application);
}
