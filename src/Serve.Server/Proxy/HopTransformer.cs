using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Wire;
using Yarp.ReverseProxy.Forwarder;

namespace Serve.Server.Proxy;

/// <summary>Prepares one attempt to forward a request to a replica, and recognises a refusal among the answers.</summary>
internal sealed class HopTransformer(ProxyRequest request, bool mayRefuse, bool expectContinue) : HttpTransformer
{
    /// <summary>Whether the replica refused the request.</summary>
    public bool WasRefused { get; private set; }

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        RemoveWhatStaysHere(httpContext.Request.Headers, proxyRequest);
        headers.Host = httpContext.Request.Host.Value;
        headers.Remove(HopHeaders.RequestId);
        headers.TryAddWithoutValidation(HopHeaders.RequestId, request.RequestId);
        if (request.RoutePrefix is { } prefix)
            headers.TryAddWithoutValidation(HopHeaders.RoutePrefix, prefix);
        if (request.Deadline.Remaining is { } remaining)
            headers.TryAddWithoutValidation(HopHeaders.Timeout, ((long)remaining.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        if (request.Deadline.Remaining is { } left && headers.NonValidated.Contains(RequestTimeouts.GrpcTimeout))
        {
            headers.Remove(RequestTimeouts.GrpcTimeout);
            headers.TryAddWithoutValidation(RequestTimeouts.GrpcTimeout, RequestTimeouts.WriteGrpc(left));
        }

        if (httpContext.Connection.RemoteIpAddress is { } address)
            headers.TryAddWithoutValidation(HopHeaders.ClientAddress, address.ToString());
        if (httpContext.Request.IsHttps)
            headers.TryAddWithoutValidation(HopHeaders.ClientScheme, httpContext.Request.Scheme);
        if (!mayRefuse)
            headers.TryAddWithoutValidation(HopHeaders.Wait, "1");
        if (expectContinue && proxyRequest.Content is not null)
            headers.ExpectContinue = true;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is { StatusCode: HttpStatusCode.ServiceUnavailable } && proxyResponse.Headers.NonValidated.Contains(HopHeaders.Refused))
        {
            WasRefused = true;
            return false;
        }

        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        httpContext.Response.Headers[HopHeaders.RequestId] = request.RequestId;
        return copyBody;
    }

    private static void RemoveWhatStaysHere(IHeaderDictionary received, HttpRequestMessage proxyRequest)
    {
        foreach (var name in received.Keys)
        {
            if (RequestHeaderRules.IsDropped(name))
                proxyRequest.Headers.Remove(name);
        }

        foreach (var name in RequestHeaderRules.Nominated(received.Connection) ?? [])
        {
            proxyRequest.Headers.Remove(name);
            proxyRequest.Content?.Headers.Remove(name);
        }
    }
}
