namespace Serve.ClusterTests.Behaviour;

/// <summary>Which replica of several a request for a model goes to.</summary>
public abstract class ModelBehaviourTests(ServedProgram program)
{
    [Fact]
    public async Task Call_ForAModel_GoesToTheReplicaThatHoldsIt()
    {
        var models = Enumerable.Range(0, 4).Select(_ => program.Journal.NewKey()).ToList();
        var places = new List<string>();
        foreach (var model in models)
            places.Add(await WhereIsAsync(model));
        // Who has none yet gets the next one.
        places.Select(place => place[place.LastIndexOf(' ')..]).Distinct().Count().ShouldBe(2);
        for (var i = 0; i < 10; i++)
            (await Task.WhenAll(models.Select(WhereIsAsync))).ShouldBe(places);
    }

    private Task<string> WhereIsAsync(string model) => program.Http.GetStringAsync($"model/where?model={model}");
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedModelBehaviourTests(ProxiedProgram program) : ModelBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedModelBehaviourTests(EmbeddedProgram program) : ModelBehaviourTests(program);
