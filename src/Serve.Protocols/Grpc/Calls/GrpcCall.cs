using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Replica;

namespace Serve.Grpc;

/// <summary>One call: what the service sees of it, and its messages, headers and end on the connection.</summary>
internal sealed partial class GrpcCall : ServerCallContext, IAsyncDisposable
{
    private static readonly AuthContext Nobody = new(peerIdentityPropertyName: null, []);

    private readonly MethodSettings _settings;
    private readonly RequestContext? _request;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _auth;
    private DateTime? _deadline;

    public GrpcCall(HttpContext http, MethodSettings settings)
    {
        Http = http;
        _settings = settings;
        _request = RequestContext.Current;
        StreamLimits.Lift(http);
        _input = http.Request.BodyReader;
        _output = http.Response.BodyWriter;
        _token = http.RequestAborted;
    }

    public HttpContext Http { get; }

    protected override string MethodCore => _settings.Path;

    protected override string HostCore => Http.Request.Host.Value ?? "";

    protected override string PeerCore
    {
        get
        {
            var connection = Http.Connection;
            return connection.RemoteIpAddress switch
            {
                null => "unknown",
                { AddressFamily: AddressFamily.InterNetworkV6 } address => string.Create(CultureInfo.InvariantCulture, $"ipv6:[{address}]:{connection.RemotePort}"),
                var address => string.Create(CultureInfo.InvariantCulture, $"ipv4:{address}:{connection.RemotePort}"),
            };
        }
    }

    protected override DateTime DeadlineCore => _deadline ??= ReadDeadline();

    protected override Metadata RequestHeadersCore => _requestHeaders ??= GrpcMetadata.Read(Http.Request.Headers);

    protected override CancellationToken CancellationTokenCore => _token;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override RpcStatus StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => _auth ??= ReadAuth();

    protected override IDictionary<object, object> UserStateCore => Http.Items!;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("Handles carry deadline and cancellation to what they call by themselves; for other clients pass Deadline and CancellationToken.");

    private DateTime ReadDeadline()
    {
        var left = _timeout;
        if (_request?.Remaining(_settings.TimeProvider) is { } remaining && !(left < remaining))
            left = remaining;
        return left is { } time ? _settings.TimeProvider.GetUtcNow().UtcDateTime + time : DateTime.MaxValue;
    }

    /// <summary>The names of the client's certificate, where it has shown one.</summary>
    private AuthContext ReadAuth()
    {
        const string CommonName = "x509_common_name";
        if (Http.Connection.ClientCertificate is not { } certificate)
            return Nobody;
        var name = certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false);
        return new AuthContext(CommonName, new() { [CommonName] = [AuthProperty.Create(CommonName, System.Text.Encoding.UTF8.GetBytes(name))] });
    }
}
