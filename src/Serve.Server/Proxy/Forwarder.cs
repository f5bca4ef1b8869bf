using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Serve.Http;
using Serve.Routing;
using Serve.Wire;
using Yarp.ReverseProxy.Forwarder;

namespace Serve.Server.Proxy;

/// <summary>Sends a request to a replica of its application's ingress, and to another one where the first did not take it.</summary>
internal sealed partial class Forwarder(IHttpForwarder forwarder, ILogger<Forwarder> logger)
{
    /// <summary>How many replicas may refuse a request before it waits at the gate of one of them.</summary>
    private const int MaxRefusals = 3;

    /// <summary>How often a request may find a replica's socket dead before it fails.</summary>
    private const int MaxDeadReplicas = 10;

    private const string Destination = "http://replica/";

    private static readonly ForwarderRequestConfig RequestConfig = new()
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        // The request's own deadline is the limit; a stream may be silent as long as that allows.
        ActivityTimeout = TimeSpan.FromDays(20),
    };

    /// <exception cref="ServeException">The request could not be answered, and nothing of an answer was sent.</exception>
    /// <exception cref="OperationCanceledException">The time is up or the client has gone, and nothing of an answer was sent.</exception>
    public async Task ForwardAsync(ProxyRequest request)
    {
        var context = request.Context;
        using var span = ProxyObserver.StartRoute(context);
        var body = HasBody(context) ? ReplayableBody.Install(context.Request) : null;
        var pick = default(PickRequest);
        for (var (dead, refused) = (0, 0); ;)
        {
            using var lease = await FindIngress(request.Application).AcquireAsync(pick, request.Deadline.Token);
            var transformer = new HopTransformer(request, mayRefuse: refused < MaxRefusals, MustAnnounce(context.Request, body));
            var error = await forwarder.SendAsync(context, Destination, ((RemoteReplica)lease.Replica).Client, RequestConfig, transformer, request.Deadline.Token);
            if (transformer.WasRefused)
            {
                refused++;
            }
            else if (error == ForwarderError.None || context.Response.HasStarted)
            {
                return;
            }
            else if (error == ForwarderError.Request && dead < MaxDeadReplicas && RemoteReplica.WasNotSent(ExceptionOf(context)))
            {
                dead++;
                lease.MarkDown();
            }
            else
            {
                Throw(request, error, lease.Replica);
            }

            if (body?.TryRewind() == false)
                throw new ServeException(ServeError.Unavailable, "The replica did not take the request, and too much of its body was sent to send it again; try again.");
            pick = pick.After(lease);
            context.Response.Clear();
        }
    }

    private static DeploymentRouter FindIngress(ApplicationRouter application) =>
        application.Ingress ?? throw new DeploymentUnavailableException($"Application '{application.Name}' is not ready: {application.Routes.UnavailableReason ?? "it is being deployed."}");

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    /// <summary>Whether the replica shall be asked before the body is sent. Streams of gRPC start both ways at once and can't wait for that.</summary>
    private static bool MustAnnounce(HttpRequest request, ReplayableBody? body) =>
        body is not null && !(request.ContentLength <= ReplayableBody.MaxLength) && !ErrorResponse.IsGrpc(request);

    private void Throw(ProxyRequest request, ForwarderError error, ReplicaEntry replica)
    {
        var exception = ExceptionOf(request.Context);
        request.Deadline.Token.ThrowIfCancellationRequested();
        if (error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled)
            throw BadBody(exception);
        LogLost(exception, replica.Id, request.RequestId);
        throw new ReplicaLostException("Internal Server Error", exception);
    }

    private static Exception BadBody(Exception? exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
                return new ServeException(ServeError.TooLarge, "The request's body is larger than http_options.max_request_body_bytes allows.", exception);
        }

        return new ServeException(ServeError.BadRequest, "The request's body could not be read.", exception);
    }

    private static Exception? ExceptionOf(HttpContext context) => context.Features.Get<IForwarderErrorFeature>()?.Exception;

    [LoggerMessage(EventId = 6001, Level = LogLevel.Warning, Message = "Replica {Replica} was lost while it worked on request {RequestId}")]
    private partial void LogLost(Exception? exception, string replica, string requestId);
}
