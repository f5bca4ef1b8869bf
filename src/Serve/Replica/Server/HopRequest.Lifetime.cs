using Microsoft.AspNetCore.Http.Features;
using Serve.Wire.Hop;

namespace Serve.Replica.Server;

/// <summary>How a request ends before its time, from either end.</summary>
internal abstract partial class HopRequest : IHttpRequestLifetimeFeature
{
    private CancellationToken? _abortedOverride;
    private Exception? _failure;

    /// <summary>Cancelled when the client has gone, its time is up, or the user's code has aborted the request.</summary>
    public CancellationToken RequestAborted => _abortedOverride ?? _stream.Aborted;

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted { get => RequestAborted; set => _abortedOverride = value; }

    /// <summary>What has gone wrong outside the pipeline's own exceptions, or null.</summary>
    protected Exception? Failure => _failure;

    /// <summary>Cuts the answer off; the client sees that it is not whole.</summary>
    public void Abort() => Reset(HopResetCode.Failed, "the application aborted the request");

    public void Reset(HopResetCode code, string reason) => _stream.Reset(code, reason);

    /// <summary>Remembers that the request has failed, whatever the user's code does with the exception.</summary>
    public void Fail(Exception exception) => _failure ??= exception;
}
