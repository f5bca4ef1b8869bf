using System.Net;
using System.Net.Http.Headers;
using Serve.Discovery;
using Serve.Replica;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>A call on its way to other processes. Its arguments are converted once, however many replicas are asked.</summary>
internal sealed class CallRequest(MethodShape method, object?[] arguments) : IDisposable
{
    private static readonly Uri Address = new("http://replica/");
    private static readonly MediaTypeHeaderValue ContentType = new("application/x-serve-payload");

    private Payload? _payload;

    /// <summary>Sends the call to the replica of the lease.</summary>
    /// <returns>The reply, which then owns the lease; or null where the replica refused the call.</returns>
    public async Task<CallReply?> SendAsync(ReplicaLease lease, string deployment, bool mayRefuse, CallDeadline deadline)
    {
        _payload ??= Payload.OfArguments(arguments, method.ArgumentTypes);
        using var message = CreateMessage(_payload, mayRefuse, deadline);
        var response = await SendAsync((RemoteReplica)lease.Replica, message, deployment, deadline);
        if (response.StatusCode != HttpStatusCode.ServiceUnavailable || !response.Headers.NonValidated.Contains(HopHeaders.Refused))
            return new RemoteReply(lease, deployment, response);
        response.Dispose();
        return null;
    }

    public void Dispose() => _payload?.Dispose();

    private HttpRequestMessage CreateMessage(Payload payload, bool mayRefuse, CallDeadline deadline)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new PayloadContent(payload),
        };
        message.Headers.TryAddWithoutValidation(HopHeaders.Call, method.Name);
        if (!mayRefuse)
            message.Headers.TryAddWithoutValidation(HopHeaders.Wait, "1");
        if (deadline.Remaining is { } remaining)
            message.Headers.TryAddWithoutValidation(HopHeaders.Timeout, ((long)remaining.TotalMilliseconds).ToString());
        if (Tracing.TraceParent is { } trace)
            message.Headers.TryAddWithoutValidation("traceparent", trace);
        if (Tracing.TraceState is { Length: > 0 } state)
            message.Headers.TryAddWithoutValidation("tracestate", state);
        if (RequestContext.Current is { } request)
            message.Headers.TryAddWithoutValidation(HopHeaders.RequestId, request.RequestId);
        return message;
    }

    private static async Task<HttpResponseMessage> SendAsync(RemoteReplica replica, HttpRequestMessage message, string deployment, CallDeadline deadline)
    {
        try
        {
            return await replica.Client.SendAsync(message, deadline.Token);
        }
        catch (HttpRequestException exception) when (!RemoteReplica.WasNotSent(exception))
        {
            throw new ReplicaLostException($"The replica of deployment '{deployment}' that took the call ended or closed the connection before it answered.", exception);
        }
    }

    private sealed class PayloadContent : HttpContent
    {
        private readonly Payload _payload;

        public PayloadContent(Payload payload)
        {
            _payload = payload;
            Headers.ContentType = ContentType;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _payload.WriteToAsync(stream, kind: null, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = _payload.Length;
            return true;
        }
    }
}
