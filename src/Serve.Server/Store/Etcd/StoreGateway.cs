using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serve.Server.Store.Etcd;

/// <summary>
/// Serves a store to other processes of this machine's user, over a unix socket, as etcd would: the part of its v3 JSON gateway that
/// <see cref="EtcdStore"/> speaks, and a clear refusal of the rest.
/// </summary>
internal sealed class StoreGateway : IAsyncDisposable
{
    /// <summary>The longest request: a node's statuses, with what its programs describe.</summary>
    private const long MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>Etcd passes over fields that it does not know. What this store does not know would change what a request means.</summary>
    private static readonly EtcdJson Strict = new(new JsonSerializerOptions(EtcdJson.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow });

    private readonly WebApplication _app;

    private StoreGateway(WebApplication app)
    {
        _app = app;
    }

    /// <summary>Listens at a path, which must lie in a folder that others can't enter.</summary>
    public static async Task<StoreGateway> StartAsync(IClusterStore store, string socket, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            // A watch may be silent for as long as nothing changes.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.ListenUnixSocket(socket);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var endpoints = new StoreEndpoints(store, app.Lifetime.ApplicationStopping);
        app.MapPost(EtcdPaths.Range, context => AnswerAsync<EtcdRangeRequest>(context, endpoints.RangeAsync));
        app.MapPost(EtcdPaths.Txn, context => AnswerAsync<EtcdTxnRequest>(context, endpoints.TxnAsync));
        app.MapPost(EtcdPaths.Grant, context => AnswerAsync<EtcdGrantRequest>(context, endpoints.GrantAsync));
        app.MapPost(EtcdPaths.KeepAlive, context => AnswerAsync<EtcdLease>(context, endpoints.KeepAliveAsync));
        app.MapPost(EtcdPaths.Revoke, context => AnswerAsync<EtcdLease>(context, endpoints.RevokeAsync));
        app.MapPost(EtcdPaths.Watch, context => AnswerAsync<EtcdWatchRequest>(context, endpoints.WatchAsync));
        app.MapFallback(static context => FailAsync(context, StatusCodes.Status501NotImplemented, EtcdError.Unimplemented, $"This store does not answer to {context.Request.Method} {context.Request.Path}."));
        await app.StartAsync(cancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new StoreGateway(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    /// <summary>Reads the request, has it answered, and turns what goes wrong into etcd's errors.</summary>
    private static async Task AnswerAsync<TRequest>(HttpContext context, Func<TRequest, HttpContext, Task> answer)
    {
        try
        {
            var request = (TRequest?)await JsonSerializer.DeserializeAsync(context.Request.Body, typeof(TRequest), Strict, context.RequestAborted);
            await answer(request ?? throw new BadHttpRequestException("The request is null."), context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
            // Nobody reads an answer, or a watch is cut off: it is taken up again.
            context.Abort();
        }
        catch (BadHttpRequestException exception)
        {
            await FailAsync(context, exception.StatusCode, EtcdError.InvalidArgument, exception.Message);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest, EtcdError.InvalidArgument, exception.Message);
        }
        catch (NotSupportedException exception)
        {
            await FailAsync(context, StatusCodes.Status501NotImplemented, EtcdError.Unimplemented, exception.Message);
        }
        catch (StoreLeaseException exception)
        {
            await FailAsync(context, StatusCodes.Status404NotFound, EtcdError.NotFound, exception.Message);
        }
        catch (Exception exception)
        {
            await FailAsync(context, StatusCodes.Status503ServiceUnavailable, EtcdError.Unavailable, exception.Message);
        }
    }

    private static Task FailAsync(HttpContext context, int status, int code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new EtcdError(message, message, code), EtcdJson.Default.EtcdError);
    }
}
