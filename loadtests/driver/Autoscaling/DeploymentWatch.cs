using System.Diagnostics;
using System.Text.Json;

namespace Load.Autoscaling;

/// <summary>Asks the server for a deployment's load and replicas, again and again, until disposed.</summary>
internal sealed class DeploymentWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http;
    private readonly string _application;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<DeploymentSample> _samples = [];
    private readonly Task _loop;

    /// <param name="admin">The server's admin API.</param>
    /// <param name="application">The application; it has one deployment.</param>
    public DeploymentWatch(Uri admin, string application)
    {
        _http = new HttpClient { BaseAddress = admin };
        _application = application;
        _loop = Task.Run(SampleAsync);
    }

    /// <summary>What was seen so far.</summary>
    public IReadOnlyList<DeploymentSample> Samples
    {
        get
        {
            lock (_samples)
                return [.. _samples];
        }
    }

    public double Now => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>What the server says now.</summary>
    public async Task<DeploymentSample> AskAsync(CancellationToken cancellationToken = default)
    {
        var at = Now;
        using var answer = await JsonDocument.ParseAsync(await _http.GetStreamAsync($"/api/v1/load?application={_application}", cancellationToken), cancellationToken: cancellationToken);
        var deployment = answer.RootElement.GetProperty("deployments").EnumerateArray().Single();
        return new DeploymentSample(
            Math.Round(at, 3),
            deployment.GetProperty("running").GetDouble(),
            deployment.GetProperty("queued").GetDouble(),
            deployment.GetProperty("replicas_target").GetInt32(),
            deployment.GetProperty("replicas_ready").GetInt32(),
            deployment.TryGetProperty("replicas_standby", out var standby) ? standby.GetInt32() : 0,
            deployment.GetProperty("rule").GetString());
    }

    /// <summary>Waits until what the server says is as wished.</summary>
    /// <returns>What it said, or null where patience came to its end.</returns>
    public async Task<DeploymentSample?> UntilAsync(Func<DeploymentSample, bool> condition, TimeSpan patience)
    {
        for (var end = Now + patience.TotalSeconds; Now < end; await Task.Delay(Interval, TimeProvider.System))
        {
            if (await AskAsync() is var sample && condition(sample))
                return sample;
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _http.Dispose();
    }

    private async Task SampleAsync()
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var sample = await AskAsync(_stop.Token);
                lock (_samples)
                    _samples.Add(sample);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
