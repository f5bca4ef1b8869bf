using System.Runtime.ExceptionServices;
using Serve.Discovery;
using Serve.Routing;

namespace Serve.Handles;

/// <summary>What a handle calls, and how.</summary>
internal sealed class HandleInvoker(HandleRoutes routes, string application, string deployment, CallOptions options)
{
    public string Deployment { get; } = deployment;

    public CallOptions Options { get; } = options;

    public TimeProvider TimeProvider => routes.TimeProvider;

    /// <summary>The one replica that is called, or null for any.</summary>
    public ReplicaEntry? OnlyReplica { get; private init; }

    public HandleInvoker With(CallOptions other) => new(routes, application, Deployment, other);

    /// <summary>For calls of one replica, whether it has room or not.</summary>
    public HandleInvoker Only(ReplicaEntry replica) => new(routes, application, Deployment, Options) { OnlyReplica = replica };

    /// <summary>The replicas that take calls now, in the order of their ids.</summary>
    /// <exception cref="DeploymentUnavailableException">The deployment is not there.</exception>
    public async Task<IReadOnlyList<ReplicaEntry>> ReplicasAsync()
    {
        var router = await routes.FindAsync(application, Deployment, CancellationToken.None);
        return [.. router.Replicas.Replicas.OrderBy(replica => replica.Id, StringComparer.Ordinal)];
    }

    public async ValueTask<ReplicaLease> AcquireAsync(PickRequest pick, CancellationToken cancellationToken)
    {
        var router = await routes.FindAsync(application, Deployment, cancellationToken);
        if (pick.Arrived == 0)
            router.Meter.OnCall();
        if (OnlyReplica is not { } replica)
            return await router.AcquireAsync(pick, cancellationToken);
        return pick.Avoid != replica && router.TryHold(replica, out var lease)
            ? lease
            : throw new DeploymentUnavailableException($"The replica {replica.Id} takes no calls now: it is about to end, or takes up new settings.");
    }

    public Task<T> CallAsync<T>(MethodShape method, object?[] arguments) =>
        Options.HedgeAfter is { } patience && (Options.IsIdempotent ?? method.IsIdempotent) && method.Stream is null
            ? HedgedCall.RunAsync<T>(this, method, arguments, patience)
            : CallAsync<T>(new OutgoingCall(this, method, arguments, Options.Timeout, stop: null));

    /// <summary>Makes a call and waits for its value.</summary>
    public static async Task<T> CallAsync<T>(OutgoingCall call)
    {
        try
        {
            while (true)
            {
                try
                {
                    await using var reply = await call.SendAsync();
                    return await reply.ReadValueAsync<T>(call.Token);
                }
                catch (ReplicaLostException) when (call.TryAgain())
                {
                }
            }
        }
        catch (Exception exception) when (call.Translate(exception) is { } other)
        {
            ExceptionDispatchInfo.Throw(other);
            throw;
        }
        finally
        {
            call.Dispose();
        }
    }
}
