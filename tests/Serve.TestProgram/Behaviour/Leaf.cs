using System.Runtime.CompilerServices;

namespace Serve.TestProgram.Behaviour;

/// <summary>The last of a chain of calls.</summary>
public interface ILeaf
{
    Task<int> HoldAsync(string key, CancellationToken cancellationToken);

    Task<int> MostTogetherAsync(bool reset);

    Task<int> BusyAsync(CancellationToken cancellationToken);

    Task<int> AddOneAsync(int number);

    Task<long> SumAsync(IAsyncEnumerable<int> numbers, CancellationToken cancellationToken);

    IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> numbers, CancellationToken cancellationToken);

    IAsyncEnumerable<int> CountAsync(string key, int count, int failAt, CancellationToken cancellationToken);
}

/// <summary>Holds requests until the test lets them go, and counts how many are inside.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = Limit)]
public sealed class Leaf(Journal journal) : ILeaf
{
    public const int Limit = 8;

    private readonly Lock _lock = new();
    private int _together;
    private int _mostTogether;

    public async Task<int> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "leaf", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return Environment.ProcessId;
    }

    public Task<int> MostTogetherAsync(bool reset)
    {
        lock (_lock)
        {
            if (reset)
                _mostTogether = 0;
            return Task.FromResult(_mostTogether);
        }
    }

    public async Task<int> BusyAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            _mostTogether = Math.Max(_mostTogether, ++_together);
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        lock (_lock)
            _together--;
        return _together;
    }

    public Task<int> AddOneAsync(int number) => Task.FromResult(number + 1);

    public async Task<long> SumAsync(IAsyncEnumerable<int> numbers, CancellationToken cancellationToken)
    {
        var sum = 0L;
        await foreach (var number in numbers.WithCancellation(cancellationToken))
            sum += number;
        return sum;
    }

    public async IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> numbers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var number in numbers.WithCancellation(cancellationToken))
            yield return 2 * number;
    }

    public async IAsyncEnumerable<int> CountAsync(string key, int count, int failAt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        journal.Write(key, "count-started");
        try
        {
            for (var i = 0; i < count; i++)
            {
                if (i == failAt)
                    throw new FormatException($"failed at {i}");
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            journal.Write(key, "count-ended");
        }
    }
}
