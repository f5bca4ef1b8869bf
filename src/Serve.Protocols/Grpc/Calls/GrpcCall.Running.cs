using Grpc.Core;

namespace Serve.Grpc;

/// <content>The course of a call.</content>
internal sealed partial class GrpcCall
{
    /// <summary>Runs a handler, and ends the call as the handler ends.</summary>
    public async Task RunAsync<TState>(TState state, Func<TState, GrpcCall, Task> handler)
    {
        try
        {
            try
            {
                Http.Response.ContentType = GrpcHeaders.ContentType;
                ReadEncoding();
                WatchTime();
                await handler(state, this);
                await EndAsync(IsLate ? Late() : Status, trailers: null);
            }
            catch (Exception exception)
            {
                await FailAsync(exception);
            }
        }
        finally
        {
            await DisposeAsync();
        }
    }

    private async Task FailAsync(Exception exception)
    {
        var status = IsLate ? Late() : CallFailure.StatusOf(exception, _settings.TellsDetails, _token);
        var trailers = (exception as RpcException)?.Trailers;
        if (!_token.IsCancellationRequested)
            Record(exception, status);
        await EndAsync(status, trailers);
    }

    private void Record(Exception exception, RpcStatus status)
    {
        if (exception is RpcException)
        {
            GrpcLog.LogEnded(_settings.Logger, _settings.Path, status.StatusCode, status.Detail);
            return;
        }

        _request?.Failure = exception;
        if (exception is ServeException and not RemoteException)
            GrpcLog.LogEnded(_settings.Logger, _settings.Path, status.StatusCode, status.Detail);
        else
            GrpcLog.LogFailed(_settings.Logger, exception, _settings.Path);
    }
}
