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

    /// <summary>The deployment's router, or null as long as the routes are not known.</summary>
    public DeploymentRouter? KnownRouter => routes.FindKnown(application, Deployment);

    /// <summary>The one replica that is called, or null for any.</summary>
    public ReplicaEntry? OnlyReplica { get; private init; }

    public HandleInvoker With(CallOptions other) => new(routes, application, Deployment, other);

    /// <summary>For calls of one replica, whether it has room or not.</summary>
    public HandleInvoker Only(ReplicaEntry replica) => new(routes, application, Deployment, Options) { OnlyReplica = replica };

    /// <summary>The replicas that take calls now, in the order of their ids.</summary>
    /// <exception cref="DeploymentUnavailableException">The deployment is not there.</exception>
    public async Task<IReadOnlyList<ReplicaEntry>> ReplicasAsync()
    {
        var router = await FindRouterAsync(CancellationToken.None);
        return [.. router.Replicas.Replicas.OrderBy(replica => replica.Id, StringComparer.Ordinal)];
    }

    public ValueTask<DeploymentRouter> FindRouterAsync(CancellationToken cancellationToken) => routes.FindAsync(application, Deployment, cancellationToken);

    /// <summary>Takes a place on the one replica that is called.</summary>
    /// <exception cref="DeploymentUnavailableException">It takes no calls.</exception>
    public ReplicaLease Hold(DeploymentRouter router, in PickRequest pick)
    {
        // Where it refused once, waiting would not help.
        if (pick.Arrived == 0 && router.TryHold(OnlyReplica!, out var lease))
            return lease;
        throw new DeploymentUnavailableException($"The replica {OnlyReplica!.Id} takes no calls now: it is about to end, or takes up new settings.");
    }

    /// <summary>Whether a call may run twice with the effect of once. What has a stream among its arguments can't: that comes once.</summary>
    public bool MayRunTwice(MethodShape method) => (Options.IsIdempotent ?? method.IsIdempotent) && method.Stream is null;

    public Task<T> CallAsync<T>(MethodShape method, object?[] arguments) => MayRunTwice(method) && OnlyReplica is null
        ? HedgedCall.RunAsync<T>(this, method, arguments)
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
