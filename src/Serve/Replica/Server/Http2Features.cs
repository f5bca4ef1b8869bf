using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>What only clients of HTTP/2 and later understand: trailers behind the body, and the end of one request without that of its connection.</summary>
internal sealed class Http2Features(HopRequest request) : IHttpResponseTrailersFeature, IHttpResetFeature
{
    /// <summary>NO_ERROR of RFC 9113 §7: the client shall only stop sending.</summary>
    private const int NoError = 0;

    public static readonly Type[] Types = [typeof(IHttpResponseTrailersFeature), typeof(IHttpResetFeature)];

    private readonly ResponseHeaders _trailers = new();
    private bool _isUsed;

    IHeaderDictionary IHttpResponseTrailersFeature.Trailers
    {
        get
        {
            _isUsed = true;
            return _trailers;
        }
        set
        {
            _isUsed = true;
            _trailers.Clear();
            foreach (var (name, values) in value)
                _trailers[name] = values;
        }
    }

    /// <summary>Whether somebody has looked at the trailers, and so may add some.</summary>
    public bool IsUsed => _isUsed;

    public int Count => _trailers.Count;

    void IHttpResetFeature.Reset(int errorCode) => request.Reset(errorCode == NoError ? HopResetCode.Cancelled : HopResetCode.Failed, $"the application reset the request with code {errorCode}");

    public void Write(HeadWriter writer) => _trailers.Write(writer, isUpgrade: false);

    /// <summary>The answer has ended without more trailers.</summary>
    public void Close() => _trailers.Close();

    public void Clear()
    {
        _trailers.Reset();
        _isUsed = false;
    }
}
