namespace Serve.Routing;

/// <summary>Holds the route table of this process and takes its changes, one application at a time.</summary>
/// <param name="environment">What its routers are made with.</param>
internal sealed class RouteTableFeed(RouterEnvironment environment)
{
    private readonly Lock _writeLock = new();
    private volatile RouteTable _current = RouteTable.Empty;

    public RouteTableFeed(Func<ReplicaRoute, ReplicaEntry> connect, TimeProvider timeProvider)
        : this(new RouterEnvironment(connect, timeProvider))
    {
    }

    public RouteTable Current => _current;

    /// <summary>Puts an application's routes in force, new or changed.</summary>
    public void Update(ApplicationRoutes routes)
    {
        lock (_writeLock)
        {
            var table = _current;
            if (table.Applications.TryGetValue(routes.Application, out var router))
            {
                var prefix = router.Routes.RoutePrefix;
                router.Update(routes);
                if (prefix == routes.RoutePrefix && table.IsPopulated)
                    return;
                _current = new RouteTable(isPopulated: true, table.Applications);
            }
            else
            {
                router = new ApplicationRouter(routes.Application, environment);
                router.Update(routes);
                _current = new RouteTable(isPopulated: true, table.Applications.Add(routes.Application, router));
            }
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
        }
    }

    /// <summary>Says that the table is complete although it may be empty.</summary>
    public void MarkPopulated()
    {
        lock (_writeLock)
            _current = new RouteTable(isPopulated: true, _current.Applications);
    }
}
