using System.Diagnostics;
using System.Runtime.CompilerServices;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Replica;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>
/// One call of a handle on its way: takes a slot on a replica, makes the call, and asks another replica where the first did not take it, or where
/// it ended and the call may run twice.
/// </summary>
internal sealed class OutgoingCall : IDisposable
{
    /// <summary>How often a call may find a replica's socket dead before it fails.</summary>
    private const int MaxDeadReplicas = 10;

    private readonly HandleInvoker _invoker;
    private readonly RequestContext? _request = RequestContext.Current;
    private readonly CancellationTokenSource? _stop;
    private readonly CallDeadline _deadline;
    private PayloadWriter? _payload;
    private Exception? _sourceFailure;
    private DeploymentRouter? _router;
    private int _repeats;

    /// <param name="invoker">Whose call it is.</param>
    /// <param name="method">What is called.</param>
    /// <param name="arguments">All its arguments.</param>
    /// <param name="timeout">Its own time, or null.</param>
    /// <param name="stop">Ends the call from within, or null where nothing does.</param>
    public OutgoingCall(HandleInvoker invoker, MethodShape method, object?[] arguments, TimeSpan? timeout, CancellationTokenSource? stop)
    {
        if (method.Stream is { } stream)
            ArgumentNullException.ThrowIfNull(arguments[stream.Index], $"argument {stream.Index + 1} of {method.Name}");
        _invoker = invoker;
        Method = method;
        Arguments = arguments;
        _stop = stop ?? (method.Stream is null ? null : new CancellationTokenSource());
        _deadline = CallDeadline.Start(timeout, invoker.TimeProvider, _request, method.TokenOf(arguments), _stop?.Token ?? default);
    }

    public MethodShape Method { get; }

    public object?[] Arguments { get; }

    public string Deployment => _invoker.Deployment;

    /// <summary>Cancelled when the call must end.</summary>
    public CancellationToken Token => _deadline.Token;

    /// <summary>The arguments as they travel.</summary>
    public PayloadWriter Payload
    {
        get
        {
            if (_payload is null)
            {
                // Kept before it is filled, so that it is given back where an argument can't be converted.
                _payload = PayloadWriter.Rent();
                _payload.AddArguments(Arguments, Method.PayloadTypes);
            }

            return _payload;
        }
    }

    /// <summary>The replica that was asked last, or that another call has asked; it is asked again only where no other has room.</summary>
    public ReplicaEntry? Replica { get; set; }

    /// <summary>Whether the call goes in where there is no room.</summary>
    public bool IsForOneReplica => _invoker.OnlyReplica is not null;

    private bool MayRunAgain => !IsForOneReplica && _invoker.MayRunTwice(Method);

    /// <summary>The arguments were sent as a whole. Where the replica did not take them they are converted once more.</summary>
    public void ForgetPayload()
    {
        _payload?.Dispose();
        _payload = null;
    }

    /// <summary>Makes the call.</summary>
    /// <exception cref="ServeException">No replica has taken it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CallReply> SendAsync()
    {
        if (_deadline.Remaining == TimeSpan.Zero)
            throw _deadline.ToException(Deployment, cause: null);
        using var span = Tracing.Start(SpanNames.Call, ActivityKind.Client);
        var pick = ToPick();
        for (var dead = 0; ;)
        {
            _router = await _invoker.FindRouterAsync(Token);
            if (pick.Arrived == 0)
                _router.Meter.OnCall();
            if (_router.Replicas.Custom is not null && pick.Call is null)
                pick = pick with { Call = new RoutedCall { Method = Method.Name, Arguments = Arguments } };
            var lease = IsForOneReplica ? _invoker.Hold(_router, pick) : await _router.AcquireAsync(pick, Token);
            Replica = lease.Replica;
            CallReply? reply = null;
            try
            {
                reply = lease.Replica is LocalReplica local ? SendLocal(lease, local) : await HopCall.SendAsync(this, lease, (RemoteReplica)lease.Replica);
            }
            catch (HopNotSentException exception)
            {
                lease.MarkDown();
                if (IsForOneReplica || ++dead > MaxDeadReplicas)
                    throw new ReplicaLostException($"No replica of deployment '{Deployment}' could be reached.", exception);
            }
            catch (ReplicaLostException) when (TryAgain())
            {
            }
            finally
            {
                if (reply is null)
                    lease.Dispose();
            }

            if (reply is not null)
                return reply;
            pick = pick.After(lease);
        }
    }

    /// <summary>Whether a call whose replica ended may be made once more. Takes it out of the deployment's budget.</summary>
    public bool TryAgain() => MayRunAgain && _router?.TryRepeat(++_repeats) == true;

    /// <summary>What the call's own failure looks like to its caller; null where it stays.</summary>
    public Exception? Translate(Exception exception)
    {
        if (_sourceFailure is { } failure)
            return failure;
        return exception is OperationCanceledException && _deadline.HasPassed ? _deadline.ToException(Deployment, exception) : null;
    }

    /// <summary>Whether the time is up.</summary>
    public bool HasPassed => _deadline.HasPassed;

    /// <summary>What a replica in another process learns of the call.</summary>
    public CallHead ToHead() => new()
    {
        Method = Method.Name,
        RequestId = _request?.RequestId ?? "",
        RemainingMilliseconds = (long?)Remaining?.TotalMilliseconds,
        ModelId = _invoker.Options.ModelId,
        Priority = _invoker.Options.Priority ?? _request?.Priority,
        EntersAnyway = IsForOneReplica,
        TraceParent = Tracing.TraceParent,
        TraceState = Tracing.TraceState,
    };

    /// <summary>What a replica in this process learns of the call.</summary>
    public RequestContext ToRequest() => new(_request?.RequestId, _deadline.End, Token)
    {
        Route = Method.Name,
        ModelId = _invoker.Options.ModelId,
        Priority = _invoker.Options.Priority ?? _request?.Priority,
    };

    /// <summary>The time that the call may still take, or null where it has no limit.</summary>
    public TimeSpan? Remaining => _deadline.Remaining;

    /// <summary>The caller's own code failed while it produced the items of an argument: that is what the call fails with.</summary>
    public void FailSource(Exception exception)
    {
        if (Token.IsCancellationRequested)
            return;
        _sourceFailure = exception;
        _stop?.Cancel();
    }

    /// <summary>Ends the call.</summary>
    public void Stop() => _stop?.Cancel();

    public void Dispose()
    {
        ForgetPayload();
        if (Method.Stream is not null)
            _stop?.Cancel();
        _deadline.Dispose();
    }

    private PickRequest ToPick() => new()
    {
        ModelId = _invoker.Options.ModelId,
        SessionId = _invoker.Options.SessionId,
        Priority = _invoker.Options.Priority ?? _request?.Priority ?? PickRequest.DefaultPriority,
        Deadline = _deadline.End,
        Avoid = Replica,
    };

    private LocalReply? SendLocal(ReplicaLease lease, LocalReplica replica)
    {
        if (!replica.TryEnterGate(IsForOneReplica))
        {
            lease.MarkFull();
            return null;
        }

        var arguments = Arguments;
        if (Method.Stream is { } stream)
        {
            arguments = [.. Arguments];
            arguments[stream.Index] = stream.PassOn(Arguments[stream.Index]!, OnSourceFailed, Token);
        }

        return new LocalReply(new LocalSlot(lease, replica), Method, arguments, ToRequest());
    }

    private OperationCanceledException OnSourceFailed(Exception exception)
    {
        FailSource(exception);
        return new OperationCanceledException("The caller's code failed while it produced the items.", exception, Token);
    }
}
