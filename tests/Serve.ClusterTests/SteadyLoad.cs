using System.Collections.Concurrent;
using Serve.Admin;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>
/// Clients that never pause, short requests and streams of five seconds, and a watcher that counts ready replicas: what an update must
/// not let anybody notice.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private const int Clients = 4;
    private const int Streams = 3;
    private const int StreamLines = 50;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, int> _versions = new(StringComparer.Ordinal);
    private readonly HttpClient _http;
    private readonly Func<Task<IReadOnlyList<int>>> _findReady;
    private readonly Task _all;
    private int _leastReady = int.MaxValue;
    private int _streams;

    public SteadyLoad(TestServer server, string deployment)
    {
        _http = server.Http;
        _findReady = () => server.ProcessesOfAsync(deployment);
        _all = Task.WhenAll(
            [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(AskAsync)), .. Enumerable.Range(0, Streams).Select(_ => Task.Run(StreamAsync)), Task.Run(CountAsync)]);
    }

    /// <summary>What went wrong for a client.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>The versions that answered, with how often.</summary>
    public IReadOnlyDictionary<string, int> Versions => _versions;

    /// <summary>The fewest ready replicas that the status ever told of.</summary>
    public int LeastReady => _leastReady;

    /// <summary>The streams that came to their end.</summary>
    public int FinishedStreams => _streams;

    /// <summary>Lets what runs come to its end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _all;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AskAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _versions.AddOrUpdate(await _http.GetStringAsync("/version"), 1, static (_, count) => count + 1);
            }
            catch (HttpRequestException exception)
            {
                _failures.Enqueue($"request: {exception.Message}");
            }
        }
    }

    private async Task StreamAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var text = await _http.GetStringAsync($"/stream?count={StreamLines}&pause=0.1");
                if (text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == StreamLines)
                    Interlocked.Increment(ref _streams);
                else
                    _failures.Enqueue($"stream: it ended after '{text[^Math.Min(20, text.Length)..]}'");
            }
            catch (HttpRequestException exception)
            {
                _failures.Enqueue($"stream: {exception.Message}");
            }
        }
    }

    private async Task CountAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var ready = await _findReady();
                _leastReady = Math.Min(_leastReady, ready.Count);
            }
            catch (Exception exception) when (exception is AdminException or HttpRequestException or IOException)
            {
                // A controller that is being replaced tells nothing; the requests tell enough.
            }
        }
    }
}
