namespace Serve.Wire.Payloads;

/// <summary>
/// Sends the items of a stream: those that are there at once together, and none waits for one that is still to come. The sink holds
/// it up where the receiver does not keep pace, so that a producer is never more than a window ahead.
/// </summary>
internal static class ItemSender
{
    /// <summary>So much is gathered at most.</summary>
    private const int MaxGathered = 32 * 1024;

    /// <summary>Sends all items and the end. Where the source throws, what it gave before is sent.</summary>
    public static async Task SendAsync<T>(IAsyncEnumerable<T> items, IPayloadSink sink, CancellationToken cancellationToken)
    {
        using var payloads = PayloadWriter.Rent();
        try
        {
            await GatherAsync(items, payloads, sink, cancellationToken);
        }
        catch when (payloads.Length > 0 && !cancellationToken.IsCancellationRequested)
        {
            await FlushAsync(payloads, sink, cancellationToken);
            throw;
        }

        payloads.AddByte((byte)StreamItem.End);
        await sink.SendAsync(payloads, isComplete: true, cancellationToken);
    }

    /// <summary>Ends a stream with an error.</summary>
    public static async Task SendFailureAsync(CallFailure failure, IPayloadSink sink, CancellationToken cancellationToken)
    {
        using var payloads = PayloadWriter.Rent();
        payloads.AddByte((byte)StreamItem.Failure);
        payloads.AddBlock(failure.ToJson());
        await sink.SendAsync(payloads, isComplete: true, cancellationToken);
    }

    private static async Task GatherAsync<T>(IAsyncEnumerable<T> items, PayloadWriter payloads, IPayloadSink sink, CancellationToken cancellationToken)
    {
        var source = items.GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await NextAsync(source, payloads, sink, cancellationToken))
            {
                payloads.AddItem(source.Current);
                if (payloads.Length >= MaxGathered)
                    await FlushAsync(payloads, sink, cancellationToken);
            }
        }
        finally
        {
            await source.DisposeAsync();
        }
    }

    private static async ValueTask<bool> NextAsync<T>(IAsyncEnumerator<T> source, PayloadWriter payloads, IPayloadSink sink, CancellationToken cancellationToken)
    {
        var next = source.MoveNextAsync();
        if (!next.IsCompleted && payloads.Length > 0)
        {
            try
            {
                await FlushAsync(payloads, sink, cancellationToken);
            }
            catch
            {
                // The source must not be disposed while it works on the next item; its own failure matters no more.
                await ((Task)next.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }

        return await next;
    }

    private static async ValueTask FlushAsync(PayloadWriter payloads, IPayloadSink sink, CancellationToken cancellationToken)
    {
        await sink.SendAsync(payloads, isComplete: false, cancellationToken);
        payloads.Clear();
    }
}
