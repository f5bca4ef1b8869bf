using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>The reply of a replica in another process.</summary>
internal sealed class HopReply(string deployment, ReplicaLease lease, HopStream stream) : CallReply
{
    private bool HasFailed => stream.Head.Span is not [(byte)CallStatus.Done];

    public override ValueTask<T> ReadValueAsync<T>(CancellationToken cancellationToken)
    {
        if (HasFailed || !stream.IsInlineComplete)
            return WaitAsync<T>(cancellationToken);
        var body = stream.InlineBody.Span;
        return ValueTask.FromResult(PayloadReader.ReadValue<T>(ref body)!);
    }

    public override IAsyncEnumerator<T> ReadItems<T>(CancellationToken cancellationToken) => new RemoteItems<T>(deployment, stream.Input, HasFailed, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        lease.Dispose();
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
                throw (await CallFailure.ReadAsync(stream.Input, cancellationToken)).ToException();
            return (await PayloadReader.ReadValueAsync<T>(stream.Input, cancellationToken))!;
        }
        catch (IOException exception)
        {
            throw ToException(exception, deployment);
        }
    }
}
