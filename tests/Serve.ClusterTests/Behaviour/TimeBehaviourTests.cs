using System.Net;
using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>How long a request may take, and what becomes of it when that is over or its client has gone.</summary>
public abstract class TimeBehaviourTests(ServedProgram program)
{
    private const string Timeout = "x-request-timeout-seconds";

    private JournalFolder Journal => program.Journal;

    [Fact]
    public async Task Timeout_WhileItRuns_Is408AndTheHandlerIsCancelled()
    {
        var key = Journal.NewKey();
        using var reply = await GetAsync(program.Http, $"hold?key={key}", "0.3");
        reply.StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("0.3 s");
        reply.Headers.Contains("x-request-id").ShouldBeTrue();
        await Journal.SeenAsync(key, "door-cancelled");
        await Journal.SeenAsync(key, "door-ended");
    }

    [Fact]
    public async Task Timeout_WhileItWaitsForAReplica_ItIsGivenUpAndNeverStarts()
    {
        var (running, waiting) = (Journal.NewKey(), Journal.NewKey());
        var first = GetAsync(program.Narrow, $"hold?key={running}", "60");
        await Journal.SeenAsync(running, "door-started");
        using var reply = await GetAsync(program.Narrow, $"hold?key={waiting}", "0.3");
        (await IsGivenUpAsync(reply)).ShouldBeTrue();
        Journal.Release(running);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(program.Narrow, "pid", "60")).StatusCode.ShouldBe(HttpStatusCode.OK);
        Journal.Has(waiting, "door-started").ShouldBeFalse();
    }

    [Fact]
    public async Task Timeout_InTheMiddleOfAStream_DeliversWhatWasSentAndCutsItOff()
    {
        var key = Journal.NewKey();
        using var message = new HttpRequestMessage(HttpMethod.Get, $"stream/held?key={key}");
        message.Headers.Add(Timeout, "1");
        using var reply = await program.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        reply.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("first");
        await Should.ThrowAsync<IOException>(() => reader.ReadToEndAsync());
        await Journal.SeenAsync(key, "door-cancelled");
    }

    [Fact]
    public async Task Timeouts_OneAfterAnother_LeaveNothingBehind()
    {
        // The program takes one request and lets one wait: whatever stayed of any of these would turn the last ones away.
        for (var i = 0; i < 10; i++)
            (await IsGivenUpAsync(await GetAsync(program.Narrow, $"hold?key={Journal.NewKey()}", "0.05"))).ShouldBeTrue();
        await Eventually.TrueAsync(async () => (await GetAsync(program.Narrow, "pid", "60")).IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("30")]
    public async Task Timeout_InTheHeader_TakesTheLimitAwayOrRaisesIt(string seconds)
    {
        using var reply = await GetAsync(program.Http, "wait?seconds=0.2", seconds);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Timeout_HeaderThatIsNoNumber_IsIgnored() =>
        (await GetAsync(program.Http, "wait?seconds=0.05", "soon")).StatusCode.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public async Task Timeout_OfTheProgram_HoldsUnlessTheHeaderSaysOtherwise()
    {
        using var standard = await program.Narrow.GetAsync($"hold?key={Journal.NewKey()}");
        standard.StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
        var key = Journal.NewKey();
        var longer = GetAsync(program.Narrow, $"hold?key={key}", "0");
        await Journal.SeenAsync(key, "door-started");
        await Task.Delay(ServedProgram.NarrowTimeout, TimeProvider.System);
        Journal.Release(key);
        (await longer).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Client_GoesWhileItRuns_TheHandlerIsCancelled()
    {
        var key = Journal.NewKey();
        await LeaveAsync(program.NewClient(), $"hold?key={key}", () => Journal.SeenAsync(key, "door-started"));
        await Journal.SeenAsync(key, "door-cancelled");
    }

    [Fact]
    public async Task Client_GoesWhileItWaitsForAReplica_TheRequestNeverStarts()
    {
        var (running, waiting) = (Journal.NewKey(), Journal.NewKey());
        var first = GetAsync(program.Narrow, $"hold?key={running}", "60");
        await Journal.SeenAsync(running, "door-started");
        using var source = new CancellationTokenSource();
        // Of two only one may wait: it does when the other one has been turned away.
        var two = new[] { GetAsync(program.Narrow, $"hold?key={waiting}", "60", source.Token), GetAsync(program.Narrow, $"hold?key={waiting}", "60", source.Token) };
        using var refused = await await Task.WhenAny(two);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(two));
        // Its place is free when another one may wait there.
        await Eventually.TrueAsync(async () => await IsGivenUpAsync(await GetAsync(program.Narrow, "pid", "0.05")));

        Journal.Release(running);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.TrueAsync(async () => (await GetAsync(program.Narrow, "pid", "60")).IsSuccessStatusCode);
        Journal.Has(waiting, "door-started").ShouldBeFalse();
    }

    [Fact]
    public async Task Client_GoesAndSaidItWould_TheWorkIsFinished()
    {
        var key = Journal.NewKey();
        await LeaveAsync(program.NewClient(), $"hold?key={key}", () => Journal.SeenAsync(key, "door-started"), ("x-request-disconnect-disabled", "?1"));
        // Another client that goes is noticed; so would this one have been.
        var other = Journal.NewKey();
        await LeaveAsync(program.NewClient(), $"hold?key={other}", () => Journal.SeenAsync(other, "door-started"));
        await Journal.SeenAsync(other, "door-cancelled");
        Journal.Release(key);
        await Journal.SeenAsync(key, "door-ended");
        Journal.Has(key, "door-cancelled").ShouldBeFalse();
    }

    /// <summary>
    /// Whether there was no time for a request: it waited that long, or was told at once that it would have to. That is not the 503 of a queue
    /// without a place.
    /// </summary>
    private static async Task<bool> IsGivenUpAsync(HttpResponseMessage reply) =>
        reply.StatusCode == HttpStatusCode.RequestTimeout
        || (reply.StatusCode == HttpStatusCode.ServiceUnavailable && (await reply.Content.ReadAsStringAsync()).Contains("give it more time", StringComparison.Ordinal));

    /// <summary>Asks, waits for something to happen, and closes the connection.</summary>
    private static async Task LeaveAsync(HttpClient client, string path, Func<Task> until, params (string Name, string Value)[] headers)
    {
        using (client)
        {
            using var source = new CancellationTokenSource();
            using var message = new HttpRequestMessage(HttpMethod.Get, path);
            foreach (var (name, value) in headers)
                message.Headers.Add(name, value);
            var request = client.SendAsync(message, source.Token);
            await until();
            await source.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => request);
        }
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, string path, string seconds, CancellationToken cancellationToken = default)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add(Timeout, seconds);
        return await client.SendAsync(message, cancellationToken);
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedTimeBehaviourTests(ProxiedProgram program) : TimeBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedTimeBehaviourTests(EmbeddedProgram program) : TimeBehaviourTests(program);
