using Serve.Discovery;
using Serve.Routing;

namespace Serve.Handles;

/// <summary>
/// A call that may run twice: where the first replica takes long, as the handle or the deployment says, a second one is asked, if the deployment's
/// budget allows. The first answer counts, and the other call is cancelled.
/// </summary>
internal static class HedgedCall
{
    public static Task<T> RunAsync<T>(HandleInvoker invoker, MethodShape method, object?[] arguments)
    {
        // Where the routes are not known yet, nothing is known of delays either.
        var router = invoker.KnownRouter;
        return router is not null && (invoker.Options.HedgeAfter ?? router.HedgeDelay) is { } patience
            ? RunAsync<T>(invoker, router, method, arguments, patience)
            : HandleInvoker.CallAsync<T>(new OutgoingCall(invoker, method, arguments, invoker.Options.Timeout, stop: null));
    }

    private static async Task<T> RunAsync<T>(HandleInvoker invoker, DeploymentRouter router, MethodShape method, object?[] arguments, TimeSpan patience)
    {
        using var stopFirst = new CancellationTokenSource();
        var timeout = invoker.Options.Timeout;
        var firstCall = new OutgoingCall(invoker, method, arguments, timeout, stopFirst);
        var first = HandleInvoker.CallAsync<T>(firstCall);
        var begin = invoker.TimeProvider.GetTimestamp();
        // A second call costs as much as a repeat, and comes out of the same budget.
        if (await EndsWithinAsync(first, patience, invoker.TimeProvider) || !router.TryRepeat(repeats: 0))
            return await first;

        using var stopSecond = new CancellationTokenSource();
        var secondCall = new OutgoingCall(invoker, method, arguments, timeout - invoker.TimeProvider.GetElapsedTime(begin), stopSecond) { Replica = firstCall.Replica };
        var second = HandleInvoker.CallAsync<T>(secondCall);
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
            await UnusedResult.DisposeAsync(winner == first ? second : first);
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
