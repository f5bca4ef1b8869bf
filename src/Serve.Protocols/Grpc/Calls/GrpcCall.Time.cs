using Grpc.Core;
using Serve.Routing;

namespace Serve.Grpc;

/// <content>When the call ends before its handler does.</content>
internal sealed partial class GrpcCall
{
    /// <summary>Timers of tokens may fire a little before the clock says so.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(30);

    private CancellationToken _token;
    private CancellationTokenSource? _ownTime;
    private CancellationTokenRegistration _clientGone;
    private CancellationTokenRegistration _aborted;
    private TimeSpan? _timeout;
    private Task? _earlyEnd;

    /// <summary>Whether the time is up.</summary>
    private bool IsLate
    {
        get
        {
            if (!_token.IsCancellationRequested)
                return false;
            return _ownTime is { IsCancellationRequested: true } && !Http.RequestAborted.IsCancellationRequested
                ? true
                : _request?.Remaining(_settings.TimeProvider) is { } left && left <= Early;
        }
    }

    /// <summary>Begins to look at the clock. Inside Serve the request's own deadline ends it, which has seen the client's already.</summary>
    /// <exception cref="RpcException">The client's deadline can't be read, or has passed.</exception>
    private void WatchTime()
    {
        if (Http.Request.Headers.TryGetValue(GrpcHeaders.Timeout, out var text))
        {
            _timeout = RequestTimeouts.ReadGrpc(text) ?? throw MessageError.WrongTimeout(text.ToString());
            if (_timeout <= TimeSpan.Zero)
                throw new RpcException(Late());
            if (_request?.Deadline is null)
                StartTimer(_timeout.Value);
        }

        if (_ownTime is not null || _request?.Deadline is not null)
            _aborted = _token.UnsafeRegister(static call => ((GrpcCall)call!).OnAborted(), this);
    }

    private void StartTimer(TimeSpan time)
    {
        _ownTime = new CancellationTokenSource(time, _settings.TimeProvider);
        _clientGone = Http.RequestAborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _ownTime);
        _token = _ownTime.Token;
    }

    /// <summary>The client is answered at the end of its time whatever the handler does; a handler that looks at its token has ended the call by now.</summary>
    private void OnAborted()
    {
        if (IsLate)
            _earlyEnd = EndEarlyAsync(Late());
    }

    private async Task EndEarlyAsync(RpcStatus status)
    {
        try
        {
            if (await EndAsync(status, trailers: null))
                await Http.Response.CompleteAsync();
        }
        catch (Exception exception)
        {
            // The client has gone meanwhile.
            GrpcLog.LogUnsent(_settings.Logger, exception, _settings.Path);
        }
    }

    /// <summary>After this nothing comes from timers any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_aborted != default)
            await _aborted.DisposeAsync();
        if (_clientGone != default)
            await _clientGone.DisposeAsync();
        if (_earlyEnd is not null)
            await _earlyEnd;
        _ownTime?.Dispose();
    }

    private RpcStatus Late()
    {
        var time = _timeout is { } given ? $" of {given.TotalSeconds:0.###} s" : "";
        return new RpcStatus(StatusCode.DeadlineExceeded, $"The call did not end within its time{time}.");
    }
}
