using System.Diagnostics;
using System.Runtime.CompilerServices;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Handles;

/// <summary>Makes the calls of a handle: takes a slot on a replica, calls it, and asks another one where the first did not take the call.</summary>
internal sealed class HandleInvoker(RouteTableFeed routes, string application, string deployment, CallOptions options, TimeProvider timeProvider)
{
    /// <summary>How many replicas may refuse a call before it waits at the gate of one of them.</summary>
    private const int MaxRefusals = 3;

    /// <summary>How often a call may find a replica's socket dead before it fails.</summary>
    private const int MaxDeadReplicas = 10;

    public string Deployment { get; } = deployment;

    public HandleInvoker With(CallOptions other) => new(routes, application, Deployment, other, timeProvider);

    public async Task<T> CallAsync<T>(MethodShape method, object?[] arguments, CancellationToken cancellationToken)
    {
        using var deadline = CallDeadline.Start(options.Timeout, timeProvider, cancellationToken);
        try
        {
            await using var reply = await SendAsync(method, arguments, deadline);
            return await reply.ReadValueAsync<T>(deadline.Token);
        }
        catch (OperationCanceledException exception) when (deadline.HasPassed)
        {
            throw deadline.ToException(Deployment, exception);
        }
    }

    public async IAsyncEnumerable<T> StreamAsync<T>(
        MethodShape method, object?[] arguments, CancellationToken callToken, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(callToken, cancellationToken);
        using var deadline = CallDeadline.Start(options.Timeout, timeProvider, both.Token);
        await using var reply = await InTimeAsync(SendAsync(method, arguments, deadline), deadline);
        await using var items = reply.ReadItemsAsync<T>(deadline.Token).GetAsyncEnumerator(deadline.Token);
        while (await InTimeAsync(items.MoveNextAsync().AsTask(), deadline))
            yield return items.Current;
    }

    private async Task<T> InTimeAsync<T>(Task<T> task, CallDeadline deadline)
    {
        try
        {
            return await task;
        }
        catch (OperationCanceledException exception) when (deadline.HasPassed)
        {
            throw deadline.ToException(Deployment, exception);
        }
    }

    private async Task<CallReply> SendAsync(MethodShape method, object?[] arguments, CallDeadline deadline)
    {
        using var span = Tracing.Start(SpanNames.Call, ActivityKind.Client);
        using var request = new CallRequest(method, arguments);
        FindRouter().Meter.OnCall();
        var pick = default(PickRequest);
        for (var (dead, refused) = (0, 0); ;)
        {
            var lease = await FindRouter().AcquireAsync(pick, deadline.Token);
            CallReply? reply = null;
            try
            {
                reply = lease.Replica is LocalReplica local
                    ? new LocalReply(lease, Deployment, method, local.Invoke(method, arguments, deadline.Token))
                    : await request.SendAsync(lease, Deployment, mayRefuse: refused < MaxRefusals, deadline);
            }
            catch (HttpRequestException exception) when (RemoteReplica.WasNotSent(exception) && dead < MaxDeadReplicas)
            {
                dead++;
                lease.MarkDown();
                continue;
            }
            finally
            {
                if (reply is null)
                    lease.Dispose();
            }

            if (reply is not null)
                return reply;
            refused++;
            pick = pick.After(lease);
        }
    }

    private DeploymentRouter FindRouter() =>
        routes.Current.Applications.GetValueOrDefault(application)?.Find(Deployment)
        ?? throw new DeploymentUnavailableException($"Application '{application}' has no deployment '{Deployment}'.");
}
