using System.Net;

namespace Serve.ClusterTests.Behaviour;

/// <summary>What handles can beyond plain calls.</summary>
public abstract class HandleBehaviourTests(ServedProgram program)
{
    private JournalFolder Journal => program.Journal;

    [Theory]
    [InlineData(0, "0")]
    [InlineData(2000, "1999000")]
    public async Task Argument_ThatIsAStream_ArrivesItemByItem(int count, string sum) => (await program.Http.GetStringAsync($"handle/sum?count={count}")).ShouldBe(sum);

    [Fact]
    public async Task Streams_BothWays_EachAnswerComesBeforeTheNextQuestion() => (await program.Http.GetStringAsync("handle/ping-pong?count=10")).ShouldBe("1024");

    [Fact]
    public async Task Chain_OfCalls_PassesTheResultOn() => (await program.Http.GetStringAsync("handle/chained")).ShouldBe("3");

    [Fact]
    public async Task Chain_FirstCallFails_ErrorNamesBothAndTheSecondServesOn()
    {
        var message = await program.Http.GetStringAsync("handle/chained-failure");
        message.ShouldContain("Relay");
        message.ShouldContain("Leaf");
        message.ShouldContain("the relay is broken");
        (await program.Http.GetStringAsync("handle/chained")).ShouldBe("3");
    }

    [Fact]
    public async Task Broadcast_ReachesEveryReplicaInOrder()
    {
        var replicas = (await program.Http.GetStringAsync("handle/broadcast")).Split(", ");
        replicas.Distinct().Count().ShouldBe(2);
        replicas.ShouldBe(replicas.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Broadcast_OneReplicaFails_TheOtherAnswers() => (await program.Http.GetStringAsync("handle/broadcast-failure")).ShouldBe("the relay is broken, ok");

    [Fact]
    public async Task Broadcast_DeploymentIsFullWithAFullQueue_ReachesItAllTheSame()
    {
        var keys = new[] { Journal.NewKey(), Journal.NewKey(), Journal.NewKey() };
        var first = program.Http.GetAsync($"call/narrow?key={keys[0]}");
        await Journal.SeenAsync(keys[0], "narrow-started");
        var others = new[] { program.Http.GetAsync($"call/narrow?key={keys[1]}"), program.Http.GetAsync($"call/narrow?key={keys[2]}") };
        (await await Task.WhenAny(others)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await program.Http.GetStringAsync("handle/broadcast-full")).ShouldContain("#Narrow#");
        foreach (var key in keys)
            Journal.Release(key);
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task Broadcast_TakesTooLong_EachResultSaysSo()
    {
        var key = Journal.NewKey();
        (await program.Http.GetStringAsync($"handle/broadcast-timeout?key={key}")).ShouldBe("RequestTimeoutException");
        await Journal.SeenAsync(key, "narrow-cancelled");
    }

    [Fact]
    public async Task Call_WithATimeoutOfItsOwn_EndsThereAndInTheCalledDeployment()
    {
        var key = Journal.NewKey();
        (await program.Http.GetStringAsync($"handle/timeout?key={key}")).ShouldBe("timeout");
        await Journal.SeenAsync(key, "leaf-cancelled");
    }

    [Fact]
    public async Task Priority_OfTheRequest_DecidesWhoOfThoseWhoWaitIsNext()
    {
        while (!await TryAsync())
        {
            // A request that only looked was in the way of one of those that wait.
        }

        async Task<bool> TryAsync()
        {
            var (running, patient, urgent) = (Journal.NewKey(), Journal.NewKey(), Journal.NewKey());
            var first = SendAsync(running, "u=3");
            await Journal.SeenAsync(running, "lane-started");
            var both = new[] { SendAsync(patient, "u=7"), SendAsync(urgent, "u=0, i") };
            // Two may wait; they do when others are turned away for that, again and again: a single one may have found another one that looked.
            var timesFull = 0;
            await Testing.Eventually.TrueAsync(async () => (timesFull = await IsQueueFullAsync() ? timesFull + 1 : 0) == 10 || both.Any(task => task.IsCompleted));
            foreach (var key in new[] { running, patient, urgent })
                Journal.Release(key);
            (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
            if ((await Task.WhenAll(both)).Any(reply => reply.StatusCode != HttpStatusCode.OK))
                return false;
            (await Journal.SeenAsync(urgent, "lane-started")).ShouldBeLessThan(await Journal.SeenAsync(patient, "lane-started"));
            return true;
        }
    }

    private async Task<bool> IsQueueFullAsync()
    {
        using var reply = await SendAsync(Journal.NewKey(), "u=7", "0.02");
        return reply.StatusCode == HttpStatusCode.ServiceUnavailable && (await reply.Content.ReadAsStringAsync()).Contains("max_queued_requests", StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(string key, string priority, string seconds = "60")
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, $"handle/lane?key={key}");
        message.Headers.Add("priority", priority);
        message.Headers.Add("x-request-timeout-seconds", seconds);
        return await program.Http.SendAsync(message);
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedHandleBehaviourTests(ProxiedProgram program) : HandleBehaviourTests(program)
{
    [Fact]
    public async Task Handle_OfAnotherApplication_CallsItsDeployment() =>
        (await program.Http.GetStringAsync("handle/other?application=narrow")).ShouldStartWith("narrow#NarrowDoor#");

    [Fact]
    public async Task Handle_OfAnApplicationWithoutARoute_CallsItsDeployment()
    {
        (await program.Http.GetStringAsync("handle/other?application=hidden")).ShouldStartWith("hidden#NarrowDoor#");
        (await program.Http.GetStringAsync(new Uri(program.Http.BaseAddress!, "/-/routes"))).ShouldNotContain("hidden");
    }

    [Fact]
    public async Task Handle_OfAnApplicationThatIsNotThere_IsUnavailable()
    {
        using var reply = await program.Http.GetAsync("handle/other?application=nobody");
        reply.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("nobody");
    }
}

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedHandleBehaviourTests(EmbeddedProgram program) : HandleBehaviourTests(program);
