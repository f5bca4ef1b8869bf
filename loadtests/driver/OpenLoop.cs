using System.Diagnostics;
using Load.Autoscaling;

namespace Load;

/// <summary>One answer of an open loop.</summary>
/// <param name="At">When the request was due, from the beginning.</param>
/// <param name="Kind">The index of the request that it was.</param>
/// <param name="Status">The status, or 0 where there was no answer.</param>
/// <param name="Latency">From when the request was due, whenever it was sent, to the end of its answer.</param>
internal readonly record struct Outcome(TimeSpan At, int Kind, int Status, TimeSpan Latency);

/// <summary>
/// Sends requests when they are due, whether or not those before have been answered: Poisson arrivals. A request for which no connection
/// is free waits for one, and the wait counts; so a server that stands still can't slow the clients down (no coordinated omission).
/// </summary>
/// <param name="options">Where to send them.</param>
/// <param name="requests">The kinds of requests.</param>
/// <param name="mostConnections">The most connections.</param>
/// <param name="onOutcome">Called for each answer, by many threads.</param>
internal sealed class OpenLoop(DriverOptions options, IReadOnlyList<byte[]> requests, int mostConnections, Action<Outcome> onOutcome) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<HttpConnection> _free = new();
    private readonly Queue<(TimeSpan At, int Kind)> _backlog = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _start;
    private int _connections;
    private int _unanswered = 1; // one for the run itself

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Runs for a while, then waits for the answers.</summary>
    /// <param name="rate">Requests per second.</param>
    /// <param name="duration">How long requests are sent.</param>
    /// <param name="shares">For each kind its part of the requests; together 1.</param>
    public Task RunAsync(double rate, TimeSpan duration, params IReadOnlyList<double> shares) => RunAsync(LoadShape.Steady(rate, duration), shares);

    /// <inheritdoc cref="RunAsync(double, TimeSpan, IReadOnlyList{double})"/>
    /// <param name="shape">How many requests come when.</param>
    /// <param name="shares">For each kind its part of the requests; together 1.</param>
    public Task RunAsync(LoadShape shape, params IReadOnlyList<double> shares)
    {
        _start = Stopwatch.GetTimestamp();
        new Thread(() => Generate(shape, shares)) { IsBackground = true, Name = "arrivals" }.Start();
        return _drained.Task;
    }

    public void Dispose()
    {
        while (_free.TryPop(out var connection))
            connection.Dispose();
    }

    private void Generate(LoadShape shape, IReadOnlyList<double> shares)
    {
        var random = new Random(1);
        var seconds = 0.0;
        while ((seconds += -Math.Log(1 - random.NextDouble()) / shape.Highest) < shape.Length.TotalSeconds)
        {
            // Thinning (Lewis and Shedler, 1979): of arrivals at the highest rate each counts with the share of the rate of its time.
            if (shape.Rate(seconds) is var rate && rate < shape.Highest && random.NextDouble() * shape.Highest >= rate)
                continue;
            ArrivalClock.WaitUntil(_start + (long)(seconds * Stopwatch.Frequency));
            Interlocked.Increment(ref _unanswered);
            Arrive((TimeSpan.FromSeconds(seconds), KindOf(random.NextDouble(), shares)));
        }

        Leave();
    }

    private static int KindOf(double number, IReadOnlyList<double> shares)
    {
        var kind = 0;
        while (kind < shares.Count - 1 && (number -= shares[kind]) >= 0)
            kind++;
        return kind;
    }

    private void Arrive((TimeSpan At, int Kind) arrival)
    {
        HttpConnection? connection;
        lock (_lock)
        {
            if (!_free.TryPop(out connection) && _connections == mostConnections)
            {
                _backlog.Enqueue(arrival);
                return;
            }

            if (connection is null)
                _connections++;
        }

        _ = ServeAsync(connection, arrival);
    }

    /// <summary>Makes a request, and those that waited for its connection.</summary>
    private async Task ServeAsync(HttpConnection? connection, (TimeSpan At, int Kind) arrival)
    {
        while (true)
        {
            var status = 0;
            try
            {
                if (connection is null)
                    await (connection = new HttpConnection(options.Server)).ConnectAsync();
                status = await connection.RequestAsync(requests[arrival.Kind]);
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                connection?.Dispose();
                connection = null;
            }

            onOutcome(new Outcome(arrival.At, arrival.Kind, status, Elapsed - arrival.At));
            Leave();
            lock (_lock)
            {
                if (!_backlog.TryDequeue(out arrival))
                {
                    if (connection is null)
                        _connections--;
                    else
                        _free.Push(connection);
                    return;
                }
            }
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _unanswered) == 0)
            _drained.SetResult();
    }
}
