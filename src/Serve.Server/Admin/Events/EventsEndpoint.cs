using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;

namespace Serve.Server.Admin.Events;

/// <summary>The events as a stream of server-sent events.</summary>
internal sealed class EventsEndpoint(EventFeed feed, TimeProvider timeProvider)
{
    /// <summary>How many clients may listen.</summary>
    private const int MaxListeners = 256;

    /// <summary>A comment goes out after so long without an event, so that both sides notice a connection that is gone.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private int _listeners;

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/serve/events", ListenAsync);

    private async Task ListenAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _listeners) > MaxListeners)
                await AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status503ServiceUnavailable, $"{MaxListeners} clients listen to events already, which is the most; end one of them."));
            else
                await SendAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _listeners);
        }
    }

    private async Task SendAsync(HttpContext context)
    {
        var application = context.Request.Query["application"].ToString();
        var lastSeen = context.Request.Headers["Last-Event-ID"].ToString();
        var known = lastSeen.Length == 0 ? feed.End : feed.PlaceAfter(lastSeen);
        var place = known ?? feed.End;
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        await WriteAsync(context, ": connected\n\n");
        if (known is null)
            await WriteAsync(context, Text(ResetAfter(lastSeen)));
        while (!feed.Ended.IsCompleted)
        {
            if (await ReadAsync(place, context.RequestAborted) is not { } batch)
            {
                await WriteAsync(context, ": still here\n\n");
                continue;
            }

            // The client reads more slowly than things happen; it comes back and learns that it has missed something.
            if (batch.IsLost)
            {
                context.Abort();
                return;
            }

            place = batch.Next;
            var wanted = batch.Events.Where(one => application.Length == 0 || one.Application == application).ToList();
            if (wanted.Count > 0)
                await WriteAsync(context, string.Concat(wanted.Select(Text)));
        }
    }

    /// <returns>Events, or null where none came for a while.</returns>
    private async Task<EventBatch?> ReadAsync(long place, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Heartbeat, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var read = feed.ReadAsync(place, either.Token);
        await Task.WhenAny(read, feed.Ended);
        if (!read.IsCompleted)
            await either.CancelAsync();
        await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return read.IsCompletedSuccessfully ? await read : null;
    }

    private ServeEvent ResetAfter(string lastSeen) => new()
    {
        TimeS = timeProvider.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0,
        Type = EventType.Reset,
        Message = $"What came after event {Clean(lastSeen)} is not known any more; read the state again.",
    };

    /// <summary>What a client has sent goes back only as far as it looks like an id.</summary>
    private static string Clean(string text) => text.Length <= 40 && text.All(character => char.IsAsciiDigit(character) || character == '.') ? text : "(no id)";

    private static string Text(ServeEvent one)
    {
        var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(one.Type.ToString());
        var id = one.Id.Length == 0 ? "" : $"id: {one.Id}\n";
        return $"{id}event: {name}\ndata: {JsonSerializer.Serialize(one, EventJson.Default.ServeEvent)}\n\n";
    }

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
