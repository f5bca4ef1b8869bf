using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Telemetry;

namespace Serve.Server.Proxy;

/// <summary>How a request ended, in the few words that metrics have for it. None of them is made for the request.</summary>
internal readonly record struct ProxyOutcome(bool IsGrpc, string Method, string Status, bool IsError, bool IsServersFault)
{
    private const string GrpcStatusHeader = "grpc-status";
    private const int Cancelled = 1;
    private const int Unknown = 2;
    private const int Internal = 13;
    private const int Unavailable = 14;

    private static readonly string[] Statuses = [.. Enumerable.Range(0, 600).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    /// <summary>By their numbers (grpc/grpc, doc/statuscodes.md).</summary>
    private static readonly string[] GrpcStatuses = 
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public static ProxyOutcome Of(HttpContext context, bool isGrpc) => isGrpc ? OfGrpc(context) : OfHttp(context);

    private static ProxyOutcome OfHttp(HttpContext context)
    {
        // Whatever the response had begun with, its client did not stay for the end.
        var status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
        return new ProxyOutcome(IsGrpc: false, MethodOf(context.Request.Method), Statuses[Math.Clamp(status, 0, 599)], status >= 400, status >= 500);
    }

    /// <summary>The status stands in the trailers, or in the headers of a response without a body; without one the call was cut off.</summary>
    private static ProxyOutcome OfGrpc(HttpContext context)
    {
        var text = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[GrpcStatusHeader].ToString();
        if (string.IsNullOrEmpty(text))
            text = context.Response.Headers[GrpcStatusHeader].ToString();
        var status = context.RequestAborted.IsCancellationRequested ? Cancelled
            : int.TryParse(text, CultureInfo.InvariantCulture, out var code) && code >= 0 && code < GrpcStatuses.Length ? code : Unknown;
        return new ProxyOutcome(IsGrpc: true, "POST", GrpcStatuses[status], status != 0, status is Unknown or Internal or Unavailable);
    }

    private static string MethodOf(string method) => method switch
    {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        _ => TelemetryTags.OtherMethod,
    };
}
