using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>The reply of a replica in another process.</summary>
internal sealed class HopReply : CallReply
{
    private readonly string _deployment;
    private readonly ReplicaLease _lease;
    private readonly HopStream _stream;

    private HopReply(string deployment, in ReplicaLease lease, HopStream stream)
    {
        _deployment = deployment;
        _lease = lease;
        _stream = stream;
    }

    private bool HasFailed => _stream.Head.Span is not [(byte)CallStatus.Done];

    /// <summary>The answer whose head has come.</summary>
    public static HopReply Of(string deployment, in ReplicaLease lease, HopStream stream)
    {
        var reply = new HopReply(deployment, lease, stream);
        if (!reply.HasFailed)
            lease.RecordAnswer();
        return reply;
    }

    public override ValueTask<T> ReadValueAsync<T>(CancellationToken cancellationToken)
    {
        if (HasFailed || !_stream.IsInlineComplete)
            return WaitAsync<T>(cancellationToken);
        var body = _stream.InlineBody.Span;
        return ValueTask.FromResult(PayloadReader.ReadValue<T>(ref body)!);
    }

    public override IAsyncEnumerator<T> ReadItems<T>(CancellationToken cancellationToken) => new RemoteItems<T>(_deployment, _stream.Input, HasFailed ? ReadFailureAsync : null, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        var disposing = _stream.DisposeAsync();
        _lease.Dispose();
        return disposing;
    }

    /// <summary>What the end of a call's stream means for its caller.</summary>
    public static ServeException ToException(IOException exception, string deployment) => exception switch
    {
        HopResetException { Code: HopResetCode.DeadlinePassed } => new RequestTimeoutException($"The time for a call of deployment '{deployment}' is up.", exception),
        HopResetException { Code: HopResetCode.Failed or HopResetCode.ProtocolError } reset =>
            new ServeException(ServeError.Internal, $"A replica of deployment '{deployment}' could not answer a call: {reset.Reason}", exception),
        _ => new ReplicaLostException($"The replica of deployment '{deployment}' that worked on the call ended or closed the connection before it answered.", exception),
    };

    private async ValueTask<T> WaitAsync<T>(CancellationToken cancellationToken)
    {
        try
        {
            if (HasFailed)
                throw await ReadFailureAsync(cancellationToken);
            return (await PayloadReader.ReadValueAsync<T>(_stream.Input, cancellationToken))!;
        }
        catch (IOException exception)
        {
            throw ToException(exception, _deployment);
        }
    }

    /// <summary>Reads why the call failed, and tells the router where that was the replica's own fault.</summary>
    private async Task<Exception> ReadFailureAsync(CancellationToken cancellationToken)
    {
        var failure = await CallFailure.ReadAsync(_stream.Input, cancellationToken);
        if (failure.Error == ServeError.Internal || (failure.Error == ServeError.UserCode && failure.Deployment == _deployment))
            _lease.RecordFailure();
        else
            _lease.RecordAnswer();
        return failure.ToException();
    }
}
