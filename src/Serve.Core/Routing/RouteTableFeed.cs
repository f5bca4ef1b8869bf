namespace Serve.Routing;

/// <summary>Holds the route table of this process and takes its changes, one application at a time.</summary>
/// <param name="environment">What its routers are made with.</param>
internal sealed class RouteTableFeed(RouterEnvironment environment)
{
    private readonly Lock _writeLock = new();
    private readonly Dictionary<string, TaskCompletionSource<ApplicationRouter>> _awaited = new(StringComparer.Ordinal);
    private volatile RouteTable _current = RouteTable.Empty;
    private TaskCompletionSource? _changed;

    public RouteTableFeed(Func<ReplicaRoute, ReplicaEntry> connect, TimeProvider timeProvider)
        : this(new RouterEnvironment(connect, timeProvider))
    {
    }

    public RouteTable Current => _current;

    /// <summary>Completes with the next change of any application's routes.</summary>
    public Task WhenChangedAsync()
    {
        lock (_writeLock)
            return (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Puts an application's routes in force, new or changed.</summary>
    public void Update(ApplicationRoutes routes)
    {
        lock (_writeLock)
        {
            var table = _current;
            if (table.Applications.TryGetValue(routes.Application, out var router))
            {
                var before = router.Routes;
                router.Update(routes);
                OnChanged();
                if (AreFoundAlike(before, routes) && table.IsPopulated)
                    return;
                _current = new RouteTable(isPopulated: true, table.Applications);
            }
            else
            {
                router = new ApplicationRouter(routes.Application, environment);
                router.Update(routes);
                _current = new RouteTable(isPopulated: true, table.Applications.Add(routes.Application, router));
                OnChanged();
                if (_awaited.Remove(routes.Application, out var awaited))
                    awaited.SetResult(router);
            }
        }
    }

    /// <summary>Completes when the application's routes are known.</summary>
    public Task<ApplicationRouter> WhenKnownAsync(string application)
    {
        lock (_writeLock)
        {
            if (_current.Applications.TryGetValue(application, out var router))
                return Task.FromResult(router);
            if (!_awaited.TryGetValue(application, out var awaited))
                _awaited.Add(application, awaited = new TaskCompletionSource<ApplicationRouter>(TaskCreationOptions.RunContinuationsAsynchronously));
            return awaited.Task;
        }
    }

    /// <summary>Takes an application out; requests that wait for it are told so.</summary>
    public void Remove(string application)
    {
        lock (_writeLock)
        {
            if (!_current.Applications.TryGetValue(application, out var router))
                return;
            _current = new RouteTable(isPopulated: true, _current.Applications.Remove(application));
            router.Close();
            OnChanged();
        }
    }

    /// <summary>Says that the table is complete although it may be empty.</summary>
    public void MarkPopulated()
    {
        lock (_writeLock)
        {
            _current = new RouteTable(isPopulated: true, _current.Applications);
            OnChanged();
        }
    }

    private void OnChanged()
    {
        _changed?.SetResult();
        _changed = null;
    }

    /// <summary>Whether requests find both in the same way, so that the table need not be made anew.</summary>
    private static bool AreFoundAlike(ApplicationRoutes one, ApplicationRoutes other) =>
        one.RoutePrefix == other.RoutePrefix && (one.GrpcServices ?? []).SequenceEqual(other.GrpcServices ?? [], StringComparer.Ordinal);
}
