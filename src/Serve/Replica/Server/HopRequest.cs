using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>
/// One HTTP request that came over the hop, as ASP.NET Core sees it: the collection of its features, and most of the features themselves.
/// It is used again for a later request, with all that hangs on it.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Its streams are faces of itself; there is nothing of theirs to dispose.")]
internal abstract partial class HopRequest
{
    private readonly HopServerSettings _settings;
    private HopStream _stream = null!;
    private long _openedAt;

    protected HopRequest(HopServerSettings settings)
    {
        _settings = settings;
        _body = new RequestBody();
        _bodyStream = new RequestStream(_body, this);
        _response = new ResponseBody(this);
        _responseStream = new ResponseStream(_response, this);
    }

    /// <summary>Whether the client speaks HTTP/2 or later.</summary>
    public bool IsHttp2 { get; private set; }

    public bool IsHead => HttpMethods.IsHead(_receivedMethod);

    protected HopStream Stream => _stream;

    protected HopServerSettings Settings => _settings;

    /// <summary>Takes the stream of the next request. Its head is read later, not on the connection's read loop.</summary>
    public void Take(HopStream stream)
    {
        _stream = stream;
        _openedAt = _settings.TimeProvider.GetTimestamp();
    }

    /// <exception cref="HopProtocolException">The head can't be read.</exception>
    protected void ReadHead()
    {
        var head = _stream.Head;
        var view = HttpRequestHeadView.Read(head.Span);
        _requestHeaders.Read(head, view);
        _headers = _requestHeaders;
        _target.Read(view.Target.In(head.Span), view.RoutePrefix.In(head.Span));
        _receivedMethod = _method = view.Method;
        _scheme = view.Scheme;
        _protocol = view.Protocol;
        IsHttp2 = !HttpProtocol.IsHttp11(_protocol) && !HttpProtocol.IsHttp10(_protocol);
        (_rawTarget, _pathBase, _path, _query) = (_target.Raw, _target.PathBase, _target.Path, _target.Query);
        _isUpgrade = view.IsUpgrade;
        _clientAddress = view.ClientAddress;
        _remotePort = view.ClientPort;
        _deadline = view.RemainingMilliseconds is { } remaining ? _openedAt + (long)(remaining / 1000.0 * _settings.TimeProvider.TimestampFrequency) : null;
        _requestStream = _bodyStream;
        _body.Begin(_stream, _requestHeaders.ContentLength, _isUpgrade ? null : _settings.MaxRequestBodySize);
        _response.Begin(_stream);
        _status = StatusCodes.Status200OK;
    }

    /// <summary>Ends what is left of the request and lets go of everything that is its own.</summary>
    protected async ValueTask ClearAsync()
    {
        _body.Close();
        _response.Close();
        await _stream.DisposeAsync();
        ClearFeatures();
        ClearRequest();
        ClearResponse();
        _stream = null!;
    }

    private static IPAddress? ParseAddress(ReadOnlySpan<byte> text) => IPAddress.TryParse(Encoding.UTF8.GetString(text), out var address) ? address : null;
}
