using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Serve.Admin;
using Serve.Server.Admin.Events;
using Serve.Testing;

namespace Serve.Tests.Server.Admin;

/// <summary>The stream of events, read by a client.</summary>
public sealed class EventsEndpointTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Listen_Deploy_SeesTheWayToRunning()
    {
        await using var events = await ListenAsync();
        await _host.DeployAsync("shop");
        var seen = await events.ReadUntilAsync(one => one is { Type: EventType.ApplicationStatus, To: "RUNNING" });
        seen[0].Type.ShouldBe(EventType.RevisionSubmitted);
        seen[0].Revision.ShouldBe(1);
        seen.Count(one => one is { Type: EventType.ReplicaState, To: "RUNNING", Deployment: "Model" }).ShouldBe(2);
        seen.Select(one => one.Id).ShouldBeUnique();
        seen.ShouldAllBe(one => one.TimeS > 0);
    }

    [Fact]
    public async Task Listen_OneApplication_SeesNoOther()
    {
        await using var events = await ListenAsync("?application=b");
        await _host.DeployAsync("a");
        await _host.DeployAsync("b");
        var seen = await events.ReadUntilAsync(one => one is { Type: EventType.ApplicationStatus, To: "RUNNING" });
        seen.ShouldAllBe(one => one.Application == "b");
    }

    [Fact]
    public async Task Listen_Again_GoesOnBehindTheLastEvent()
    {
        IReadOnlyList<ServeEvent> before;
        await using (var events = await ListenAsync())
        {
            await _host.DeployAsync("a");
            before = await events.ReadUntilAsync(one => one is { Type: EventType.ApplicationStatus, To: "RUNNING" });
        }

        await using var again = await ListenAsync(lastEventId: before[1].Id);
        var after = await again.ReadUntilAsync(one => one is { Type: EventType.ApplicationStatus, To: "RUNNING" });
        after.Select(one => one.Id).ShouldBe(before.Skip(2).Select(one => one.Id));
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("1.99999")]
    [InlineData("nonsense\"}")]
    public async Task Listen_AfterAnEventThatIsNotKnown_IsToldToReadTheStateAgain(string lastEventId)
    {
        await using var events = await ListenAsync(lastEventId: lastEventId);
        await _host.DeployAsync("shop");
        var seen = await events.ReadUntilAsync(one => one.Type == EventType.RevisionSubmitted);
        seen[0].Type.ShouldBe(EventType.Reset);
    }

    [Fact]
    public async Task Listen_NothingHappens_GetsSignsOfLife()
    {
        await using var events = await ListenAsync();
        await Eventually.TrueAsync(() => _host.Clock.PendingTimers > 0);
        _host.Clock.Advance(TimeSpan.FromSeconds(15));
        (await events.ReadLineAsync()).ShouldBe(": still here");
    }

    [Fact]
    public async Task Listen_ServerEnds_StreamEnds()
    {
        await using var events = await ListenAsync();
        await _host.StopControllerAsync();
        await events.ReadToEndAsync().WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Feed_ReaderFallsBehindTheRing_FindsItsPlaceLost()
    {
        await using var feed = new EventFeed(_host.Controller, capacity: 4, _host.Clock, _host.Log.CreateLogger<EventFeed>());
        await _host.DeployAsync("shop");
        await Eventually.TrueAsync(() => feed.End > 8);
        (await feed.ReadAsync(0, default)).IsLost.ShouldBeTrue();
        feed.PlaceAfter("1.0").ShouldBeNull();
        var batch = await feed.ReadAsync(feed.End - 4, default);
        batch.Events.Count.ShouldBe(4);
        batch.Next.ShouldBe(feed.End);
        feed.PlaceAfter(batch.Events[^1].Id).ShouldBe(feed.End);
    }

    private async Task<EventStream> ListenAsync(string query = "", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/serve/events" + query);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var response = await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var stream = new EventStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8));
        (await stream.ReadLineAsync()).ShouldBe(": connected");
        return stream;
    }

    private sealed class EventStream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        /// <summary>The next line that is not empty.</summary>
        public async Task<string?> ReadLineAsync()
        {
            while (await reader.ReadLineAsync().WaitAsync(Eventually.Patience) is { } line)
            {
                if (line.Length > 0)
                    return line;
            }

            return null;
        }

        public Task<string> ReadToEndAsync() => reader.ReadToEndAsync();

        public async Task<IReadOnlyList<ServeEvent>> ReadUntilAsync(Func<ServeEvent, bool> isLast)
        {
            const string Data = "data: ";
            var seen = new List<ServeEvent>();
            while (seen.Count == 0 || !isLast(seen[^1]))
            {
                var line = await ReadLineAsync() ?? throw new InvalidOperationException($"The stream ended after {seen.Count} events.");
                if (line.StartsWith(Data, StringComparison.Ordinal))
                    seen.Add(JsonSerializer.Deserialize(line[Data.Length..], EventJson.Default.ServeEvent)!);
            }

            return seen;
        }

        public ValueTask DisposeAsync()
        {
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
