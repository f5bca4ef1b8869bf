using System.Text.Json;

namespace Load.Autoscaling;

/// <summary>Every replica that an application ever had while it was watched.</summary>
internal sealed class ReplicaSet : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http;
    private readonly string _application;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Task _loop;

    /// <param name="admin">The server's admin API.</param>
    /// <param name="application">The application.</param>
    public ReplicaSet(Uri admin, string application)
    {
        _http = new HttpClient { BaseAddress = admin };
        _application = application;
        _loop = Task.Run(WatchAsync);
    }

    /// <summary>Ends the watching.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> CountAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        return _seen.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await CountAsync();
        _stop.Dispose();
        _http.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                using var state = await JsonDocument.ParseAsync(await _http.GetStreamAsync("/api/serve/applications/", _stop.Token), cancellationToken: _stop.Token);
                foreach (var deployment in state.RootElement.GetProperty("applications").GetProperty(_application).GetProperty("deployments").EnumerateObject())
                    {
                    // One that still stops is of the time before.
                    _seen.UnionWith(deployment.Value.GetProperty("replicas").EnumerateArray()
                        .Where(static replica => replica.GetProperty("state").GetString() != "STOPPING")
                        .Select(static replica => replica.GetProperty("replica_id").GetString()!));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
