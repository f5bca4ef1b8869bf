using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Serve.Replica.Server;

/// <summary>The ways in which a request becomes bytes both ways: the upgrade of HTTP/1.1, and the extended CONNECT of HTTP/2 (RFC 8441).</summary>
internal abstract partial class HopRequest : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    /// <summary>The pseudo header of RFC 8441 travels among the headers, under a name that none of them can have.</summary>
    private const string ProtocolHeader = ":protocol";

    private bool _isUpgrade;
    private bool _isUpgraded;

    bool IHttpUpgradeFeature.IsUpgradableRequest => _isUpgrade && !IsConnect;

    bool IHttpExtendedConnectFeature.IsExtendedConnect => _isUpgrade && IsConnect;

    string? IHttpExtendedConnectFeature.Protocol => _isUpgrade && IsConnect ? _requestHeaders[ProtocolHeader].ToString() : null;

    private bool IsConnect => HttpMethods.IsConnect(_receivedMethod);

    Task<Stream> IHttpUpgradeFeature.UpgradeAsync()
    {
        if (!_isUpgrade || IsConnect)
            throw new InvalidOperationException("The client has not asked to upgrade this request.");
        _responseHeaders[HeaderNames.Connection] = HeaderNames.Upgrade;
        return UpgradeAsync(StatusCodes.Status101SwitchingProtocols);
    }

    ValueTask<Stream> IHttpExtendedConnectFeature.AcceptAsync()
    {
        if (!_isUpgrade || !IsConnect)
            throw new InvalidOperationException("This request is not an extended CONNECT.");
        return new ValueTask<Stream>(UpgradeAsync(StatusCodes.Status200OK));
    }

    private async Task<Stream> UpgradeAsync(int status)
    {
        if (_isUpgraded)
            throw new InvalidOperationException("The request is upgraded already.");
        ThrowIfStarted("The upgrade");
        _isUpgraded = true;
        _status = status;
        await _response.FlushAsync();
        return new UpgradedStream(_bodyStream, _responseStream);
    }
}
