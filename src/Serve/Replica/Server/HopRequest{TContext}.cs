using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.ObjectPool;
using Serve.Wire.Hop;

namespace Serve.Replica.Server;

/// <summary>Runs the application for one request, and ends the request as its outcome wants.</summary>
internal sealed class HopRequest<TContext> : HopRequest, IHostContextContainer<TContext>, IThreadPoolWorkItem
    where TContext : notnull
{
    private readonly IHttpApplication<TContext> _application;
    private readonly ObjectPool<HopRequest<TContext>> _pool;
    private readonly StreamCount _running;
    private readonly Action _onProcessed;
    private ExecutionContext? _executionContext;
    private TContext _context = default!;
    private Task _processing = Task.CompletedTask;

    public HopRequest(HopServerSettings settings, IHttpApplication<TContext> application, ObjectPool<HopRequest<TContext>> pool, StreamCount running)
        : base(settings)
    {
        _application = application;
        _pool = pool;
        _running = running;
        _onProcessed = OnProcessed;
    }

    /// <summary>The host keeps its own context here, and with it the <see cref="HttpContext"/>, for the next request.</summary>
    TContext? IHostContextContainer<TContext>.HostContext { get; set; }

    void IThreadPoolWorkItem.Execute()
    {
        if (Stream.ResetCode is not null)
        {
            _ = GiveUpAsync(reason: null);
            return;
        }

        try
        {
            ReadHead();
            _context = _application.CreateContext(this);
        }
        catch (Exception exception)
        {
            Settings.Log.LogUnreadable(exception);
            _ = GiveUpAsync(exception);
            return;
        }

        _processing = Process();
        if (_processing.IsCompleted)
        {
            _ = EndAsync(_processing);
            return;
        }

        _executionContext = ExecutionContext.Capture();
        _processing.GetAwaiter().UnsafeOnCompleted(_onProcessed);
    }

    /// <summary>Goes on with what the application's host has hung on the flow of the request. An await would do the same and allocate for each request.</summary>
    private void OnProcessed()
    {
        if (_executionContext is { } context)
            ExecutionContext.Run(context, static request => _ = ((HopRequest<TContext>)request!).EndAsync(((HopRequest<TContext>)request)._processing), this);
        else
            _ = EndAsync(_processing);
    }

    private Task Process()
    {
        try
        {
            return _application.ProcessRequestAsync(_context);
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>The application never sees the request.</summary>
    private async Task GiveUpAsync(Exception? reason)
    {
        Settings.Gate.Exit();
        if (reason is not null)
            Reset(reason is HopProtocolException ? HopResetCode.ProtocolError : HopResetCode.Failed, reason.Message);
        await ClearAsync();
        _running.Remove();
    }

    private async Task EndAsync(Task processing)
    {
        var failure = await FinishAsync(processing);
        // The slot is free before the client sees the end: its next request must find it so.
        Settings.Gate.Exit();
        try
        {
            failure ??= await SendEndAsync();
            if (failure is not null)
                await SendFailureAsync(failure);
            await FireCompletedAsync();
            _application.DisposeContext(_context, failure);
        }
        catch (Exception exception)
        {
            Settings.Log.LogBroken(exception);
            Stream.Reset(HopResetCode.Failed);
        }

        _context = default!;
        _executionContext = null;
        _processing = Task.CompletedTask;
        await ClearAsync();
        _pool.Return(this);
        _running.Remove();
    }

    /// <summary>The last of the user's code that has a say in the answer.</summary>
    private async ValueTask<Exception?> FinishAsync(Task processing)
    {
        try
        {
            await processing;
            await FireStartingAsync();
            return Failure;
        }
        catch (Exception exception)
        {
            // Who works for a client that has gone may well stumble.
            return Stream.ResetCode is not null && exception is OperationCanceledException or IOException ? null : exception;
        }
    }

    private async ValueTask<Exception?> SendEndAsync()
    {
        try
        {
            if (Stream.ResetCode is null)
                await EndResponseAsync();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private async ValueTask SendFailureAsync(Exception failure)
    {
        if (Stream.ResetCode is not null)
            return;
        Settings.Log.LogFailure(failure, RequestId);
        if (HasStarted)
        {
            Stream.Reset(HopResetCode.Failed, "the application failed after its response had started");
            return;
        }

        Discard(failure is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError);
        await EndResponseAsync();
    }
}
