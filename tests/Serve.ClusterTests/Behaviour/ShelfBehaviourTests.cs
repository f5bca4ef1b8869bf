using System.Net;

namespace Serve.ClusterTests.Behaviour;

/// <summary>Batches and models, asked through two deployments.</summary>
public abstract class ShelfBehaviourTests(ServedProgram program)
{
    private const string ModelId = "serve_multiplexed_model_id";

    private JournalFolder Journal => program.Journal;

    [Theory]
    [InlineData("serve_multiplexed_model_id")]
    [InlineData("Serve-Multiplexed-Model-Id")]
    public async Task ModelId_OfTheRequest_IsKnownToTheProgram(string header) => (await GetAsync("model/own", "fr", header)).ShouldBe("fr");

    [Fact]
    public async Task ModelId_InTheMetadataOfGrpc_IsKnownToTheProgram()
    {
        (await program.Grpc.CallAsync("test.Probe/Model", "x", ("multiplexed_model_id", "fr"))).Messages.ShouldBe(["fr"]);
        (await program.Grpc.CallAsync("test.Probe/Model", "x")).Messages.ShouldBe(["none"]);
    }

    [Fact]
    public async Task Models_MoreThanThereIsRoomFor_TheOneNotUsedForLongestIsUnloaded()
    {
        var (one, two, three) = (Journal.NewKey(), Journal.NewKey(), Journal.NewKey());
        foreach (var id in new[] { one, two, one, three })
            (await GetAsync("model/ask", id)).ShouldStartWith(id);
        await Journal.SeenAsync(two, "unloaded");
        Journal.Has(one, "unloaded").ShouldBeFalse();
        Journal.Has(three, "unloaded").ShouldBeFalse();
    }

    [Fact]
    public async Task Model_AskedByManyAtOnce_IsLoadedOnce()
    {
        var id = Journal.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => GetAsync("model/ask", id)));
        answers.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Batch_WithoutAModelOrWithOne_NeverMixesThem()
    {
        string[] models = ["fr", "de"];
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => GetAsync($"batch/together?item={i}", models[i % 2])));
        answers.ShouldBe(["fr: 0 2 4", "de: 1 3 5", "fr: 0 2 4", "de: 1 3 5", "fr: 0 2 4", "de: 1 3 5"]);
    }

    [Fact]
    public async Task Batch_Full_StartsAtOnce() =>
        (await Task.WhenAll(Enumerable.Range(0, 3).Select(i => GetAsync($"batch/together?item={i}", "full")))).ShouldBe(["full: 0 1 2", "full: 0 1 2", "full: 0 1 2"]);

    [Fact]
    public async Task Batch_NotFull_StartsAfterItsWait() => (await GetAsync("batch/soon?item=a", "wait")).ShouldBe("a of 1");

    [Fact]
    public async Task Batch_MethodThrows_AllOfItFailAndTheNextOneWorks()
    {
        var replies = await Task.WhenAll(new[] { "a", "b", "bad" }.Select(item => SendAsync($"batch/together?item={item}", "broken", CancellationToken.None)));
        replies.ShouldAllBe(reply => reply.StatusCode == HttpStatusCode.InternalServerError);
        (await Task.WhenAll(Enumerable.Range(0, 3).Select(i => GetAsync($"batch/together?item={i}", "broken")))).ShouldAllBe(answer => answer == "broken: 0 1 2");
    }

    [Fact]
    public async Task Batch_OneClientGoesWhileItRuns_TheOthersGetTheirResults()
    {
        var key = Journal.NewKey();
        using var source = new CancellationTokenSource();
        var gone = SendAsync("batch/together?item=gone", "left", source.Token);
        var others = new[] { GetAsync($"batch/together?item=held-{key}", "left"), GetAsync("batch/together?item=stays", "left") };
        await Journal.SeenAsync(key, "batch-started");
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        Journal.Release(key);
        (await Task.WhenAll(others)).ShouldAllBe(answer => answer == $"left: gone held-{key} stays");
    }

    private async Task<string> GetAsync(string path, string model, string header = ModelId)
    {
        using var reply = await SendAsync(path, model, CancellationToken.None, header);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, await reply.Content.ReadAsStringAsync());
        return await reply.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string model, CancellationToken cancellationToken, string header = ModelId)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add(header, model);
        return await program.Http.SendAsync(message, cancellationToken);
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedShelfBehaviourTests(ProxiedProgram program) : ShelfBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedShelfBehaviourTests(EmbeddedProgram program) : ShelfBehaviourTests(program);
