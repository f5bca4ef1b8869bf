using System.Net;

namespace Serve.ClusterTests.Behaviour;

/// <summary>More requests than there is room for.</summary>
public abstract class PressureBehaviourTests(ServedProgram program)
{
    private JournalFolder Journal => program.Journal;

    [Fact]
    public async Task Ingress_FullWithAFullQueue_Is503WithRetryAfterUntilASlotIsFree()
    {
        var keys = new[] { Journal.NewKey(), Journal.NewKey(), Journal.NewKey() };
        var first = HoldAsync(keys[0]);
        await Journal.SeenAsync(keys[0], "door-started");
        // Two more: one may wait, the other is turned away, whichever comes first.
        var others = new[] { HoldAsync(keys[1]), HoldAsync(keys[2]) };
        using var refused = await await Task.WhenAny(others);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("max_queued_requests");
        refused.Headers.Contains("x-request-id").ShouldBeTrue();

        foreach (var key in keys)
            Journal.Release(key);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Task.WhenAll(others)).Count(reply => reply.StatusCode == HttpStatusCode.OK).ShouldBe(1);

        Task<HttpResponseMessage> HoldAsync(string key) => SendAsync(program.Narrow, $"hold?key={key}");
    }

    [Fact]
    public async Task CalledDeployment_FullWithAFullQueue_Is503ForTheClient()
    {
        var keys = new[] { Journal.NewKey(), Journal.NewKey(), Journal.NewKey() };
        var first = SendAsync(program.Http, $"call/narrow?key={keys[0]}");
        await Journal.SeenAsync(keys[0], "narrow-started");
        var others = new[] { SendAsync(program.Http, $"call/narrow?key={keys[1]}"), SendAsync(program.Http, $"call/narrow?key={keys[2]}") };
        using var refused = await await Task.WhenAny(others);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        foreach (var key in keys)
            Journal.Release(key);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Task.WhenAll(others)).Count(reply => reply.StatusCode == HttpStatusCode.OK).ShouldBe(1);
    }

    [Fact]
    public async Task Overload_ManyAtOnce_WhoIsTurnedAwayIsToldAtOnceAndTheRestIsServed()
    {
        var running = Journal.NewKey();
        var first = SendAsync(program.Narrow, $"hold?key={running}");
        await Journal.SeenAsync(running, "door-started");
        var waiting = Enumerable.Range(0, 50).Select(_ => SendAsync(program.Narrow, "pid")).ToList();
        // All but the one that waits are answered while the program is still busy with the first.
        while (waiting.Count > 1)
        {
            var answered = await Task.WhenAny(waiting).WaitAsync(Testing.Eventually.Patience);
            waiting.Remove(answered);
            using var reply = await answered;
            reply.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            reply.Headers.RetryAfter.ShouldNotBeNull();
        }

        Journal.Release(running);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await waiting[0]).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Upload_ToAFullProgram_IsTurnedAwayOrWaits_NeverLost()
    {
        var (running, waiting) = (Journal.NewKey(), Journal.NewKey());
        var first = SendAsync(program.Narrow, $"hold?key={running}");
        await Journal.SeenAsync(running, "door-started");
        var body = new byte[3 * 1024 * 1024];
        var upload = program.Narrow.SendAsync(Message(HttpMethod.Post, $"upload?key={waiting}", new ByteArrayContent(body)));
        Journal.Release(running);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var reply = await upload;
        (await reply.Content.ReadAsStringAsync()).ShouldBe(body.Length.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task CalledDeployment_ManyCallsAtOnce_NeverRunsMoreThanItsLimit(int calls)
    {
        var together = int.Parse(await program.Http.GetStringAsync($"call/busy?calls={calls}"));
        together.ShouldBeInRange(1, Math.Min(calls, 8));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string path) => client.SendAsync(Message(HttpMethod.Get, path));

    private static HttpRequestMessage Message(HttpMethod method, string path, HttpContent? content = null)
    {
        var message = new HttpRequestMessage(method, path) { Content = content };
        message.Headers.Add("x-request-timeout-seconds", "60");
        return message;
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedPressureBehaviourTests(ProxiedProgram program) : PressureBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedPressureBehaviourTests(EmbeddedProgram program) : PressureBehaviourTests(program);
