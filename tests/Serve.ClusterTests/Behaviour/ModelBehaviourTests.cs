namespace Serve.ClusterTests.Behaviour;

/// <summary>Many models in one deployment, and batches of calls.</summary>
public abstract class ModelBehaviourTests(ServedProgram program)
{
    private JournalFolder Journal => program.Journal;

    [Theory]
    [InlineData("serve_multiplexed_model_id")]
    [InlineData("Serve-Multiplexed-Model-Id")]
    [InlineData("SERVE_multiplexed-model_ID")]
    public async Task Request_NamesAModelInItsHeader_TheProgramLearnsIt(string header)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "models/named");
        message.Headers.Add(header, "french");
        using var reply = await program.Http.SendAsync(message);
        (await reply.Content.ReadAsStringAsync()).ShouldBe("french");
        (await program.Http.GetStringAsync("models/named")).ShouldBe("none");
    }

    [Fact]
    public async Task Call_ForAModel_GoesToTheReplicaThatHoldsItAndLoadsItOnce()
    {
        var model = $"model-{Journal.NewKey()}";
        var key = Journal.NewKey();
        var first = await program.Http.GetStringAsync($"models/ask?key={key}&model={model}");
        first.ShouldStartWith($"{model} at ");
        for (var i = 0; i < 20; i++)
            (await program.Http.GetStringAsync($"models/ask?key={key}&model={model}")).ShouldBe(first);
        Journal.Has(model, "unloaded").ShouldBeFalse();
    }

    [Fact]
    public async Task Call_ForMoreModelsThanThereArePlaces_UnloadsOthersAndAllAreAnswered()
    {
        var models = Enumerable.Range(0, 5).Select(_ => $"model-{Journal.NewKey()}").ToList();
        foreach (var model in models)
            (await program.Http.GetStringAsync($"models/ask?key={Journal.NewKey()}&model={model}")).ShouldStartWith(model);
        // Two replicas with two places each.
        await Testing.Eventually.TrueAsync(() => models.Exists(model => Journal.Has(model, "unloaded")));
        Journal.Has(models[^1], "unloaded").ShouldBeFalse();
    }

    [Fact]
    public async Task Batch_OfCallsForDifferentModels_NeverMixesThem()
    {
        var key = Journal.NewKey();
        var block = ReadAsync(key, "block", "x");
        await Journal.SeenAsync(key, "batch-block");
        var replies = Enumerable.Range(0, 20).Select(number => ReadAsync(Journal.NewKey(), $"{(number % 2 == 0 ? 'x' : 'y')}{number}", number % 2 == 0 ? "x" : "y")).ToList();
        Journal.Release(key);
        await block;
        foreach (var reply in await Task.WhenAll(replies))
        {
            var model = reply[0];
            var batch = reply[(reply.IndexOf(" of ", StringComparison.Ordinal) + 4)..];
            batch.ShouldStartWith($"{model}: ");
            batch[3..].Split(' ').ShouldAllBe(line => line[0] == model);
        }
    }

    [Fact]
    public async Task Batch_WithABadItemAndACallerWhoLeaves_TheOthersAreAnswered()
    {
        var key = Journal.NewKey();
        var block = ReadAsync(key, "block");
        await Journal.SeenAsync(key, "batch-block");
        using var client = program.NewClient();
        using var source = new CancellationTokenSource();
        var leaves = client.GetAsync($"models/read?key={Journal.NewKey()}&line=leaves", source.Token);
        var (bad, good) = (ReadAsync(Journal.NewKey(), "bad"), ReadAsync(Journal.NewKey(), "good"));
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaves);
        Journal.Release(key);
        (await block).ShouldBe("block of : block");
        (await bad).ShouldBe("bad: a bad line");
        (await good).ShouldStartWith("good of : ");
    }

    private Task<string> ReadAsync(string key, string line, string? model = null) =>
        program.Http.GetStringAsync($"models/read?key={key}&line={line}{(model is null ? "" : $"&model={model}")}");
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedModelBehaviourTests(ProxiedProgram program) : ModelBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedModelBehaviourTests(EmbeddedProgram program) : ModelBehaviourTests(program);
