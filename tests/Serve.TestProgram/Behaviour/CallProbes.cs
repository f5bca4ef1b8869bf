namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints that call other deployments.</summary>
internal static class CallProbes
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/call/deep", async (Door door, string key, CancellationToken cancellationToken) =>
        {
            var process = 0;
            await door.Journal.RunAsync(key, "door", async () => process = await door.Relay.DeepAsync(key, cancellationToken), cancellationToken);
            return process;
        });
        // The user passes no token on: Serve must.
        endpoints.MapGet("/call/deep-without-token", (Door door, string key) => door.Relay.DeepAsync(key, CancellationToken.None));
        endpoints.MapGet("/call/narrow", (Door door, string key, CancellationToken cancellationToken) => door.Narrow.HoldAsync(key, cancellationToken));
        endpoints.MapGet("/call/forgotten", (Door door, string key) =>
        {
            // Nobody awaits it: it runs all the same, and beyond the request that started it.
            _ = door.Leaf.HoldAsync(key, CancellationToken.None);
            return "started";
        });
        endpoints.MapGet("/call/impatient", ImpatientAsync);
        endpoints.MapGet("/call/busy", BusyAsync);
        endpoints.MapGet("/call/count", CountAsync);
        endpoints.MapGet("/call/first-of-many", FirstOfManyAsync);
    }

    /// <summary>Gives up waiting, not the call; then cancels one call of two.</summary>
    private static async Task<string> ImpatientAsync(Door door, string key, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var kept = door.Leaf.HoldAsync($"{key}-kept", cancellationToken);
        var cancelled = door.Leaf.HoldAsync($"{key}-cancelled", source.Token);
        var told = "nothing";
        try
        {
            await kept.WaitAsync(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            told = "gave up";
        }

        await door.Journal.WhenReleasedAsync(key, cancellationToken);
        await source.CancelAsync();
        try
        {
            await cancelled;
        }
        catch (OperationCanceledException)
        {
            told += ", cancelled";
        }

        await kept;
        return $"{told}, kept";
    }

    private static async Task<int> BusyAsync(Door door, int calls, CancellationToken cancellationToken)
    {
        await door.Leaf.MostTogetherAsync(reset: true);
        await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => Task.Run(() => door.Leaf.BusyAsync(cancellationToken), cancellationToken)));
        return await door.Leaf.MostTogetherAsync(reset: false);
    }

    private static async Task<string> CountAsync(Door door, string key, int count, int failAt, CancellationToken cancellationToken)
    {
        var sum = 0;
        try
        {
            await foreach (var item in door.Relay.CountAsync(key, count, failAt, cancellationToken))
                sum += item;
        }
        catch (RemoteException exception)
        {
            return $"{sum}, then {exception.ExceptionType} of {exception.Deployment}";
        }

        return sum.ToString();
    }

    /// <summary>Leaves a stream after its first item.</summary>
    private static async Task<int> FirstOfManyAsync(Door door, string key, CancellationToken cancellationToken)
    {
        await foreach (var item in door.Relay.CountAsync(key, int.MaxValue, failAt: -1, cancellationToken))
            return item;
        return -1;
    }
}
