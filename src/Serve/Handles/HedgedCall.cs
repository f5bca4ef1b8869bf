using Serve.Discovery;

namespace Serve.Handles;

/// <summary>A call that asks a second replica where the first one takes long. The first answer counts, and the other call is cancelled.</summary>
internal static class HedgedCall
{
    public static async Task<T> RunAsync<T>(HandleInvoker invoker, MethodShape method, object?[] arguments, TimeSpan patience)
    {
        using var stopFirst = new CancellationTokenSource();
        var timeout = invoker.Options.Timeout;
        var firstCall = new OutgoingCall(invoker, method, arguments, timeout, stopFirst);
        var first = HandleInvoker.CallAsync<T>(firstCall);
        var begin = invoker.TimeProvider.GetTimestamp();
        if (await EndsWithinAsync(first, patience, invoker.TimeProvider))
            return await first;

        using var stopSecond = new CancellationTokenSource();
        var second = HandleInvoker.CallAsync<T>(new OutgoingCall(invoker, method, arguments, timeout - invoker.TimeProvider.GetElapsedTime(begin), stopSecond) { Avoid = firstCall.Replica });
        var winner = await Task.WhenAny(first, second);
        // A failure of one is no answer while the other may still succeed.
        if (!winner.IsCompletedSuccessfully)
            winner = winner == first ? second : first;
        try
        {
            return await winner;
        }
        finally
        {
            await (winner == first ? stopSecond : stopFirst).CancelAsync();
            await ((Task)(winner == first ? second : first)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> EndsWithinAsync(Task call, TimeSpan patience, TimeProvider timeProvider)
    {
        using var timer = new CancellationTokenSource();
        var ended = await Task.WhenAny(call, Task.Delay(patience, timeProvider, timer.Token)) == call;
        await timer.CancelAsync();
        return ended;
    }
}
