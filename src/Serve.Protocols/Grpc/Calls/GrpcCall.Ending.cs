using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Http;
using Serve.Wire;

namespace Serve.Grpc;

/// <content>The end of the answer: the status, in trailers, or in the headers where nothing was sent before.</content>
internal sealed partial class GrpcCall
{
    private static readonly StringValues Ok = "0";

    private RpcStatus _finalStatus;
    private Metadata? _finalTrailers;
    private TaskCompletionSource? _finishing;
    private int _isEndTaken;

    /// <summary>Ends the call once; a write that is under way goes before.</summary>
    /// <returns>False where it has ended already.</returns>
    private async ValueTask<bool> EndAsync(RpcStatus status, Metadata? trailers)
    {
        // The handler and the clock may both come: what is below is of one of them only.
        if (Interlocked.Exchange(ref _isEndTaken, 1) != 0)
            return false;
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == 0 && Interlocked.CompareExchange(ref _state, Ended, 0) == 0)
            {
                SetStatus(status, trailers);
                return true;
            }

            if (state != Writing)
                continue;
            var finishing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_finalStatus, _finalTrailers, _finishing) = (status, trailers, finishing);
            if (Interlocked.CompareExchange(ref _state, Writing | Ending, Writing) != Writing)
                continue;
            await finishing.Task;
            return true;
        }
    }

    /// <summary>The last write is done, and the end waits for it.</summary>
    private void FinishWaiting()
    {
        Volatile.Write(ref _state, Ended);
        try
        {
            SetStatus(_finalStatus, _finalTrailers);
        }
        finally
        {
            _finishing!.SetResult();
        }
    }

    private void SetStatus(RpcStatus status, Metadata? trailers)
    {
        var response = Http.Response;
        var isAlone = !_hasMessages && !response.HasStarted;
        var target = isAlone ? response.Headers : TrailersOf(response);
        if (target is null)
            return;
        (status, trailers) = CheckTrailers(status, trailers);
        if (trailers is not null)
            GrpcMetadata.Write(trailers, target);
        // Where a proxy is in front it says this.
        if (response.Headers.TryGetValue(HopHeaders.RequestId, out var requestId))
            target[RequestIds.GrpcMetadata] = requestId;
        target[GrpcHeaders.Status] = status.StatusCode == StatusCode.OK ? Ok : ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(status.Detail))
            target[GrpcHeaders.Message] = GrpcMessageText.Encode(status.Detail);
    }

    /// <summary>The service's own trailers and those of its exception, if they can be sent.</summary>
    private (RpcStatus Status, Metadata? Trailers) CheckTrailers(RpcStatus status, Metadata? ofException)
    {
        if (_responseTrailers is null or { Count: 0 } && ofException is null or { Count: 0 })
            return (status, null);
        var all = new Metadata();
        foreach (var entry in (_responseTrailers ?? []).Concat(ofException ?? []))
            all.Add(entry);
        try
        {
            GrpcMetadata.Write(all, new HeaderDictionary());
            return (status, all);
        }
        catch (RpcException exception)
        {
            GrpcLog.LogFailed(_settings.Logger, exception, _settings.Path);
            return (exception.Status, null);
        }
    }

    private static IHeaderDictionary? TrailersOf(HttpResponse response) =>
        response.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers ? trailers : null;
}
