using System.IO.Pipelines;
using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>The reply of a replica in another process, by HTTP/2.</summary>
internal sealed class HttpReply(ReplicaLease lease, string deployment, HttpResponseMessage response) : CallReply
{
    public override async ValueTask<T> ReadValueAsync<T>(CancellationToken cancellationToken)
    {
        var body = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken));
        try
        {
            await ThrowIfFailedAsync(body, cancellationToken);
            return (await PayloadReader.ReadValueAsync<T>(body, cancellationToken))!;
        }
        catch (IOException exception)
        {
            throw HopReply.ToException(exception, deployment);
        }
    }

    public override IAsyncEnumerator<T> ReadItems<T>(CancellationToken cancellationToken)
    {
        var body = PipeReader.Create(response.Content.ReadAsStream(cancellationToken));
        return new RemoteItems<T>(deployment, body, response.Headers.NonValidated.Contains(HopHeaders.Failed), cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        response.Dispose();
        lease.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask ThrowIfFailedAsync(PipeReader body, CancellationToken cancellationToken)
    {
        if (response.Headers.NonValidated.Contains(HopHeaders.Failed))
            throw (await CallFailure.ReadAsync(body, cancellationToken)).ToException();
        if (!response.IsSuccessStatusCode)
            throw new ServeException(ServeError.Internal, $"A replica of deployment '{deployment}' answered a call with status {(int)response.StatusCode}.");
    }
}
