using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Serve.Http;
using Serve.Wire;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>What the client has sent, and who it is.</summary>
internal abstract partial class HopRequest
    : IHttpRequestFeature, IHttpRequestBodyDetectionFeature, IHttpRequestIdentifierFeature, IHttpRequestTrailersFeature, IRequestBodyPipeFeature,
      IHttpConnectionFeature, IHttpBodyControlFeature, IHttpMaxRequestBodySizeFeature, IEndpointFeature, IRouteValuesFeature, IRequestContextFeature
{
    private readonly RequestHeaders _requestHeaders = new();
    private readonly RequestTarget _target = new();
    private readonly RequestBody _body;
    private readonly RequestStream _bodyStream;
    private RequestHeaders? _trailers;
    private IHeaderDictionary _headers = null!;
    private Stream _requestStream = null!;
    private PipeReader? _replacedReader;
    private string _receivedMethod = "";
    private string _method = "";
    private string _scheme = "";
    private string _protocol = "";
    private string _rawTarget = "";
    private string _pathBase = "";
    private string _path = "";
    private string _query = "";
    private string? _traceIdentifier;
    private string? _connectionId;
    private HeadText _clientAddress;
    private IPAddress? _remoteAddress;
    private int _remotePort;
    private long? _deadline;
    private bool _allowsSynchronousIO;

    RequestContext IRequestContextFeature.RequestContext => new(RequestId, _deadline, RequestAborted)
    {
        ModelId = RequestHints.ModelIdOf(_headers),
        Priority = RequestHints.PriorityOf(_headers),
    };

    string IHttpRequestFeature.Protocol { get => _protocol; set => _protocol = value; }

    string IHttpRequestFeature.Scheme { get => _scheme; set => _scheme = value; }

    string IHttpRequestFeature.Method { get => _method; set => _method = value; }

    string IHttpRequestFeature.PathBase { get => _pathBase; set => _pathBase = value; }

    string IHttpRequestFeature.Path { get => _path; set => _path = value; }

    string IHttpRequestFeature.QueryString { get => _query; set => _query = value; }

    string IHttpRequestFeature.RawTarget { get => _rawTarget; set => _rawTarget = value; }

    IHeaderDictionary IHttpRequestFeature.Headers { get => _headers; set => _headers = value; }

    Stream IHttpRequestFeature.Body
    {
        get => _requestStream;
        set
        {
            _requestStream = value;
            _replacedReader = null;
        }
    }

    /// <summary>Reads the stream that took the body's place, where a middleware has put one there.</summary>
    PipeReader IRequestBodyPipeFeature.Reader
    {
        get
        {
            if (ReferenceEquals(_requestStream, _bodyStream))
                return _body;
            if (_replacedReader is not null)
                return _replacedReader;
            var reader = _replacedReader = PipeReader.Create(_requestStream, new StreamPipeReaderOptions(leaveOpen: true));
            ((IHttpResponseFeature)this).OnCompleted(static reader => ((PipeReader)reader).CompleteAsync().AsTask(), reader);
            return reader;
        }
    }

    bool IHttpRequestBodyDetectionFeature.CanHaveBody => !_isUpgrade && !(Stream.IsInlineComplete && Stream.InlineBody.IsEmpty);

    string IHttpRequestIdentifierFeature.TraceIdentifier { get => _traceIdentifier ?? RequestId; set => _traceIdentifier = value; }

    bool IHttpRequestTrailersFeature.Available => _body.IsAtEnd;

    IHeaderDictionary IHttpRequestTrailersFeature.Trailers
    {
        get
        {
            if (!_body.IsAtEnd)
                throw new InvalidOperationException("The request's trailers are known when its body has been read.");
            if (_trailers is null)
            {
                _trailers = new RequestHeaders();
                _trailers.ReadTrailers(Stream.Trailers);
            }

            return _trailers;
        }
    }

    /// <summary>The client's connection, which ends at the proxy, is known by where it comes from.</summary>
    string IHttpConnectionFeature.ConnectionId { get => _connectionId ??= $"{RemoteAddress}:{_remotePort}"; set => _connectionId = value; }

    IPAddress? IHttpConnectionFeature.RemoteIpAddress { get => RemoteAddress; set => (_remoteAddress, _clientAddress) = (value, default); }

    int IHttpConnectionFeature.RemotePort { get => _remotePort; set => _remotePort = value; }

    IPAddress? IHttpConnectionFeature.LocalIpAddress { get; set; }

    int IHttpConnectionFeature.LocalPort { get; set; }

    bool IHttpBodyControlFeature.AllowSynchronousIO { get => _allowsSynchronousIO; set => _allowsSynchronousIO = value; }

    bool IHttpMaxRequestBodySizeFeature.IsReadOnly => _body.HasBegun || _isUpgraded;

    long? IHttpMaxRequestBodySizeFeature.MaxRequestBodySize
    {
        get => _body.MaxSize;
        set
        {
            if (_body.HasBegun || _isUpgraded)
                throw new InvalidOperationException("The largest size of the request's body can't be changed any more: reading has begun.");
            if (value is { } size)
                ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(value));
            _body.MaxSize = value;
        }
    }

    Endpoint? IEndpointFeature.Endpoint { get; set; }

    RouteValueDictionary IRouteValuesFeature.RouteValues { get => field ??= []; set; }

    protected string RequestId => _requestHeaders[HopHeaders.RequestId].ToString();

    private IPAddress? RemoteAddress => _clientAddress.Length > 0 ? _remoteAddress ??= ParseAddress(_clientAddress.In(Stream.Head.Span)) : _remoteAddress;

    /// <exception cref="InvalidOperationException">The user's code blocks a thread without having said that it wants to.</exception>
    public void CheckSynchronous()
    {
        if (!_allowsSynchronousIO)
            throw new InvalidOperationException("Synchronous reads and writes of bodies block threads and are not allowed; use the asynchronous methods, or set IHttpBodyControlFeature.AllowSynchronousIO.");
    }

    private void ClearRequest()
    {
        _requestHeaders.Reset();
        _trailers = null;
        _replacedReader = null;
        _traceIdentifier = null;
        _connectionId = null;
        _clientAddress = default;
        _remoteAddress = null;
        _allowsSynchronousIO = false;
        _isUpgraded = false;
        _abortedOverride = null;
        IHttpConnectionFeature connection = this;
        connection.LocalIpAddress = null;
        connection.LocalPort = 0;
        ((IEndpointFeature)this).Endpoint = null;
        ((IRouteValuesFeature)this).RouteValues = null!;
    }
}
