namespace Serve.Routing.Retries;

/// <summary>
/// Bounds the repeats of requests by a share of the requests of the last ten seconds and a small number per second (as Finagle's
/// <c>RetryBudget</c> does), so that a fault can't turn into a storm. A request only counts itself; the rest is done when one is repeated.
/// </summary>
internal sealed class RetryBudget(TimeProvider timeProvider)
{
    private const int Seconds = 10;

    private readonly Lock _lock = new();
    private readonly long[] _requestsAt = new long[Seconds];
    private readonly int[] _repeats = new int[Seconds];
    private long _second = timeProvider.GetTimestamp() / timeProvider.TimestampFrequency;
    private long _requests;

    /// <summary>A request came.</summary>
    public void OnRequest() => Interlocked.Increment(ref _requests);

    /// <summary>Takes one repeat out of the budget.</summary>
    /// <returns>False where it is used up: the request then fails as it has failed.</returns>
    public bool TryTake(RetryRules rules)
    {
        lock (_lock)
        {
            var requests = Volatile.Read(ref _requests);
            Turn(requests);
            // The slot after the current one is the oldest: how many there had been when the window began.
            var inWindow = requests - _requestsAt[(_second + 1) % Seconds];
            if (_repeats.Sum() + 1 > (rules.BudgetShare * inWindow) + (rules.BudgetMinPerSecond * Seconds))
                return false;
            _repeats[_second % Seconds]++;
            return true;
        }
    }

    private void Turn(long requests)
    {
        var second = timeProvider.GetTimestamp() / timeProvider.TimestampFrequency;
        for (var i = 0; _second < second && i < Seconds; i++)
        {
            _second++;
            _requestsAt[_second % Seconds] = requests;
            _repeats[_second % Seconds] = 0;
        }

        _second = second;
    }
}
