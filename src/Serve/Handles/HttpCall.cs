using System.Net;
using System.Net.Http.Headers;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Handles;

/// <summary>Makes a call by HTTP/2.</summary>
internal static class HttpCall
{
    private static readonly Uri Address = new("http://replica/");
    private static readonly MediaTypeHeaderValue ContentType = new("application/x-serve-payload");

    /// <returns>The reply, which then owns the lease; or null where the replica refused the call.</returns>
    public static async Task<CallReply?> SendAsync(OutgoingCall call, ReplicaLease lease, bool mayRefuse)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new CallContent(call),
        };
        var request = call.ToRequest();
        message.Headers.TryAddWithoutValidation(HopHeaders.Call, call.Method.Name);
        if (!mayRefuse)
            message.Headers.TryAddWithoutValidation(HopHeaders.Wait, "1");
        if (call.Remaining is { } remaining)
            message.Headers.TryAddWithoutValidation(HopHeaders.Timeout, ((long)remaining.TotalMilliseconds).ToString());
        message.Headers.TryAddWithoutValidation(HopHeaders.RequestId, request.RequestId);
        var response = await SendAsync((RemoteReplica)lease.Replica, message, call);
        if (response.StatusCode != HttpStatusCode.ServiceUnavailable || !response.Headers.NonValidated.Contains(HopHeaders.Refused))
            return new HttpReply(lease, call.Deployment, response);
        response.Dispose();
        return null;
    }

    private static async Task<HttpResponseMessage> SendAsync(RemoteReplica replica, HttpRequestMessage message, OutgoingCall call)
    {
        try
        {
            return await replica.Client.SendAsync(message, call.Token);
        }
        catch (HttpRequestException exception) when (!RemoteReplica.WasNotSent(exception))
        {
            throw new ReplicaLostException($"The replica of deployment '{call.Deployment}' that took the call ended or closed the connection before it answered.", exception);
        }
    }

    private sealed class CallContent : HttpContent
    {
        private readonly OutgoingCall _call;

        public CallContent(OutgoingCall call)
        {
            _call = call;
            Headers.ContentType = ContentType;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var cursor = 0;
            while (_call.Payload.TryGetNext(ref cursor, out var piece))
                await stream.WriteAsync(piece, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _call.Payload.Length;
            return true;
        }
    }
}
