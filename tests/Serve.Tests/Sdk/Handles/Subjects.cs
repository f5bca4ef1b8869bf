using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Tests.Sdk.Handles;

/// <summary>What the tests of handles call.</summary>
public interface ISubject
{
    Task<string> EchoAsync(string text);

    ValueTask<int> AddAsync(int one, int other, CancellationToken cancellationToken);

    Task<float[]> DoubleAsync(float[] values);

    Task PlainAsync();

    ValueTask PlainValueAsync();

    Task ThrowAsync(string message);

    Task RefuseAsync();

    /// <summary>Works until it is cancelled or <see cref="Subject.Release"/>d.</summary>
    Task<string> WaitAsync(CancellationToken cancellationToken);

    [Idempotent]
    Task<string> WaitOnceAsync(CancellationToken cancellationToken);

    Task<SeenRequest> RequestAsync();

    IAsyncEnumerable<int> CountAsync(int count, int failAt, CancellationToken cancellationToken);

    IAsyncEnumerable<byte[]> BlocksAsync(int size, CancellationToken cancellationToken);

    Task<long> SumAsync(IAsyncEnumerable<int> numbers, CancellationToken cancellationToken);

    Task<int> FirstAsync(IAsyncEnumerable<int> numbers);

    IAsyncEnumerable<int> NegateAsync(IAsyncEnumerable<int> numbers, int offset, CancellationToken cancellationToken);
}

public sealed record SeenRequest(string RequestId, string? ModelId, int? Priority, double? RemainingSeconds);

[Deployment]
public sealed class Subject : ISubject
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _together;
    private int _waiting;
    private int _cancelled;
    private int _calls;
    private int _produced;

    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>How many waits ended because their token was cancelled.</summary>
    public int Cancelled => Volatile.Read(ref _cancelled);

    public int Calls => Volatile.Read(ref _calls);

    public int MostTogether { get; private set; }

    /// <summary>The items that <see cref="BlocksAsync"/> has produced.</summary>
    public int Produced => Volatile.Read(ref _produced);

    public ConcurrentQueue<int> Received { get; } = [];

    public void Release() => _release.TrySetResult();

    public Task<string> EchoAsync(string text)
    {
        Interlocked.Increment(ref _calls);
        return Task.FromResult(text + "!");
    }

    public ValueTask<int> AddAsync(int one, int other, CancellationToken cancellationToken) => ValueTask.FromResult(one + other);

    public Task<float[]> DoubleAsync(float[] values) => Task.FromResult(Array.ConvertAll(values, value => 2 * value));

    public Task PlainAsync() => Task.CompletedTask;

    public ValueTask PlainValueAsync() => ValueTask.CompletedTask;

    public Task ThrowAsync(string message) => throw new FormatException(message);

    public Task RefuseAsync() => throw new BackPressureException("the cache is full");

    public async Task<string> WaitAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        var together = Interlocked.Increment(ref _waiting);
        lock (_release)
            MostTogether = Math.Max(MostTogether, together);
        try
        {
            await _release.Task.WaitAsync(cancellationToken);
            return "released";
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public Task<string> WaitOnceAsync(CancellationToken cancellationToken) => WaitAsync(cancellationToken);

    public Task<SeenRequest> RequestAsync()
    {
        var request = RequestContext.Current!;
        return Task.FromResult(new SeenRequest(request.RequestId, request.ModelId, request.Priority, request.Remaining(TimeProvider.System)?.TotalSeconds));
    }

    public async IAsyncEnumerable<int> CountAsync(int count, int failAt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _together);
        try
        {
            for (var i = 0; i < count; i++)
            {
                if (i == failAt)
                    throw new FormatException($"failed at {i}");
                if (i % 3 == 0)
                    await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _together);
        }
    }

    /// <summary>Streams that have not ended.</summary>
    public int Streaming => Volatile.Read(ref _together);

    public async IAsyncEnumerable<byte[]> BlocksAsync(int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.Increment(ref _produced);
            yield return new byte[size];
            await Task.Yield();
        }
    }

    public async Task<long> SumAsync(IAsyncEnumerable<int> numbers, CancellationToken cancellationToken)
    {
        var sum = 0L;
        Interlocked.Increment(ref _waiting);
        try
        {
            await foreach (var number in numbers.WithCancellation(cancellationToken))
            {
                Received.Enqueue(number);
                sum += number;
            }
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return sum;
    }

    public async Task<int> FirstAsync(IAsyncEnumerable<int> numbers)
    {
        await foreach (var number in numbers)
            return number;
        return -1;
    }

    public async IAsyncEnumerable<int> NegateAsync(IAsyncEnumerable<int> numbers, int offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var number in numbers.WithCancellation(cancellationToken))
            yield return offset - number;
    }
}
