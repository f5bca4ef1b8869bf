namespace Serve.Handles;

/// <summary>One call on every replica.</summary>
internal static class Broadcast
{
    public static async Task<IReadOnlyList<BroadcastResult<TResult>>> RunAsync<T, TResult>(HandleInvoker? invoker, T remote, Func<T, Task<TResult>> call)
        where T : class
    {
        if (invoker is null)
            return [await AskAsync("", remote, call)];
        var replicas = await invoker.ReplicasAsync();
        return await Task.WhenAll(replicas.Select(replica => AskAsync(replica.Id, HandleProxy.Create<T>(invoker.Only(replica)), call)));
    }

    private static async Task<BroadcastResult<TResult>> AskAsync<T, TResult>(string replica, T remote, Func<T, Task<TResult>> call)
    {
        try
        {
            return new BroadcastResult<TResult>(replica, await call(remote));
        }
        catch (Exception exception)
        {
            return new BroadcastResult<TResult>(replica, exception);
        }
    }
}
