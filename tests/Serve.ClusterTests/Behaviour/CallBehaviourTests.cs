namespace Serve.ClusterTests.Behaviour;

/// <summary>Calls from one deployment to another, and what their end does to each other.</summary>
public abstract class CallBehaviourTests(ServedProgram program)
{
    private JournalFolder Journal => program.Journal;

    [Fact]
    public async Task Call_NeverAwaited_RunsAllTheSame()
    {
        var key = Journal.NewKey();
        (await program.Http.GetStringAsync($"call/forgotten?key={key}")).ShouldBe("started");
        await Journal.SeenAsync(key, "leaf-started");
        Journal.Release(key);
        await Journal.SeenAsync(key, "leaf-ended");
    }

    [Fact]
    public async Task Call_WaitedForTooLongOrCancelled_OnlyTheCancelledOneEnds()
    {
        var key = Journal.NewKey();
        var reply = program.Http.GetStringAsync($"call/impatient?key={key}");
        await Journal.SeenAsync($"{key}-kept", "leaf-started");
        await Journal.SeenAsync($"{key}-cancelled", "leaf-started");
        Journal.Release(key);
        await Journal.SeenAsync($"{key}-cancelled", "leaf-cancelled");
        Journal.Has($"{key}-kept", "leaf-ended").ShouldBeFalse();
        Journal.Release($"{key}-kept");
        (await reply).ShouldBe("gave up, cancelled, kept");
        Journal.Has($"{key}-kept", "leaf-cancelled").ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, -1, "0")]
    [InlineData(1000, -1, "499500")]
    [InlineData(10, 3, "3, then System.FormatException of Leaf")]
    [InlineData(10, 0, "0, then System.FormatException of Leaf")]
    public async Task Stream_ThroughTwoDeployments_ComesItemByItemUpToAnError(int count, int failAt, string expected) =>
        (await program.Http.GetStringAsync($"call/count?key={Journal.NewKey()}&count={count}&failAt={failAt}")).ShouldBe(expected);

    [Fact]
    public async Task Stream_LeftAfterItsFirstItem_EndsInEveryDeployment()
    {
        var key = Journal.NewKey();
        (await program.Http.GetStringAsync($"call/first-of-many?key={key}")).ShouldBe("0");
        await Journal.SeenAsync(key, "count-ended");
    }

    [Fact]
    public async Task Client_ClosesItsSocket_AllThreeDeploymentsSeeIt()
    {
        var key = Journal.NewKey();
        using var client = program.NewClient();
        using var source = new CancellationTokenSource();
        var request = client.GetAsync($"call/deep?key={key}", source.Token);
        await Journal.SeenAsync(key, "leaf-started");
        var closed = TimeProvider.System.GetTimestamp();
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => request);
        foreach (var who in new[] { "door", "relay", "leaf" })
        {
            var after = TimeProvider.System.GetElapsedTime(closed, await Journal.SeenAsync(key, $"{who}-cancelled"));
            Console.WriteLine($"{GetType().Name}: {who} saw its token {after.TotalMilliseconds:0.0} ms after the client closed its socket");
            after.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task Client_GoesAndTheProgramPassesNoTokenOn_TheCalledDeploymentsSeeItAllTheSame()
    {
        var key = Journal.NewKey();
        using (var client = program.NewClient())
        using (var source = new CancellationTokenSource())
        {
            var request = client.GetAsync($"call/deep-without-token?key={key}", source.Token);
            await Journal.SeenAsync(key, "leaf-started");
            await source.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => request);
        }

        await Journal.SeenAsync(key, "relay-cancelled");
        await Journal.SeenAsync(key, "leaf-cancelled");
    }

    [Fact]
    public async Task Timeout_OfTheRequest_ReachesEveryDeployment()
    {
        var key = Journal.NewKey();
        using var message = new HttpRequestMessage(HttpMethod.Get, $"call/deep?key={key}");
        message.Headers.Add("x-request-timeout-seconds", "0.5");
        using var reply = await program.Http.SendAsync(message);
        reply.StatusCode.ShouldBe(System.Net.HttpStatusCode.RequestTimeout);
        foreach (var who in new[] { "door", "relay", "leaf" })
            await Journal.SeenAsync(key, $"{who}-cancelled");
    }

    [Fact]
    public async Task Client_GoesWhileACallWaitsForAReplica_TheCallNeverStarts()
    {
        var (running, waiting) = (Journal.NewKey(), Journal.NewKey());
        var first = program.Http.GetStringAsync($"call/narrow?key={running}");
        await Journal.SeenAsync(running, "narrow-started");
        using var source = new CancellationTokenSource();
        // Of two only one may wait: it does when the other one has been turned away.
        var two = new[] { program.Http.GetAsync($"call/narrow?key={waiting}", source.Token), program.Http.GetAsync($"call/narrow?key={waiting}", source.Token) };
        using var refused = await await Task.WhenAny(two);
        refused.StatusCode.ShouldBe(System.Net.HttpStatusCode.ServiceUnavailable);
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(two));
        // Its place is free when another one may wait there.
        await Testing.Eventually.TrueAsync(async () =>
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, $"call/narrow?key={Journal.NewKey()}");
            message.Headers.Add("x-request-timeout-seconds", "0.05");
            using var reply = await program.Http.SendAsync(message);
            return !(await reply.Content.ReadAsStringAsync()).Contains("max_queued_requests", StringComparison.Ordinal);
        });

        var last = Journal.NewKey();
        Journal.Release(running);
        await first;
        Journal.Release(last);
        await Testing.Eventually.TrueAsync(async () => (await program.Http.GetAsync($"call/narrow?key={last}")).IsSuccessStatusCode);
        Journal.Has(waiting, "narrow-started").ShouldBeFalse();
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedCallBehaviourTests(ProxiedProgram program) : CallBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedCallBehaviourTests(EmbeddedProgram program) : CallBehaviourTests(program);
