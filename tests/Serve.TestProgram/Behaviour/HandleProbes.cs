using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints that use what handles can beyond plain calls.</summary>
internal static class HandleProbes
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/handle/sum", (Door door, int count, CancellationToken cancellationToken) => door.Leaf.SumAsync(Numbers(count, cancellationToken), cancellationToken));
        endpoints.MapGet("/handle/ping-pong", PingPongAsync);
        endpoints.MapGet("/handle/chained", (Door door) => door.LeafHandle.AfterAsync(door.Leaf.AddOneAsync(1), (remote, number) => remote.AddOneAsync(number)));
        endpoints.MapGet("/handle/chained-failure", ChainFailureAsync);
        endpoints.MapGet("/handle/broadcast", async (Door door) => Join(await door.RelayHandle.BroadcastAsync(remote => remote.WhoAsync()), static result => result.Value));
        endpoints.MapGet("/handle/broadcast-failure", BroadcastFailureAsync);
        endpoints.MapGet("/handle/broadcast-full", async (Door door) => Join(await door.NarrowHandle.BroadcastAsync(remote => remote.WhoAsync()), static result => result.Value));
        endpoints.MapGet("/handle/broadcast-timeout", async (Door door, string key) => Join(
            await door.NarrowHandle.With(new CallOptions { Timeout = TimeSpan.FromMilliseconds(100) }).BroadcastAsync(remote => remote.HoldAsync(key, CancellationToken.None)),
            static result => result.Exception?.GetType().Name));
        endpoints.MapGet("/handle/timeout", TimeoutAsync);
        endpoints.MapGet("/handle/lane", (Door door, string key, CancellationToken cancellationToken) => door.Lane.HoldAsync(key, cancellationToken));
        endpoints.MapGet("/handle/other", (Door door, string application) => door.Other(application).WhoAsync());
    }

    private static async IAsyncEnumerable<int> Numbers(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return i;
        }
    }

    /// <summary>Sends each number only when the answer to the one before is there.</summary>
    private static async Task<int> PingPongAsync(Door door, int count, CancellationToken cancellationToken)
    {
        var numbers = Channel.CreateUnbounded<int>();
        numbers.Writer.TryWrite(1);
        var last = 0;
        await foreach (var doubled in door.Leaf.DoubleAsync(numbers.Reader.ReadAllAsync(cancellationToken), cancellationToken))
        {
            last = doubled;
            if (--count > 0)
                numbers.Writer.TryWrite(doubled);
            else
                numbers.Writer.TryComplete();
        }

        return last;
    }

    private static async Task<string> ChainFailureAsync(Door door)
    {
        try
        {
            await door.LeafHandle.AfterAsync(door.Relay.FailAsync(replica: null), (remote, number) => remote.AddOneAsync(number));
            return "nothing was thrown";
        }
        catch (ServeException exception)
        {
            return exception.Message;
        }
    }

    private static async Task<string> BroadcastFailureAsync(Door door)
    {
        var replicas = await door.RelayHandle.BroadcastAsync(remote => remote.WhoAsync());
        var first = replicas[0].Value;
        return Join(await door.RelayHandle.BroadcastAsync(remote => remote.FailAsync(first)), static result => result.Exception is RemoteException failure ? failure.RemoteMessage : "ok");
    }

    private static async Task<string> TimeoutAsync(Door door, string key)
    {
        try
        {
            await door.LeafHandle.With(new CallOptions { Timeout = TimeSpan.FromMilliseconds(100) }).Remote.HoldAsync(key, CancellationToken.None);
            return "nothing was thrown";
        }
        catch (RequestTimeoutException)
        {
            return "timeout";
        }
    }

    private static string Join<T>(IReadOnlyList<BroadcastResult<T>> results, Func<BroadcastResult<T>, string?> text) => string.Join(", ", results.Select(text));
}
